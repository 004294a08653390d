// Package example makes payloads of activities that show their shape: every property is there, each
// list and map has one entry, and of a oneof the first member is set.
package example

import (
	"bytes"
	"encoding/json"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/outline"
)

// JSON returns an example of a payload, written by the codec that workers use, and indented.
func JSON(o *outline.Outline, p outline.Payload) (string, error) {
	m := maker{types: o.ByProtoName, within: make(map[protoreflect.FullName]int)}
	text, err := p.Plan.Append(nil, m.message(p.Message).Interface())
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", "  "); err != nil {
		return "", err
	}

	return out.String(), nil
}

// maker makes one example.
type maker struct {
	types map[protoreflect.FullName]*outline.Type
	// within counts the messages that are being made, so that recursion ends.
	within map[protoreflect.FullName]int
}

// 2026-01-02T03:04:05Z, and 90 seconds.
const (
	momentSeconds   = 1767323045
	durationSeconds = 90
)

func (m *maker) message(md protoreflect.MessageDescriptor) protoreflect.Message {
	made := dynamicpb.NewMessage(md)
	fields := md.Fields()
	switch md.FullName() {
	case "google.protobuf.Timestamp":
		made.Set(fields.ByNumber(1), protoreflect.ValueOfInt64(momentSeconds))
	case "google.protobuf.Duration":
		made.Set(fields.ByNumber(1), protoreflect.ValueOfInt64(durationSeconds))
	case "google.protobuf.Value":
		text := fields.ByName("string_value")
		made.Set(text, m.single(text))
	case "google.protobuf.Any":
		url := "type.googleapis.com/" + proto.MessageName(&emptypb.Empty{})
		made.Set(fields.ByNumber(1), protoreflect.ValueOfString(string(url)))
	default:
		m.fields(made)
	}

	return made
}

// fields sets the fields of a message.
func (m *maker) fields(made protoreflect.Message) {
	md := made.Descriptor()
	m.within[md.FullName()]++
	defer func() { m.within[md.FullName()]-- }()
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		if !isFirstOfOneof(fd) || m.recurs(fd) && !m.isRequired(fd) {
			continue
		}
		switch {
		case fd.IsMap():
			key := m.single(fd.MapKey()).MapKey()
			made.Mutable(fd).Map().Set(key, m.single(fd.MapValue()))
		case fd.IsList():
			made.Mutable(fd).List().Append(m.single(fd))
		default:
			made.Set(fd, m.single(fd))
		}
	}
}

func isFirstOfOneof(fd protoreflect.FieldDescriptor) bool {
	oneof := fd.ContainingOneof()

	return oneof == nil || oneof.Fields().Get(0) == fd
}

// recurs reports whether a field leads back to a message that is being made.
func (m *maker) recurs(fd protoreflect.FieldDescriptor) bool {
	if fd.IsMap() {
		fd = fd.MapValue()
	}

	return fd.Message() != nil && m.within[fd.Message().FullName()] > 0
}

// isRequired reports whether a field has to hold a message; lists and maps can be empty.
func (m *maker) isRequired(fd protoreflect.FieldDescriptor) bool {
	t := m.types[fd.ContainingMessage().FullName()]

	return t != nil && !fd.IsList() && !fd.IsMap() && t.Fields[fd.Index()].Required
}

// single is the value of a field, of a list's item or of a map's entry.
func (m *maker) single(fd protoreflect.FieldDescriptor) protoreflect.Value {
	switch fd.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return protoreflect.ValueOfMessage(m.message(fd.Message()))
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(outline.EnumValues(fd.Enum())[0].Number())
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(text(fd))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte("bytes"))
	default:
		return number(fd.Kind())
	}
}

// text is the name of the field that holds it, in words.
func text(fd protoreflect.FieldDescriptor) string {
	if strings.HasPrefix(string(fd.FullName()), "google.protobuf.") {
		return "text"
	}

	return strings.ReplaceAll(string(fd.Name()), "_", " ")
}

// number is a value of a scalar type that is neither text nor bytes.
func number(kind protoreflect.Kind) protoreflect.Value {
	switch kind {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(1.5)
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(1.5)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(1)
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(1)
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(1)
	default:
		return protoreflect.ValueOfInt64(1)
	}
}
