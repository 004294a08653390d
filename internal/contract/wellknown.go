package contract

import (
	"reflect"
	"strings"

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

// knownPackages are the paths that those of the Go types of well-known messages begin with.
const knownPackages = "google.golang.org/protobuf/types/known/"

// isLaidOut reports whether the code here writes and reads such messages by a struct.
func (k knownType) isLaidOut(typ reflect.Type) bool {
	switch k {
	case plainMessage:
		return true
	case anyMessage: // Its content is in the binary form anyway.
		return false
	default:
		return strings.HasPrefix(typ.PkgPath(), knownPackages)
	}
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
		return e.empty('{', '}')
	default: // Wrappers, Struct and ListValue are the bare value of their field.
		return e.field(&p.fields[0], m.Get(p.fields[0].desc))
	}
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

// knownText reads the text of a message whose JSON form is a string.
func (d *decoder) knownText(known knownType) ([]byte, *Error) {
	if d.peek() != '"' {
		return nil, d.mismatch(known.want())
	}

	return d.string()
}
