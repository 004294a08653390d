package contract_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/anypb"
	"pgregory.net/rapid"

	"github.com/aion-go/aion/internal/contract"
	"github.com/aion-go/aion/internal/contract/internal/testproto"
)

// richMessages are the messages whose random values the properties are checked with.
func richMessages() map[string]proto.Message {
	return map[string]proto.Message{
		"open":     &testproto.Everything{},
		"opaque":   &testproto.Opaque{},
		"proto2":   &testproto.Legacy{},
		"implicit": &testproto.Implicit{},
		"names":    &testproto.Names{},
	}
}

func TestRandomMessagesKeepTheContract(t *testing.T) {
	t.Parallel()
	for name, m := range richMessages() {
		for _, enumCase := range []contract.EnumCase{
			contract.PascalCase, contract.SnakeCase, contract.ProtoCase,
		} {
			opts := contract.Options{EnumCase: enumCase}
			plan := outputPlan(t, m, opts)
			rebuilt := rebuild(t, descriptorOf(m))
			dynamicPlan, err := contract.Output(rebuilt, opts)
			if err != nil {
				t.Fatalf("Output of the rebuilt descriptor = %v", err)
			}
			if got, want := dynamicPlan.Schema(), plan.Schema(); !bytes.Equal(got, want) {
				t.Errorf("schema of the rebuilt descriptor = %s, want %s", got, want)
			}
			schema := compileSchema(t, plan.Schema())
			t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
				message := newOf(m)
				fill(t, message.ProtoReflect(), 3)
				text := checkRoundTrip(t, plan, message)
				checkValid(t, schema, text)
				checkDynamic(t, dynamicPlan, rebuilt, message, text)
			}))
		}
	}
}

func checkRoundTrip(t *rapid.T, plan *contract.Plan, m proto.Message) []byte {
	text, err := plan.Append(nil, m)
	if err != nil {
		t.Fatalf("Append(%v) = %v", m, err)
	}
	back := newOf(m)
	if err := plan.Decode(text, back); err != nil {
		t.Fatalf("Decode(%s) = %v", text, err)
	}
	if !proto.Equal(back, m) {
		t.Fatalf("Decode(%s) = %v, want %v", text, back, m)
	}
	again, err := plan.Append(nil, back)
	if err != nil || !bytes.Equal(again, text) {
		t.Fatalf("Append the second time = %s, %v, want %s", again, err, text)
	}

	return text
}

func checkValid(t *rapid.T, schema *jsonschema.Schema, text []byte) {
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%s is no JSON: %v", text, err)
	}
	if err := schema.Validate(instance); err != nil {
		t.Fatalf("%s is not what the schema promises: %v", text, err)
	}
}

func checkDynamic(
	t *rapid.T, plan *contract.Plan, md protoreflect.MessageDescriptor,
	m proto.Message, want []byte,
) {
	dynamic := dynamicCopy(t, md, m)
	got, err := plan.Append(nil, dynamic)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("Append of the dynamic message = %s, %v, want %s", got, err, want)
	}
	back := dynamic.ProtoReflect().New().Interface()
	if err := plan.Decode(want, back); err != nil {
		t.Fatalf("Decode into a dynamic message = %v", err)
	}
	if !proto.Equal(back, dynamic) {
		t.Fatalf("Decode into a dynamic message = %v, want %v", back, dynamic)
	}
}

func compileSchema(tb testing.TB, text []byte) *jsonschema.Schema {
	tb.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		tb.Fatalf("schema %s is no JSON: %v", text, err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("test.json", document); err != nil {
		tb.Fatalf("AddResource = %v", err)
	}
	schema, err := compiler.Compile("test.json")
	if err != nil {
		tb.Fatalf("schema %s is invalid: %v", text, err)
	}

	return schema
}

// fill gives a message random content that the contract can express. Optional messages end at
// depth 0.
func fill(t *rapid.T, m protoreflect.Message, depth int) {
	if fillKnown(t, m, depth) {
		return
	}
	fds := m.Descriptor().Fields()
	for i := range fds.Len() {
		if fd := fds.Get(i); isFilled(t, m, fd, depth) {
			fillField(t, m, fd, depth)
		}
	}
}

// isFilled decides about the fields that may be absent. The fields of the test messages that must
// not be are those without presence, and messages without the mark.
func isFilled(t *rapid.T, m protoreflect.Message, fd protoreflect.FieldDescriptor, depth int) bool {
	if oneof := fd.ContainingOneof(); oneof != nil && m.WhichOneof(oneof) != nil {
		return false
	}
	isPlainMessage := fd.Syntax() == protoreflect.Proto3 && fd.Message() != nil &&
		fd.ContainingOneof() == nil && !strings.HasSuffix(string(fd.Message().FullName()), "Value")
	isImplicit := fd.FullName() == "aion.contract.test.v1.Implicit.item"
	isValue := fd.Message() != nil && fd.Message().FullName() == "google.protobuf.Value" &&
		fd.ContainingOneof() == nil
	switch {
	case fd.IsList() || fd.IsMap():
		return depth > 0
	case !fd.HasPresence() || fd.Cardinality() == protoreflect.Required ||
		isPlainMessage || isImplicit || isValue || isListValue(fd):
		return true
	default:
		return depth > 0 && rapid.Bool().Draw(t, "present")
	}
}

func isListValue(fd protoreflect.FieldDescriptor) bool {
	return fd.Message() != nil && fd.Message().FullName() == "google.protobuf.ListValue"
}

func fillField(t *rapid.T, m protoreflect.Message, fd protoreflect.FieldDescriptor, depth int) {
	switch {
	case fd.IsList():
		items := m.Mutable(fd).List()
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			items.Append(randomValue(t, fd, items.NewElement, depth-1))
		}
	case fd.IsMap():
		entries := m.Mutable(fd).Map()
		for range rapid.IntRange(0, 3).Draw(t, "entries") {
			key := randomValue(t, fd.MapKey(), nil, 0).MapKey()
			entries.Set(key, randomValue(t, fd.MapValue(), entries.NewValue, depth-1))
		}
	default:
		newValue := func() protoreflect.Value { return m.NewField(fd) }
		m.Set(fd, randomValue(t, fd, newValue, depth-1))
	}
}

func randomValue(
	t *rapid.T, fd protoreflect.FieldDescriptor, newValue func() protoreflect.Value, depth int,
) protoreflect.Value {
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(rapid.Bool().Draw(t, "bool"))
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(rapid.Int32().Draw(t, "int32"))
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(rapid.Int64().Draw(t, "int64"))
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(rapid.Uint32().Draw(t, "uint32"))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(rapid.Uint64().Draw(t, "uint64"))
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(rapid.Float32().Draw(t, "float"))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(rapid.Float64().Draw(t, "double"))
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(rapid.String().Draw(t, "string"))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(randomEnum(t, fd.Enum()))
	default:
		value := newValue()
		fill(t, value.Message(), depth)

		return value
	}
}

func randomEnum(t *rapid.T, ed protoreflect.EnumDescriptor) protoreflect.EnumNumber {
	var numbers []protoreflect.EnumNumber
	for i := range ed.Values().Len() {
		if v := ed.Values().Get(i); !strings.HasSuffix(string(v.Name()), "_UNSPECIFIED") {
			numbers = append(numbers, v.Number())
		}
	}

	return rapid.SampledFrom(numbers).Draw(t, "enum")
}

// fillKnown fills the well-known types whose content has rules of its own.
func fillKnown(t *rapid.T, m protoreflect.Message, depth int) bool {
	fds := m.Descriptor().Fields()
	switch m.Descriptor().FullName() {
	case "google.protobuf.Timestamp":
		seconds := rapid.Int64Range(-62135596800, 253402300799).Draw(t, "seconds")
		nanos := rapid.Int32Range(0, 999999999).Draw(t, "nanos")
		m.Set(fds.ByNumber(1), protoreflect.ValueOfInt64(seconds))
		m.Set(fds.ByNumber(2), protoreflect.ValueOfInt32(nanos))
	case "google.protobuf.Duration":
		seconds := rapid.Int64Range(-315576000000, 315576000000).Draw(t, "seconds")
		nanos := rapid.Int32Range(0, 999999999).Draw(t, "nanos")
		if seconds < 0 {
			nanos = -nanos
		}
		m.Set(fds.ByNumber(1), protoreflect.ValueOfInt64(seconds))
		m.Set(fds.ByNumber(2), protoreflect.ValueOfInt32(nanos))
	case "google.protobuf.FieldMask":
		path := rapid.StringMatching(`[a-z]{1,5}(_[a-z]{1,3}){0,2}(\.[a-z][a-z0-9]{0,3}){0,2}`)
		for _, p := range rapid.SliceOfN(path, 0, 3).Draw(t, "paths") {
			m.Mutable(fds.ByNumber(1)).List().Append(protoreflect.ValueOfString(p))
		}
	case "google.protobuf.Value":
		// Below depth 0 the value must end: null, a number, a string or a boolean.
		last := 4
		if depth > 0 {
			last = 6
		}
		number := rapid.IntRange(1, last).Draw(t, "kind")
		fillField(t, m, fds.ByNumber(protoreflect.FieldNumber(number)), depth)
	case "google.protobuf.Any":
		fillAny(t, m.Interface(), depth)
	default:
		return false
	}

	return true
}

func fillAny(t *rapid.T, m proto.Message, depth int) {
	content := newOf(rapid.SampledFrom([]proto.Message{
		&testproto.Item{}, &testproto.Known{}, &testproto.Lists{}, &testproto.Nothing{},
	}).Draw(t, "type"))
	fill(t, content.ProtoReflect(), min(depth, 1))
	deterministic := proto.MarshalOptions{Deterministic: true}
	if err := anypb.MarshalFrom(m.(*anypb.Any), content, deterministic); err != nil {
		t.Fatalf("MarshalFrom = %v", err)
	}
}
