package contract_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/aion-go/aion/internal/contract"
	"github.com/aion-go/aion/internal/contract/internal/testproto"
)

// fieldWith returns the options of a field as they are where no extension is linked in.
func fieldWith(raw []byte) *descriptorpb.FieldOptions {
	options := new(descriptorpb.FieldOptions)
	options.ProtoReflect().SetUnknown(raw)

	return options
}

func varint(number protowire.Number, value uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), value)
}

func block(number protowire.Number, content []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), content)
}

func TestAnnotationsThatAreNotLinkedIn(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		raw  []byte
		want bool
	}{
		{"none", nil, false},
		{"behaviour required", varint(1052, 2), true},
		{"behaviour optional", varint(1052, 1), false},
		{"behaviour optional and required", append(varint(1052, 1), varint(1052, 2)...), true},
		{"behaviour required, then another", append(varint(1052, 2), varint(1052, 5)...), true},
		{"packed behaviour", block(1052, []byte{1, 2, 5}), true},
		{"packed other behaviour", block(1052, []byte{1, 3}), false},
		{"packed and cut off", block(1052, []byte{0x80}), false},
		{"rule required", block(1159, varint(25, 1)), true},
		{"rule not required", block(1159, varint(25, 0)), false},
		{"another rule", block(1159, block(14, []byte{1})), false},
		{"rules cut off", block(1159, []byte{0xc8}), false},
		{"the last rule counts", block(1159, append(varint(25, 1), varint(25, 0)...)), false},
		{"rules in two parts", append(block(1159, varint(25, 1)), block(1159, nil)...), true},
		{"another extension", varint(1053, 2), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			file := protodesc.ToFileDescriptorProto(parseFile(t, `name: "t.proto" package: "t"
				syntax: "proto3" message_type { name: "M" field { name: "f" number: 1
				type: TYPE_STRING proto3_optional: true oneof_index: 0 }
				oneof_decl { name: "_f" } }`))
			file.MessageType[0].Field[0].Options = fieldWith(test.raw)
			fd, err := protodesc.NewFile(file, nil)
			if err != nil {
				t.Fatalf("NewFile = %v", err)
			}
			plan, err := contract.Input(fd.Messages().Get(0), contract.Options{})
			if err != nil {
				t.Fatalf("Input = %v", err)
			}
			got := strings.Contains(string(plan.Schema()), `"required":["f"]`)
			if got != test.want {
				t.Errorf("required = %t, want %t", got, test.want)
			}
		})
	}
}

func TestLinkedAnnotationsAreReadFromBytesToo(t *testing.T) {
	t.Parallel()
	md := descriptorOf(&testproto.Annotated{})
	wire, err := proto.Marshal(protodesc.ToFileDescriptorProto(md.ParentFile()))
	if err != nil {
		t.Fatalf("Marshal = %v", err)
	}
	var file descriptorpb.FileDescriptorProto
	unlinked := proto.UnmarshalOptions{Resolver: new(protoregistry.Types)}
	if err := unlinked.Unmarshal(wire, &file); err != nil {
		t.Fatalf("Unmarshal = %v", err)
	}
	fd, err := protodesc.NewFile(&file, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatalf("NewFile = %v", err)
	}
	plan, err := contract.Input(fd.Messages().ByName("Annotated"), contract.Options{})
	if err != nil {
		t.Fatalf("Input = %v", err)
	}
	want := string(inputPlan(t, &testproto.Annotated{}, contract.Options{}).Schema())
	if got := string(plan.Schema()); got != want {
		t.Errorf("Schema without the extensions =\n%s, want\n%s", got, want)
	}
}
