package contract

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"
)

// mapScratch is what an encoder needs to write maps of one type. It is used again, since reflection
// allocates for the keys and values that it returns.
type mapScratch struct {
	iter *reflect.MapIter
	key  reflect.Value
	// values has those of the maps that are being written, the outermost first.
	values reflect.Value
}

// entryKey is the key of a map's entry.
type entryKey struct {
	// text is that of a text, and number stands for any other one; both are in the keys' order.
	text   string
	number uint64
	// index is where the entry's value is in a mapScratch.
	index int
}

// signBit makes the order of signed integers that of unsigned ones.
const signBit = 1 << 63

// scratchOf returns the scratch space for maps of a type.
func (e *encoder) scratchOf(typ reflect.Type) *mapScratch {
	if found, ok := e.scratch[typ]; ok {
		return found
	}
	if e.scratch == nil {
		e.scratch = make(map[reflect.Type]*mapScratch)
	}
	made := &mapScratch{
		iter:   new(reflect.MapIter),
		key:    reflect.New(typ.Key()).Elem(),
		values: reflect.New(reflect.SliceOf(typ.Elem())).Elem(),
	}
	e.scratch[typ] = made

	return made
}

// laidOutMap writes entries in the order of their keys.
func (e *encoder) laidOutMap(f *field, entries reflect.Value) *Error {
	if err := e.enter('{'); err != nil {
		return err
	}
	if entries.Len() > 0 {
		if err := e.laidOutEntries(f, entries); err != nil {
			return err
		}
	}
	e.leave('}')

	return nil
}

func (e *encoder) laidOutEntries(f *field, entries reflect.Value) *Error {
	scratch := e.scratchOf(entries.Type())
	firstKey, firstValue := len(e.keys), scratch.values.Len() // Maps around this one have theirs before.
	e.collect(f, scratch, entries)
	keys := e.keys[firstKey:]
	slices.SortFunc(keys, entryOrder(f.mapKey.kind))
	for i := range keys {
		if i > 0 {
			e.out = append(e.out, ',')
		}
		if err := e.laidOutEntry(f, &keys[i], scratch.values.Index(keys[i].index)); err != nil {
			return err.inEntry(keys[i].name(f.mapKey.kind))
		}
	}
	for i := range keys {
		scratch.values.Index(firstValue + i).SetZero()
	}
	scratch.values.SetLen(firstValue)
	clear(e.keys[firstKey:])
	e.keys = e.keys[:firstKey]

	return nil
}

// collect adds a map's keys to e.keys, and its values to the scratch space.
func (e *encoder) collect(f *field, scratch *mapScratch, entries reflect.Value) {
	index := scratch.values.Len()
	scratch.values.Grow(entries.Len())
	scratch.values.SetLen(index + entries.Len())
	e.keys = slices.Grow(e.keys, entries.Len())
	if texts, ok := reflect.TypeAssert[map[string]string](entries); ok {
		values, _ := reflect.TypeAssert[*[]string](scratch.values.Addr())
		for key, text := range texts {
			(*values)[index] = text
			e.keys = append(e.keys, entryKey{text: key, index: index})
			index++
		}

		return
	}
	scratch.iter.Reset(entries)
	for ; scratch.iter.Next(); index++ {
		scratch.key.SetIterKey(scratch.iter)
		scratch.values.Index(index).SetIterValue(scratch.iter)
		e.keys = append(e.keys, newEntryKey(f.mapKey.kind, scratch.key, index))
	}
	scratch.iter.Reset(reflect.Value{})
	scratch.key.SetZero()
}

func newEntryKey(kind valueKind, key reflect.Value, index int) entryKey {
	made := entryKey{index: index}
	switch kind {
	case stringValue:
		made.text = key.String()
	case boolValue:
		if key.Bool() {
			made.number = 1
		}
	case uint32Value, uint64Value:
		made.number = key.Uint()
	default:
		made.number = uint64(key.Int()) ^ signBit //nolint:gosec // Two's complement.
	}

	return made
}

// entryOrder compares the keys of entries.
func entryOrder(kind valueKind) func(a, b entryKey) int {
	if kind == stringValue {
		return func(a, b entryKey) int { return strings.Compare(a.text, b.text) }
	}

	return func(a, b entryKey) int { return cmp.Compare(a.number, b.number) }
}

func (e *encoder) laidOutEntry(f *field, key *entryKey, v reflect.Value) *Error {
	if f.mapKey.kind == stringValue {
		if err := e.string(key.text); err != nil {
			return err
		}
	} else {
		e.out = append(e.out, '"')
		e.out = key.append(e.out, f.mapKey.kind)
		e.out = append(e.out, '"')
	}
	e.out = append(e.out, ':')

	return e.laidOutValue(&f.value, v)
}

// append appends the text of a key that is no text.
func (k *entryKey) append(dst []byte, kind valueKind) []byte {
	switch kind {
	case boolValue:
		return strconv.AppendBool(dst, k.number != 0)
	case uint32Value, uint64Value:
		return strconv.AppendUint(dst, k.number, 10)
	default:
		return strconv.AppendInt(dst, int64(k.number^signBit), 10) //nolint:gosec // See newEntryKey.
	}
}

// name is the key in the path of an error.
func (k *entryKey) name(kind valueKind) string {
	if kind == stringValue {
		return k.text
	}

	return string(k.append(nil, kind))
}

func (d *decoder) laidOutMap(f *field, entries reflect.Value) *Error {
	switch {
	case f.mapKey.kind != stringValue:
	case f.value.kind == stringValue:
		if texts, ok := reflect.TypeAssert[*map[string]string](entries.Addr()); ok {
			return d.texts(f, texts)
		}
	case f.value.isAnything():
		if values, ok := reflect.TypeAssert[*map[string]*structpb.Value](entries.Addr()); ok {
			return d.anyObject(f, values)
		}
	}
	var k, v reflect.Value // They are used again for each entry.

	return d.entries(f, func(key protoreflect.MapKey) *Error {
		if !k.IsValid() {
			entries.Set(reflect.MakeMap(entries.Type()))
			k = reflect.New(entries.Type().Key()).Elem()
			v = reflect.New(entries.Type().Elem()).Elem()
		}
		setKey(k, key)
		if entries.MapIndex(k).IsValid() {
			return duplicate()
		}
		v.SetZero()
		if err := d.laidOutSingle(&f.value, v, true); err != nil {
			return err
		}
		entries.SetMapIndex(k, v)

		return nil
	})
}

// texts reads a map of texts to texts.
func (d *decoder) texts(f *field, texts *map[string]string) *Error {
	return textMap(d, f, texts, func(v *string) *Error {
		text, err := d.quoted(&f.value)
		if err == nil {
			*v = d.textOf(text)
		}

		return err
	})
}

// textMap reads a map whose keys are texts, each value by read.
func textMap[V any](d *decoder, f *field, entries *map[string]V, read func(*V) *Error) *Error {
	return d.entries(f, func(key protoreflect.MapKey) *Error {
		if *entries == nil {
			*entries = make(map[string]V)
		}
		name := key.String()
		if _, found := (*entries)[name]; found {
			return duplicate()
		}
		var v V
		if err := read(&v); err != nil {
			return err
		}
		(*entries)[name] = v

		return nil
	})
}

// setKey puts a map's key in its place.
func setKey(v reflect.Value, key protoreflect.MapKey) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(key.String())
	case reflect.Bool:
		v.SetBool(key.Bool())
	case reflect.Uint32, reflect.Uint64:
		v.SetUint(key.Uint())
	default:
		v.SetInt(key.Int())
	}
}
