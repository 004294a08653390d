package aiontest

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	aion "github.com/aion-go/aion/runtime"
)

// The enum's values can be told apart in one case only.
func TestProgressIsReadInTheEnumCaseOfItsActivity(t *testing.T) {
	t.Parallel()
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: new("odd.proto"), Package: new("odd"), Syntax: new("proto2"),
		EnumType: []*descriptorpb.EnumDescriptorProto{{
			Name: new("Size"),
			Value: []*descriptorpb.EnumValueDescriptorProto{
				{Name: new("SIZE_UNSPECIFIED"), Number: new(int32(0))},
				{Name: new("SIZE_X1"), Number: new(int32(1))},
				{Name: new("SIZE_X_1"), Number: new(int32(2))},
			},
		}},
		MessageType: []*descriptorpb.DescriptorProto{{
			Name: new("Progress"),
			Field: []*descriptorpb.FieldDescriptorProto{{
				Name: new("size"), Number: new(int32(1)), TypeName: new(".odd.Size"),
				Type:  descriptorpb.FieldDescriptorProto_TYPE_ENUM.Enum(),
				Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
			}},
		}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	desc := file.Messages().Get(0)
	newMessage := func() proto.Message { return dynamicpb.NewMessage(desc) }
	r := newRecord(nil)
	if _, err := r.attach(aion.ActivitySpec{EnumCase: aion.EnumCaseProto}); err != nil {
		t.Fatal(err)
	}
	r.progress = [][]byte{[]byte(`{"size":"SIZE_X_1"}`)}
	got, err := r.decodeProgress(newMessage)
	if err != nil {
		t.Fatal(err)
	}
	if size := got[0].ProtoReflect().Get(desc.Fields().Get(0)).Enum(); size != 2 {
		t.Errorf("got size %d, want 2", size)
	}
}
