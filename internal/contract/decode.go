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
}

// sharedPayload is the size in bytes up to which all texts of a payload share one copy of it. Of a
// longer one each text is copied, so that none keeps the whole payload in memory.
const sharedPayload = 1 << 10

// textOf returns the text that string has just returned as a string.
func (d *decoder) textOf(text []byte) string {
	if !d.verbatim || len(d.data) > sharedPayload {
		return string(text)
	}
	if d.whole == "" {
		d.whole = string(d.data)
	}
	end := d.pos - 1

	return d.whole[end-len(text) : end]
}

// message reads a message from its JSON form.
func (d *decoder) message(p *messagePlan, m protoreflect.Message) *Error {
	if p.known != plainMessage {
		return d.known(p, m)
	}
	if d.peek() != '{' {
		return d.mismatch("object")
	}

	return d.object(p, target{message: m})
}

// target is what an object is read into: a message, or its struct and where its fields are in it.
type target struct {
	message protoreflect.Message
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
				err = d.member(f, into.message)
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
	for i := range p.fields {
		if f := &p.fields[i]; f.required && !seen.has(i) {
			return mismatch(f.want(), "nothing").inField(f.name)
		}
	}

	return nil
}

// member reads the value of a property; null is the absence of one that need not be there.
func (d *decoder) member(f *field, m protoreflect.Message) *Error {
	if absent, err := d.absent(f); absent {
		return err
	}
	if f.oneof != nil {
		if other := m.WhichOneof(f.oneof); other != nil {
			return bothOf(f, other)
		}
	}

	return d.field(f, m)
}

// absent reads a null that is the absence of a property.
func (d *decoder) absent(f *field) (bool, *Error) {
	if f.required || f.keepsNull || d.peek() != 'n' {
		return false, nil
	}

	return true, d.literal(literalNull)
}

// bothOf is the error of a property beside another one of its oneof.
func bothOf(f *field, other protoreflect.FieldDescriptor) *Error {
	return mismatch("at most one of "+string(f.oneof.Name()), propertyName(other)+" and "+f.name)
}

// field reads all that a field holds.
func (d *decoder) field(f *field, m protoreflect.Message) *Error {
	switch {
	case f.form == list:
		return d.list(f, m.Mutable(f.desc).List())
	case f.form == mapping:
		return d.mapping(f, m.Mutable(f.desc).Map())
	case f.value.kind == messageValue:
		return d.message(f.value.message, m.Mutable(f.desc).Message())
	}
	v, err := d.scalar(&f.value)
	if err == nil {
		m.Set(f.desc, v)
	}

	return err
}

func (d *decoder) list(f *field, items protoreflect.List) *Error {
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
		if err := d.item(&f.value, items); err != nil {
			return err.inItem(i)
		}
	}
}

func (d *decoder) item(p *value, items protoreflect.List) *Error {
	if p.kind == messageValue {
		return d.message(p.message, items.AppendMutable().Message())
	}
	v, err := d.scalar(p)
	if err == nil {
		items.Append(v)
	}

	return err
}

func (d *decoder) mapping(f *field, entries protoreflect.Map) *Error {
	return d.entries(f, func(key protoreflect.MapKey) *Error { return d.entry(&f.value, entries, key) })
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
		key, err := mapKey(f.mapKey, text)
		if err != nil {
			return err.inEntry(string(text))
		}
		if err := entry(key); err != nil {
			return err.inEntry(key.String())
		}
	}
}

func (d *decoder) entry(p *value, entries protoreflect.Map, key protoreflect.MapKey) *Error {
	if entries.Has(key) {
		return duplicate()
	}
	if p.kind == messageValue {
		v := entries.NewValue()
		if err := d.message(p.message, v.Message()); err != nil {
			return err
		}
		entries.Set(key, v)

		return nil
	}
	v, err := d.scalar(p)
	if err == nil {
		entries.Set(key, v)
	}

	return err
}

// mapKey reads the key of a map entry, which JSON has as a string whatever its kind.
func mapKey(kind protoreflect.Kind, text []byte) (protoreflect.MapKey, *Error) {
	key := value{kind: scalarKind(kind)}
	switch {
	case key.kind == stringValue:
		return protoreflect.ValueOfString(string(text)).MapKey(), nil
	case key.kind == boolValue && string(text) == literalTrue:
		return protoreflect.ValueOfBool(true).MapKey(), nil
	case key.kind == boolValue && string(text) == literalFalse:
		return protoreflect.ValueOfBool(false).MapKey(), nil
	case key.kind == boolValue || !isIntegerText(text):
		return protoreflect.MapKey{}, mismatch(key.want()+" as key", quote(string(text)))
	}
	v, err := key.integer(text)
	if err != nil {
		return protoreflect.MapKey{}, err
	}

	return v.MapKey(), nil
}

// scalar reads a value that is no message.
func (d *decoder) scalar(p *value) (protoreflect.Value, *Error) {
	c := d.peek()
	switch p.kind {
	case boolValue:
		return d.boolean(c)
	case nullValue:
		return d.null(c)
	case floatValue, doubleValue, numberValue:
		return d.float(p, c)
	case int32Value, int64Value, uint32Value, uint64Value:
		return d.integer(p, c)
	}
	if c != '"' {
		return protoreflect.Value{}, d.mismatch(p.want())
	}
	text, err := d.string()
	if err != nil {
		return protoreflect.Value{}, err
	}
	switch p.kind {
	case bytesValue:
		return parseBytes(text)
	case enumValue:
		return p.enum.parse(text)
	default:
		return protoreflect.ValueOfString(d.textOf(text)), nil
	}
}

func (d *decoder) boolean(c byte) (protoreflect.Value, *Error) {
	switch c {
	case 't':
		return protoreflect.ValueOfBool(true), d.literal(literalTrue)
	case 'f':
		return protoreflect.ValueOfBool(false), d.literal(literalFalse)
	default:
		return protoreflect.Value{}, d.mismatch("boolean")
	}
}

func (d *decoder) null(c byte) (protoreflect.Value, *Error) {
	if c != 'n' {
		return protoreflect.Value{}, d.mismatch("null")
	}

	return protoreflect.ValueOfEnum(0), d.literal(literalNull)
}

func (d *decoder) float(p *value, c byte) (protoreflect.Value, *Error) {
	if c != '-' && !isDigit(c) {
		return protoreflect.Value{}, d.mismatch("number")
	}
	text, err := d.number()
	if err != nil {
		return protoreflect.Value{}, err
	}
	bits := 64
	if p.kind == floatValue {
		bits = 32
	}
	f, rangeErr := strconv.ParseFloat(string(text), bits)
	if rangeErr != nil || math.IsInf(f, 0) {
		want := "number within " + strconv.Itoa(bits) + " bits"

		return protoreflect.Value{}, mismatch(want, clip(string(text)))
	}
	if bits == 32 {
		return protoreflect.ValueOfFloat32(float32(f)), nil
	}

	return protoreflect.ValueOfFloat64(f), nil
}

// integer reads a number, or, for 64 bits, a string of digits: not every JSON library can write
// such numbers exactly.
func (d *decoder) integer(p *value, c byte) (protoreflect.Value, *Error) {
	is64 := p.kind == int64Value || p.kind == uint64Value
	switch {
	case c == '-' || isDigit(c):
		text, err := d.number()
		if err != nil {
			return protoreflect.Value{}, err
		}

		return p.integer(text)
	case c == '"' && is64:
		text, err := d.string()
		if err != nil {
			return protoreflect.Value{}, err
		}
		if !isIntegerText(text) {
			return protoreflect.Value{}, mismatch("integer", quote(string(text)))
		}

		return p.integer(text)
	default:
		return protoreflect.Value{}, d.mismatch("integer")
	}
}

// integer makes an integer of the value's kind from the text of a number.
func (v *value) integer(text []byte) (protoreflect.Value, *Error) {
	n, fault := parseInteger(text)
	if fault == hasFraction {
		return protoreflect.Value{}, mismatch("integer", clip(string(text)))
	}
	var (
		out  protoreflect.Value
		fits bool
	)
	switch v.kind {
	case int32Value:
		var i int64
		i, fits = n.signed(32)
		out = protoreflect.ValueOfInt32(int32(i)) //nolint:gosec // Used only if it fits.
	case uint32Value:
		var u uint64
		u, fits = n.unsigned(32)
		out = protoreflect.ValueOfUint32(uint32(u)) //nolint:gosec // Used only if it fits.
	case uint64Value:
		var u uint64
		u, fits = n.unsigned(64)
		out = protoreflect.ValueOfUint64(u)
	default:
		var i int64
		i, fits = n.signed(64)
		out = protoreflect.ValueOfInt64(i)
	}
	if fault == isTooLarge || !fits {
		return protoreflect.Value{}, mismatch("integer within "+v.rangeName(), clip(string(text)))
	}

	return out, nil
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

// parseBytes reads base64 in the standard or the URL alphabet, padded or not.
func parseBytes(text []byte) (protoreflect.Value, *Error) {
	encoding := base64.StdEncoding
	if bytes.ContainsAny(text, "-_") {
		encoding = base64.URLEncoding
	}
	if !bytes.HasSuffix(text, []byte("=")) {
		encoding = encoding.WithPadding(base64.NoPadding)
	}
	// The decoder of the standard library passes over line breaks.
	out, err := encoding.AppendDecode(nil, text)
	if err != nil || bytes.ContainsAny(text, "\r\n") {
		return protoreflect.Value{}, mismatch("base64 string", quote(string(text)))
	}

	return protoreflect.ValueOfBytes(out), nil
}

// parse finds the value that a spelling stands for.
func (p *enumPlan) parse(text []byte) (protoreflect.Value, *Error) {
	number, ok := p.numbers[string(text)]
	if !ok {
		return protoreflect.Value{}, mismatch(p.want, quote(string(text)))
	}

	return protoreflect.ValueOfEnum(number), nil
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
