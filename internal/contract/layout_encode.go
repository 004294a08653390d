package contract

import (
	"encoding/base64"
	"reflect"
	"slices"
	"strconv"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// laidOutMessage writes the message that v points to.
func (e *encoder) laidOutMessage(p *messagePlan, v reflect.Value) *Error {
	if v.IsNil() {
		return mismatch(p.want(), "nil")
	}
	l := p.layoutOf(v)
	if l == nil {
		return e.message(p, reflected(v))
	}

	return e.laidOut(p, l, v.Elem())
}

// laidOut writes a message by its struct.
func (e *encoder) laidOut(p *messagePlan, l *layout, message reflect.Value) *Error {
	if err := e.enter('{'); err != nil {
		return err
	}
	for i := range p.fields {
		if err := e.laidOutField(&p.fields[i], &l.places[i], message); err != nil {
			return err.inField(p.fields[i].name)
		}
	}
	e.leave('}')

	return nil
}

// laidOutField writes the property of a struct's field, if it is there.
func (e *encoder) laidOutField(f *field, at *place, message reflect.Value) *Error {
	v, ok := at.valueIn(message, f)
	if !ok {
		if f.required {
			return mismatch(f.want(), "nothing")
		}

		return nil
	}
	if e.out[len(e.out)-1] != '{' {
		e.out = append(e.out, ',')
	}
	e.text(f.key)
	switch f.form {
	case list:
		return e.laidOutList(f, v)
	case mapping:
		if f.mapKey.kind != stringValue && v.Len() > 0 { // They are rare.
			return e.field(f, reflected(message.Addr()).Get(f.desc))
		}

		return e.laidOutMap(f, v)
	default:
		return e.laidOutValue(&f.value, v)
	}
}

// valueIn returns the value of a field; false says that it is not set.
func (at *place) valueIn(message reflect.Value, f *field) (v reflect.Value, ok bool) {
	v = message.Field(at.index)
	if at.wrapper != nil {
		wrapper := v.Elem() // Of the interface; invalid when that is nil.
		if !wrapper.IsValid() || wrapper.IsNil() || wrapper.Type().Elem() != at.wrapper {
			return v, false
		}

		return wrapper.Elem().Field(0), true
	}
	if !at.indirect {
		return v, true
	}
	if v.IsNil() {
		return v, false
	}
	if v.Kind() == reflect.Pointer && f.value.kind != messageValue {
		v = v.Elem()
	}

	return v, true
}

func (e *encoder) laidOutList(f *field, items reflect.Value) *Error {
	if err := e.enter('['); err != nil {
		return err
	}
	for i := range items.Len() {
		if i > 0 {
			e.out = append(e.out, ',')
		}
		if err := e.laidOutValue(&f.value, items.Index(i)); err != nil {
			return err.inItem(i)
		}
	}
	e.leave(']')

	return nil
}

// laidOutMap writes entries in the order of their keys, which are texts.
func (e *encoder) laidOutMap(f *field, entries reflect.Value) *Error {
	if err := e.enter('{'); err != nil {
		return err
	}
	first := len(e.keys) // Maps around this one have theirs before.
	texts := e.collectKeys(entries)
	slices.Sort(e.keys[first:])
	for i := first; i < len(e.keys); i++ {
		if i > first {
			e.out = append(e.out, ',')
		}
		key := e.keys[i]
		if err := e.string(key); err != nil {
			return err.inEntry(key)
		}
		e.out = append(e.out, ':')
		var err *Error
		if texts != nil {
			err = e.string(texts[key])
		} else {
			err = e.laidOutValue(&f.value, entries.MapIndex(reflect.ValueOf(&e.keys[i]).Elem()))
		}
		if err != nil {
			return err.inEntry(key)
		}
	}
	clear(e.keys[first:])
	e.keys = e.keys[:first]
	e.leave('}')

	return nil
}

// collectKeys adds a map's keys to e.keys. It returns the map if its values are texts, for which
// reflection would allocate.
func (e *encoder) collectKeys(entries reflect.Value) (texts map[string]string) {
	e.keys = slices.Grow(e.keys, entries.Len())
	texts, _ = reflect.TypeAssert[map[string]string](entries)
	switch {
	case entries.Len() == 0:
	case texts != nil:
		for key := range texts {
			e.keys = append(e.keys, key)
		}
	default:
		var key string
		holder := reflect.ValueOf(&key).Elem()
		for i := entries.MapRange(); i.Next(); {
			holder.SetIterKey(i)
			e.keys = append(e.keys, key)
		}
	}

	return texts
}

// laidOutValue writes a single value as [encoder.value] does. It does not call that: a
// protoreflect.Value for each field in between makes an encode up to a third slower.
func (e *encoder) laidOutValue(p *value, v reflect.Value) *Error {
	switch p.kind {
	case boolValue:
		e.out = strconv.AppendBool(e.out, v.Bool())
	case int32Value, int64Value:
		e.out = strconv.AppendInt(e.out, v.Int(), 10)
	case uint32Value, uint64Value:
		e.out = strconv.AppendUint(e.out, v.Uint(), 10)
	case floatValue:
		return e.float(v.Float(), 32)
	case doubleValue, numberValue: // Of a plain message it is always a double.
		return e.float(v.Float(), 64)
	case stringValue:
		return e.string(v.String())
	case bytesValue:
		e.out = append(e.out, '"')
		e.out = base64.StdEncoding.AppendEncode(e.out, v.Bytes())
		e.out = append(e.out, '"')
	case enumValue:
		return e.enum(p.enum, protoreflect.EnumNumber(v.Int())) //nolint:gosec // It is an int32.
	case nullValue:
		e.text(literalNull)
	case messageValue:
		return e.laidOutMessage(p.message, v)
	}

	return nil
}
