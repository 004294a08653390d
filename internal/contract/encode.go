package contract

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// encoder appends one payload to out. Its methods leave out in no particular state on an error.
type encoder struct {
	out      []byte
	depth    int
	enumCase EnumCase
	keys     []entryKey // Of the maps that are being written by layouts, the outermost first.
	scratch  map[reflect.Type]*mapScratch
}

func (e *encoder) text(text string) {
	e.out = append(e.out, text...)
}

// enter opens an object or an array.
func (e *encoder) enter(bracket byte) *Error {
	if e.depth == maxDepth {
		return &Error{Reason: "nesting deeper than " + strconv.Itoa(maxDepth)}
	}
	e.depth++
	e.out = append(e.out, bracket)

	return nil
}

// leave closes what enter opened.
func (e *encoder) leave(bracket byte) {
	e.depth--
	e.out = append(e.out, bracket)
}

// message writes a message in its JSON form.
func (e *encoder) message(p *messagePlan, m protoreflect.Message) *Error {
	if l, v := p.structOf(m.Interface()); l != nil {
		return e.laidOut(p, l, v)
	}
	if err := p.check(m); err != nil {
		return err
	}
	if p.known != plainMessage {
		return e.known(p, m)
	}
	if err := e.enter('{'); err != nil {
		return err
	}
	if err := e.fields(p, m); err != nil {
		return err
	}
	e.leave('}')

	return nil
}

// fields writes the properties of an open object.
func (e *encoder) fields(p *messagePlan, m protoreflect.Message) *Error {
	for i := range p.fields {
		f := &p.fields[i]
		if f.hasPresence && !m.Has(f.desc) {
			if f.required {
				return mismatch(f.want(), "nothing").inField(f.name)
			}

			continue
		}
		if e.out[len(e.out)-1] != '{' {
			e.out = append(e.out, ',')
		}
		e.text(f.key)
		if err := e.fieldOf(m, f); err != nil {
			return err.inField(f.name)
		}
	}

	return nil
}

// fieldOf writes all that a field of m holds.
func (e *encoder) fieldOf(m protoreflect.Message, f *field) *Error {
	if f.form == list && !m.Has(f.desc) { // Get allocates for an empty one, too.
		return e.empty('[', ']')
	}
	if f.form == mapping && !m.Has(f.desc) {
		return e.empty('{', '}')
	}

	return e.field(f, m.Get(f.desc))
}

// empty writes an object or an array of nothing.
func (e *encoder) empty(opening, closing byte) *Error {
	if err := e.enter(opening); err != nil {
		return err
	}
	e.leave(closing)

	return nil
}

// field writes all that a field holds.
func (e *encoder) field(f *field, v protoreflect.Value) *Error {
	switch f.form {
	case list:
		return e.list(f, v.List())
	case mapping:
		return e.mapping(f, v.Map())
	default:
		return e.value(&f.value, v)
	}
}

func (e *encoder) list(f *field, items protoreflect.List) *Error {
	if err := e.enter('['); err != nil {
		return err
	}
	for i := range items.Len() {
		if i > 0 {
			e.out = append(e.out, ',')
		}
		if err := e.value(&f.value, items.Get(i)); err != nil {
			return err.inItem(i)
		}
	}
	e.leave(']')

	return nil
}

// mapping writes entries in the order of their keys, so that equal maps are equal bytes.
func (e *encoder) mapping(f *field, entries protoreflect.Map) *Error {
	if err := e.enter('{'); err != nil {
		return err
	}
	for i, entry := range sortedEntries(entries, f.mapKey.kind) {
		if i > 0 {
			e.out = append(e.out, ',')
		}
		if err := e.entry(f, entry); err != nil {
			return err.inEntry(entry.key.String())
		}
	}
	e.leave('}')

	return nil
}

func (e *encoder) entry(f *field, entry mapEntry) *Error {
	if err := e.string(entry.key.String()); err != nil {
		return err
	}
	e.out = append(e.out, ':')

	return e.value(&f.value, entry.value)
}

// mapEntry is one of a map.
type mapEntry struct {
	key   protoreflect.MapKey
	value protoreflect.Value
}

func sortedEntries(entries protoreflect.Map, kind valueKind) []mapEntry {
	sorted := make([]mapEntry, 0, entries.Len())
	entries.Range(func(key protoreflect.MapKey, v protoreflect.Value) bool {
		sorted = append(sorted, mapEntry{key, v})

		return true
	})
	slices.SortFunc(sorted, compareEntries(kind))

	return sorted
}

// compareEntries orders texts by their bytes, numbers by value, and false before true.
func compareEntries(kind valueKind) func(a, b mapEntry) int {
	switch kind {
	case stringValue, boolValue:
		return func(a, b mapEntry) int { return strings.Compare(a.key.String(), b.key.String()) }
	case uint32Value, uint64Value:
		return func(a, b mapEntry) int { return cmp.Compare(a.key.Uint(), b.key.Uint()) }
	default:
		return func(a, b mapEntry) int { return cmp.Compare(a.key.Int(), b.key.Int()) }
	}
}

// value writes a single value.
func (e *encoder) value(p *value, v protoreflect.Value) *Error {
	switch p.kind {
	case boolValue:
		e.out = strconv.AppendBool(e.out, v.Bool())
	case int32Value, int64Value:
		e.out = strconv.AppendInt(e.out, v.Int(), 10)
	case uint32Value, uint64Value:
		e.out = strconv.AppendUint(e.out, v.Uint(), 10)
	case floatValue:
		return e.float(v.Float(), 32)
	case doubleValue:
		return e.float(v.Float(), 64)
	case numberValue:
		return e.number(v.Float(), 64)
	case stringValue:
		return e.string(v.String())
	case bytesValue:
		e.out = append(e.out, '"')
		e.out = base64.StdEncoding.AppendEncode(e.out, v.Bytes())
		e.out = append(e.out, '"')
	case enumValue:
		return e.enum(p.enum, v.Enum())
	case nullValue:
		e.text(literalNull)
	case messageValue:
		return e.message(p.message, v.Message())
	}

	return nil
}

// float writes a number with a fraction or an exponent in any case: workflows of
// AWL take no other one as a Float.
func (e *encoder) float(f float64, bits int) *Error {
	start := len(e.out)
	if err := e.number(f, bits); err != nil {
		return err
	}
	if !bytes.ContainsAny(e.out[start:], ".e") {
		e.text(".0")
	}

	return nil
}

func (e *encoder) number(f float64, bits int) *Error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return mismatch("finite number", strconv.FormatFloat(f, 'g', -1, bits))
	}
	e.out = appendFloat(e.out, f, bits)

	return nil
}

func (e *encoder) enum(p *enumPlan, number protoreflect.EnumNumber) *Error {
	text, ok := p.text[number]
	if !ok {
		return mismatch(p.want, p.nameOf(number))
	}
	e.text(text)

	return nil
}

func (e *encoder) string(text string) *Error {
	if !utf8.ValidString(text) {
		return mismatch("valid UTF-8", quote(text))
	}
	e.out = appendQuoted(e.out, text)

	return nil
}

// appendQuoted writes a JSON string with the shortest legal escapes. The text is valid UTF-8.
func appendQuoted(dst []byte, text string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i, plainTo := 0, 0; i < len(text); i++ {
		if i >= plainTo {
			n, _ := plainPrefix(text[i:])
			i += n
			plainTo = i + wordBytes // So much is looked at byte by byte.
			if i == len(text) {
				break
			}
		}
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, text[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
		}
	}
	dst = append(dst, text[start:]...)

	return append(dst, '"')
}
