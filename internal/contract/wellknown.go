package contract

import (
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
		return e.timestamp(m.Get(p.fields[0].desc).Int(), m.Get(p.fields[1].desc).Int())
	case durationMessage:
		return e.duration(m.Get(p.fields[0].desc).Int(), m.Get(p.fields[1].desc).Int())
	case maskMessage:
		paths := m.Get(p.fields[0].desc).List()

		return e.mask(paths.Len(), func(i int) string { return paths.Get(i).String() })
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

// known writes the fields of a message that has a JSON form of its own to the binary form.
func (d *decoder) known(p *messagePlan) *Error {
	switch p.known {
	case valueMessage:
		return d.binaryField(d.kind(p))
	case timestampMessage, durationMessage:
		return d.binaryTime(p)
	case maskMessage:
		return d.binaryMask(p)
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

// kind returns the field of a google.protobuf.Value that what comes next belongs to.
func (d *decoder) kind(p *messagePlan) *field {
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

	return &p.fields[index]
}

// knownText reads the text of a message whose JSON form is a string.
func (d *decoder) knownText(known knownType) ([]byte, *Error) {
	if d.peek() != '"' {
		return nil, d.mismatch(known.want())
	}

	return d.string()
}

// binaryTime reads a timestamp or a duration.
func (d *decoder) binaryTime(p *messagePlan) *Error {
	seconds, nanos, err := d.time(p.known)
	d.binary.tag(p.fields[0].desc.Number(), protowire.VarintType)
	d.binary.varint(uint64(seconds)) //nolint:gosec // Two's complement.
	d.binary.tag(p.fields[1].desc.Number(), protowire.VarintType)
	d.binary.varint(uint64(nanos)) //nolint:gosec // Two's complement.

	return err
}

func (d *decoder) binaryMask(p *messagePlan) *Error {
	paths, err := d.mask()
	for _, path := range paths {
		d.binary.tag(p.fields[0].desc.Number(), protowire.BytesType)
		d.binary.out = protowire.AppendString(d.binary.out, path)
	}

	return err
}
