package contract

import (
	"bytes"
	"encoding/base64"
	"math"
	"reflect"
	"strconv"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// decoder reads one payload into messages that were reset.
type decoder struct {
	scanner

	enumCase EnumCase
	// whole is the payload as a string, once a text of it was needed; empty for a long one.
	whole string
	// binary is there once a message goes by way of its binary form.
	binary *binaryWriter
}

// sharedPayload is the size in bytes up to which all texts of a payload share one copy of it. Of a
// longer one each text is copied, so that none keeps the whole payload in memory.
const sharedPayload = 1 << 10

// textOf returns the text of the latest string as a string.
func (d *decoder) textOf(text []byte) string {
	if !d.verbatim || len(d.data) > sharedPayload {
		return string(text)
	}
	if d.whole == "" {
		d.whole = string(d.data)
	}

	return d.whole[d.start : d.start+len(text)]
}

// message reads a message from its JSON form: into the fields of its struct where they are known,
// and by way of the binary form else.
func (d *decoder) message(p *messagePlan, m protoreflect.Message) *Error {
	if l, v := p.structOf(m.Interface()); l != nil {
		return d.laidOut(p, l, v)
	}

	return d.viaBinary(p, m.Interface())
}

// target is the struct that an object is read into, and where its fields are in it. The zero value
// stands for the binary form.
type target struct {
	places  []place
	laidOut reflect.Value
}

// object reads the properties of an object whose bracket the caller has seen. Properties that the
// message does not have are ignored.
func (d *decoder) object(p *messagePlan, into target) *Error {
	if err := d.enter(); err != nil {
		return err
	}
	var (
		seen    indexSet
		set     indexSet // Those that are not null; of the binary form only.
		unknown nameSet
		next    int // The field that comes next when they come in order, as they mostly do.
	)
	for first := true; ; first = false {
		more, err := d.more(first, '}')
		if err != nil {
			return err
		}
		if !more {
			return p.missing(&seen)
		}
		f, key, err := d.property(p, next)
		switch {
		case err != nil:
		case f == nil:
			err = d.skipMember(&unknown, key)
		case seen.add(f.index):
			next = f.index + 1
			if into.places != nil {
				err = d.laidOutMember(f, &into.places[f.index], into.laidOut)
			} else {
				err = d.binaryMember(p, f, &set)
			}
			if err != nil {
				err = err.inField(f.name)
			}
		default:
			err = duplicate().inField(f.name)
		}
		if err != nil {
			return err
		}
	}
}

// property reads the name of a property and returns its field, or the name when there is none.
func (d *decoder) property(p *messagePlan, next int) (*field, []byte, *Error) {
	if next < len(p.fields) && d.word(p.fields[next].key) {
		return &p.fields[next], nil, nil
	}
	key, err := d.key()
	if err != nil {
		return nil, nil, err
	}

	return p.byName[string(key)], key, nil
}

// missing reports the first required property that an object did not have.
func (p *messagePlan) missing(seen *indexSet) *Error {
	for _, i := range p.required {
		if f := &p.fields[i]; !seen.has(i) {
			return mismatch(f.want(), "nothing").inField(f.name)
		}
	}

	return nil
}

// absent reads a null that is the absence of a property.
func (d *decoder) absent(f *field) (bool, *Error) {
	if f.required || f.keepsNull || d.peek() != 'n' {
		return false, nil
	}

	return true, d.literal(literalNull)
}

// bothOf is the error of a property beside another one of its oneof.
func bothOf(f *field, other string) *Error {
	return mismatch("at most one of "+string(f.oneof.Name()), other+" and "+f.name)
}

// items reads the items of a list, each by item.
func (d *decoder) items(item func(i int) *Error) *Error {
	if d.peek() != '[' {
		return d.mismatch("array")
	}
	if err := d.enter(); err != nil {
		return err
	}
	for i := 0; ; i++ {
		more, err := d.more(i == 0, ']')
		if err != nil || !more {
			return err
		}
		if err := item(i); err != nil {
			return err.inItem(i)
		}
	}
}

// entries reads the entries of a map, each value by entry.
func (d *decoder) entries(f *field, entry func(key protoreflect.MapKey) *Error) *Error {
	if d.peek() != '{' {
		return d.mismatch("object")
	}
	if err := d.enter(); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := d.more(first, '}')
		if err != nil || !more {
			return err
		}
		text, err := d.key()
		if err != nil {
			return err
		}
		key, err := d.mapKey(&f.mapKey, text)
		if err != nil {
			return err.inEntry(string(text))
		}
		if err := entry(key); err != nil {
			return err.inEntry(key.String())
		}
	}
}

// mapKey makes the key of a map entry, which JSON has as a string whatever its kind, from the
// latest string. Integers of all sizes come as those of 64 bits.
func (d *decoder) mapKey(p *value, text []byte) (protoreflect.MapKey, *Error) {
	switch {
	case p.kind == stringValue:
		return protoreflect.ValueOfString(d.textOf(text)).MapKey(), nil
	case p.kind == boolValue && string(text) == literalTrue:
		return protoreflect.ValueOfBool(true).MapKey(), nil
	case p.kind == boolValue && string(text) == literalFalse:
		return protoreflect.ValueOfBool(false).MapKey(), nil
	case p.kind == boolValue || !isIntegerText(text):
		return protoreflect.MapKey{}, mismatch(p.want()+" as key", quote(string(text)))
	case p.kind == int32Value || p.kind == int64Value:
		i, err := p.signed(text)

		return protoreflect.ValueOfInt64(i).MapKey(), err
	default:
		u, err := p.unsigned(text)

		return protoreflect.ValueOfUint64(u).MapKey(), err
	}
}

func (d *decoder) boolean() (bool, *Error) {
	switch d.peek() {
	case 't':
		return true, d.literal(literalTrue)
	case 'f':
		return false, d.literal(literalFalse)
	default:
		return false, d.mismatch("boolean")
	}
}

// enum reads the spelling of an enum's value, or null, which is the only one of its enum.
func (d *decoder) enum(p *value) (protoreflect.EnumNumber, *Error) {
	if p.kind == nullValue {
		if d.peek() != 'n' {
			return 0, d.mismatch("null")
		}

		return 0, d.literal(literalNull)
	}
	text, err := d.quoted(p)
	if err != nil {
		return 0, err
	}

	return p.enum.parse(text)
}

// quoted reads the string that a value is written as. The bytes are valid until the next one.
func (d *decoder) quoted(p *value) ([]byte, *Error) {
	if d.peek() != '"' {
		return nil, d.mismatch(p.want())
	}

	return d.string()
}

// float reads a number that is finite in so many bits.
func (d *decoder) float(bits int) (float64, *Error) {
	if c := d.peek(); c != '-' && !isDigit(c) {
		return 0, d.mismatch("number")
	}
	text, err := d.number()
	if err != nil {
		return 0, err
	}
	f, rangeErr := strconv.ParseFloat(string(text), bits)
	if rangeErr != nil || math.IsInf(f, 0) {
		return 0, mismatch("number within "+strconv.Itoa(bits)+" bits", clip(string(text)))
	}

	return f, nil
}

// integerText reads a number, or, for 64 bits, a string of digits: not every JSON library can write
// such numbers exactly.
func (d *decoder) integerText(p *value) ([]byte, *Error) {
	is64 := p.kind == int64Value || p.kind == uint64Value
	switch c := d.peek(); {
	case c == '-' || isDigit(c):
		return d.number()
	case c == '"' && is64:
		text, err := d.string()
		if err == nil && !isIntegerText(text) {
			err = mismatch("integer", quote(string(text)))
		}

		return text, err
	default:
		return nil, d.mismatch("integer")
	}
}

// signed reads an integer of a signed kind.
func (d *decoder) signed(p *value) (int64, *Error) {
	text, err := d.integerText(p)
	if err != nil {
		return 0, err
	}

	return p.signed(text)
}

// unsigned reads an integer of an unsigned kind.
func (d *decoder) unsigned(p *value) (uint64, *Error) {
	text, err := d.integerText(p)
	if err != nil {
		return 0, err
	}

	return p.unsigned(text)
}

// signed makes an integer of the value's kind, which is signed, from the text of a number.
func (v *value) signed(text []byte) (int64, *Error) {
	n, fault := parseInteger(text)
	i, fits := n.signed(v.bits())

	return i, v.integerError(text, fault, fits)
}

// unsigned makes an integer of the value's kind, which is unsigned, from the text of a number.
func (v *value) unsigned(text []byte) (uint64, *Error) {
	n, fault := parseInteger(text)
	u, fits := n.unsigned(v.bits())

	return u, v.integerError(text, fault, fits)
}

// integerError says why a text is no integer of the value's kind, nil if it is one.
func (v *value) integerError(text []byte, fault integerFault, fits bool) *Error {
	switch {
	case fault == hasFraction:
		return mismatch("integer", clip(string(text)))
	case fault == isTooLarge || !fits:
		return mismatch("integer within "+v.rangeName(), clip(string(text)))
	default:
		return nil
	}
}

// bits is the size of an integer of the value's kind.
func (v *value) bits() int {
	if v.kind == int32Value || v.kind == uint32Value {
		return 32
	}

	return 64
}

// rangeName is the proto type whose range an integer has.
func (v *value) rangeName() string {
	switch v.kind {
	case int32Value:
		return "int32"
	case uint32Value:
		return "uint32"
	case uint64Value:
		return "uint64"
	default:
		return "int64"
	}
}

// bytes reads base64 in the standard or the URL alphabet, padded or not, and appends it to dst.
func (d *decoder) bytes(dst []byte, p *value) ([]byte, *Error) {
	text, err := d.quoted(p)
	if err != nil {
		return nil, err
	}
	standard, url := base64.StdEncoding, base64.URLEncoding
	if !bytes.HasSuffix(text, []byte("=")) {
		standard, url = base64.RawStdEncoding, base64.RawURLEncoding
	}
	out, invalid := standard.AppendDecode(dst, text)
	if invalid != nil {
		out, invalid = url.AppendDecode(dst, text)
	}
	// The decoder of the standard library passes over line breaks, which only escapes can write.
	if invalid != nil || !d.verbatim && bytes.ContainsAny(text, "\r\n") {
		return nil, mismatch("base64 string", quote(string(text)))
	}

	return out, nil
}

// parse finds the value that a spelling stands for.
func (p *enumPlan) parse(text []byte) (protoreflect.EnumNumber, *Error) {
	number, ok := p.numbers[string(text)]
	if !ok {
		return 0, mismatch(p.want, quote(string(text)))
	}

	return number, nil
}

// indexSet is a set of small numbers. It needs no memory of its own for those below 64.
type indexSet struct {
	low  uint64
	high map[int]struct{}
}

// add returns false if the number was there already.
func (s *indexSet) add(index int) bool {
	if s.has(index) {
		return false
	}
	if index < 64 {
		s.low |= 1 << index

		return true
	}
	if s.high == nil {
		s.high = make(map[int]struct{})
	}
	s.high[index] = struct{}{}

	return true
}

func (s *indexSet) has(index int) bool {
	if index < 64 {
		return s.low&(1<<index) != 0
	}
	_, found := s.high[index]

	return found
}
