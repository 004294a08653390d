package contract

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// knownType is a well-known message that has a JSON form of its own.
type knownType int

const (
	plainMessage knownType = iota
	emptyMessage
	wrapperMessage
	structMessage
	valueMessage
	listMessage
	timestampMessage
	durationMessage
	maskMessage
	anyMessage
)

var knownTypes = map[protoreflect.FullName]knownType{
	"google.protobuf.Empty":       emptyMessage,
	"google.protobuf.BoolValue":   wrapperMessage,
	"google.protobuf.Int32Value":  wrapperMessage,
	"google.protobuf.Int64Value":  wrapperMessage,
	"google.protobuf.UInt32Value": wrapperMessage,
	"google.protobuf.UInt64Value": wrapperMessage,
	"google.protobuf.FloatValue":  wrapperMessage,
	"google.protobuf.DoubleValue": wrapperMessage,
	"google.protobuf.StringValue": wrapperMessage,
	"google.protobuf.BytesValue":  wrapperMessage,
	"google.protobuf.Struct":      structMessage,
	"google.protobuf.Value":       valueMessage,
	"google.protobuf.ListValue":   listMessage,
	"google.protobuf.Timestamp":   timestampMessage,
	"google.protobuf.Duration":    durationMessage,
	"google.protobuf.FieldMask":   maskMessage,
	"google.protobuf.Any":         anyMessage,
}

// The fields that the code here relies on, in their order.
var knownFields = map[knownType][]protoreflect.Kind{
	structMessage: {protoreflect.MessageKind},
	valueMessage: {
		protoreflect.EnumKind, protoreflect.DoubleKind, protoreflect.StringKind,
		protoreflect.BoolKind, protoreflect.MessageKind, protoreflect.MessageKind,
	},
	listMessage:      {protoreflect.MessageKind},
	timestampMessage: {protoreflect.Int64Kind, protoreflect.Int32Kind},
	durationMessage:  {protoreflect.Int64Kind, protoreflect.Int32Kind},
	maskMessage:      {protoreflect.StringKind},
	anyMessage:       {protoreflect.StringKind, protoreflect.BytesKind},
}

// hasFields reports whether a message that is named like a well-known type is that type. One made
// at run time may be anything.
func (k knownType) hasFields(md protoreflect.MessageDescriptor) bool {
	fds := md.Fields()
	if k == wrapperMessage {
		return fds.Len() == 1 && fds.Get(0).Message() == nil && !fds.Get(0).IsList()
	}
	kinds := knownFields[k]
	if fds.Len() != len(kinds) {
		return false
	}
	for i, kind := range kinds {
		fd := fds.Get(i)
		if fd.Kind() != kind || fd.IsMap() != (k == structMessage) ||
			fd.IsList() != (k == listMessage || k == maskMessage) ||
			(fd.ContainingOneof() != nil) != (k == valueMessage) {
			return false
		}
	}

	return true
}

// schema is the schema of a well-known type other than a wrapper.
func (k knownType) schema() string {
	switch k {
	case valueMessage:
		return literalTrue // The schema that anything fits.
	case listMessage:
		return `{"type":"array"}`
	case timestampMessage, durationMessage, maskMessage:
		return `{"type":"string"}`
	default:
		return `{"type":"object"}`
	}
}

// want describes in errors what a message is to be.
func (k knownType) want() string {
	switch k {
	case valueMessage:
		return "a JSON value"
	case listMessage:
		return "array"
	case timestampMessage:
		return "timestamp such as 2006-01-02T15:04:05Z"
	case durationMessage:
		return "duration such as 1.5s"
	case maskMessage:
		return "field mask such as user.displayName,photo"
	default:
		return "object"
	}
}

// known writes a message that has a JSON form of its own.
func (e *encoder) known(p *messagePlan, m protoreflect.Message) *Error {
	switch p.known {
	case valueMessage:
		return e.anything(p, m)
	case timestampMessage:
		return e.timestamp(secondsAndNanos(p, m))
	case durationMessage:
		return e.duration(secondsAndNanos(p, m))
	case maskMessage:
		return e.mask(m.Get(p.fields[0].desc).List())
	case anyMessage:
		return e.typed(p, m)
	case emptyMessage:
		if err := e.enter('{'); err != nil {
			return err
		}
		e.leave('}')

		return nil
	default: // Wrappers, Struct and ListValue are the bare value of their field.
		return e.field(&p.fields[0], m.Get(p.fields[0].desc))
	}
}

// anything writes a google.protobuf.Value.
func (e *encoder) anything(p *messagePlan, m protoreflect.Message) *Error {
	for i := range p.fields {
		if f := &p.fields[i]; m.Has(f.desc) {
			return e.field(f, m.Get(f.desc))
		}
	}

	return mismatch(p.known.want(), "nothing")
}

func secondsAndNanos(p *messagePlan, message protoreflect.Message) (seconds, nanos int64) {
	if m, ok := message.Interface().(interface {
		GetSeconds() int64
		GetNanos() int32
	}); ok {
		return m.GetSeconds(), int64(m.GetNanos())
	}
	// It was made at run time.
	return message.Get(p.fields[0].desc).Int(), message.Get(p.fields[1].desc).Int()
}

const (
	// The first second of the year 1 and the last one of the year 9999.
	minTimestamp = -62135596800
	maxTimestamp = 253402300799
	// About 10,000 years.
	maxDuration = 315576000000
	maxNanos    = int64(time.Second) - 1
)

func (e *encoder) timestamp(seconds, nanos int64) *Error {
	if seconds < minTimestamp || seconds > maxTimestamp || nanos < 0 || nanos > maxNanos {
		return mismatch("timestamp from the year 1 to 9999",
			fmt.Sprintf("%d seconds and %d nanoseconds", seconds, nanos))
	}
	e.out = append(e.out, '"')
	e.out = time.Unix(seconds, 0).UTC().AppendFormat(e.out, time.RFC3339)
	e.out = e.out[:len(e.out)-1] // The Z comes after the fraction.
	e.fraction(nanos)
	e.text(`Z"`)

	return nil
}

func (e *encoder) duration(seconds, nanos int64) *Error {
	if seconds < -maxDuration || seconds > maxDuration || nanos < -maxNanos || nanos > maxNanos ||
		seconds < 0 && nanos > 0 || seconds > 0 && nanos < 0 {
		return mismatch("duration within 10000 years, its parts of one sign",
			fmt.Sprintf("%d seconds and %d nanoseconds", seconds, nanos))
	}
	e.out = append(e.out, '"')
	if seconds < 0 || nanos < 0 {
		e.out = append(e.out, '-')
	}
	e.out = strconv.AppendInt(e.out, max(seconds, -seconds), 10)
	e.fraction(max(nanos, -nanos))
	e.text(`s"`)

	return nil
}

// fraction writes nanoseconds in 0, 3, 6 or 9 digits.
func (e *encoder) fraction(nanos int64) {
	if nanos == 0 {
		return
	}
	start := len(e.out)
	e.out = strconv.AppendInt(e.out, maxNanos+1+nanos, 10) // So that it has leading zeros.
	e.out[start] = '.'
	for bytes.HasSuffix(e.out, []byte("000")) {
		e.out = e.out[:len(e.out)-3]
	}
}

func (e *encoder) mask(paths protoreflect.List) *Error {
	e.out = append(e.out, '"')
	for i := range paths.Len() {
		path := paths.Get(i).String()
		camel := camelPath(path)
		if back, ok := snakePath([]byte(camel)); !ok || back != path {
			return mismatch("a path such as user.display_name", quote(path)).inItem(i)
		}
		if i > 0 {
			e.out = append(e.out, ',')
		}
		e.text(camel)
	}
	e.out = append(e.out, '"')

	return nil
}

// camelPath turns user.display_name into user.displayName.
func camelPath(path string) string {
	names := strings.Split(path, ".")
	for i, name := range names {
		names[i] = camelCase(protoreflect.Name(name))
	}

	return strings.Join(names, ".")
}

// snakePath turns user.displayName into user.display_name, and says whether it is a path.
func snakePath(path []byte) (string, bool) {
	out := make([]byte, 0, len(path)+4)
	for i, c := range path {
		isFirst := i == 0 || path[i-1] == '.'
		switch {
		case isUpper(c):
			out = append(out, '_', c+'a'-'A')
		case isLower(c) || !isFirst && (isDigit(c) || c == '.'):
			out = append(out, c)
		default:
			return "", false
		}
	}

	return string(out), len(path) > 0 && path[len(path)-1] != '.'
}

// known writes the fields of a message that has a JSON form of its own to the binary form.
func (d *decoder) known(p *messagePlan) *Error {
	switch p.known {
	case valueMessage:
		return d.anything(p)
	case timestampMessage, durationMessage, maskMessage:
		return d.knownText(p)
	case anyMessage:
		return d.typed(p)
	case emptyMessage:
		if d.peek() != '{' {
			return d.mismatch("object")
		}

		return d.skip()
	default:
		return d.binaryField(&p.fields[0])
	}
}

// anything reads a google.protobuf.Value.
func (d *decoder) anything(p *messagePlan) *Error {
	index := 1
	switch d.peek() {
	case 'n':
		index = 0
	case '"':
		index = 2
	case 't', 'f':
		index = 3
	case '{':
		index = 4
	case '[':
		index = 5
	}

	return d.binaryField(&p.fields[index])
}

// knownText reads a message whose JSON form is a string.
func (d *decoder) knownText(p *messagePlan) *Error {
	if d.peek() != '"' {
		return d.mismatch(p.known.want())
	}
	text, err := d.string()
	if err != nil {
		return err
	}
	var ok bool
	switch p.known {
	case timestampMessage:
		ok = d.timestamp(p, string(text))
	case durationMessage:
		ok = d.duration(p, string(text))
	default:
		ok = d.mask(p, text)
	}
	if !ok {
		return mismatch(p.known.want(), quote(string(text)))
	}

	return nil
}

// timestamp reads RFC 3339, with up to nine digits of a fraction.
func (d *decoder) timestamp(p *messagePlan, text string) bool {
	if !isTimestamp(text) {
		return false
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || t.Unix() < minTimestamp || t.Unix() > maxTimestamp {
		return false
	}
	d.secondsAndNanos(p, t.Unix(), int64(t.Nanosecond()))

	return true
}

// isTimestamp checks what [time.Parse] is lenient about: the number of digits and the separators.
func isTimestamp(text string) bool {
	const seconds = len("2006-01-02T15:04:05")
	if len(text) <= seconds {
		return false
	}
	rest := text[seconds:]
	if rest[0] == '.' {
		digits := len(rest) - 1 - len(strings.TrimLeft(rest[1:], "0123456789"))
		if digits > 9 {
			return false
		}
		rest = rest[1+digits:]
	}

	return hasShape(text[:seconds], "0000-00-00T00:00:00") &&
		(rest == "Z" || hasShape(rest, "+00:00") || hasShape(rest, "-00:00"))
}

// hasShape reports whether text is like a model in which 0 stands for any digit.
func hasShape(text, model string) bool {
	if len(text) != len(model) {
		return false
	}
	for i := range len(model) {
		if model[i] != text[i] && (model[i] != '0' || !isDigit(text[i])) {
			return false
		}
	}

	return true
}

// duration reads seconds with up to nine digits of a fraction, and an s at the end.
func (d *decoder) duration(p *messagePlan, text string) bool {
	number, hasUnit := strings.CutSuffix(text, "s")
	whole, fraction, hasPoint := strings.Cut(number, ".")
	if !hasUnit || !isIntegerText([]byte(whole)) ||
		hasPoint && fraction == "" || len(fraction) > 9 {
		return false
	}
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || seconds < -maxDuration || seconds > maxDuration {
		return false
	}
	nanos, err := strconv.ParseUint((fraction + "000000000")[:9], 10, 32)
	if err != nil {
		return false
	}
	if whole[0] == '-' {
		d.secondsAndNanos(p, seconds, -int64(nanos))
	} else {
		d.secondsAndNanos(p, seconds, int64(nanos))
	}

	return true
}

func (d *decoder) secondsAndNanos(p *messagePlan, seconds, nanos int64) {
	d.binary.tag(p.fields[0].desc.Number(), protowire.VarintType)
	d.binary.varint(uint64(seconds)) //nolint:gosec // Two's complement.
	d.binary.tag(p.fields[1].desc.Number(), protowire.VarintType)
	d.binary.varint(uint64(nanos)) //nolint:gosec // Two's complement.
}

// mask reads paths that are separated by commas; an empty text is no path.
func (d *decoder) mask(p *messagePlan, text []byte) bool {
	if len(text) == 0 {
		return true
	}
	for path := range bytes.SplitSeq(text, []byte(",")) {
		snake, ok := snakePath(path)
		if !ok {
			return false
		}
		d.binary.tag(p.fields[0].desc.Number(), protowire.BytesType)
		d.binary.out = protowire.AppendString(d.binary.out, snake)
	}

	return true
}
