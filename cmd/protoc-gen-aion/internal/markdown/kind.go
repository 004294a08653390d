package markdown

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/outline"
)

// texts are messages that JSON has as text, and how.
var texts = map[protoreflect.FullName]string{
	"google.protobuf.Timestamp":  "string, a time such as `2026-01-02T03:04:05Z`",
	"google.protobuf.Duration":   "string, seconds such as `90s`",
	"google.protobuf.FieldMask":  "string, names separated by commas",
	"google.protobuf.BytesValue": "string, base64",
}

// kind says in words what a schema allows. It is that of a field, of an item or a value of one, or,
// without a field, of a message.
func (p *page) kind(
	s *outline.Schema, fd protoreflect.FieldDescriptor, md protoreflect.MessageDescriptor,
) string {
	if fd != nil {
		md = fd.Message()
	}
	switch {
	case s.Ref != "":
		return link(s.Definition())
	case s.Values != nil:
		if fd != nil {
			fd = fd.MapValue()
		}

		return "object of " + p.kind(s.Values, fd, nil)
	case s.Type == outline.Array && s.Items != nil:
		return "array of " + p.kind(s.Items, fd, md)
	case s.Type == "":
		return "any JSON value"
	case s.Type == outline.String:
		return textKind(fd, md)
	case s.Type == outline.Integer:
		return integerKind(fd, md)
	case md != nil && md.FullName() == "google.protobuf.Any":
		return "object with its type as the property `@type`"
	default:
		return s.Type
	}
}

func textKind(fd protoreflect.FieldDescriptor, md protoreflect.MessageDescriptor) string {
	switch {
	case md != nil && texts[md.FullName()] != "":
		return texts[md.FullName()]
	case fd != nil && fd.Kind() == protoreflect.BytesKind:
		return "string, base64"
	default:
		return "string"
	}
}

// integerKind tells the range, which no schema has.
func integerKind(fd protoreflect.FieldDescriptor, md protoreflect.MessageDescriptor) string {
	if md != nil && md.Fields().Len() == 1 { // A wrapper.
		fd = md.Fields().Get(0)
	}
	if fd == nil {
		return "integer"
	}
	switch fd.Kind() {
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return "integer, 32 bits without a sign"
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return "integer, 64 bits without a sign"
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return "integer, 64 bits"
	default:
		return "integer, 32 bits"
	}
}
