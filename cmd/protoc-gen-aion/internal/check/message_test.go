package check_test

import (
	"testing"

	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/check"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// field is one of a message, without an option.
func field(name string, number int32) *descriptorpb.FieldDescriptorProto {
	return &descriptorpb.FieldDescriptorProto{
		Name: new(name), Number: new(number),
		Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
		Type:  descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum(),
	}
}

// A proto compiler lets an rpc name the entry of a map, for which protoc-gen-go has no type.
func TestMapEntryAsMessage(t *testing.T) {
	t.Parallel()
	file := protoFile("a.proto", "a", "Jobs", "Run")
	labels := field("labels", 1)
	labels.Label = descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum()
	labels.Type = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE.Enum()
	labels.TypeName = new(".a.InJobs.LabelsEntry")
	message := file.GetMessageType()[0]
	message.Field = []*descriptorpb.FieldDescriptorProto{labels}
	message.NestedType = []*descriptorpb.DescriptorProto{{
		Name:    new("LabelsEntry"),
		Field:   []*descriptorpb.FieldDescriptorProto{field("key", 1), field("value", 2)},
		Options: &descriptorpb.MessageOptions{MapEntry: new(true)},
	}}
	file.GetService()[0].GetMethod()[0].InputType = new(".a.InJobs.LabelsEntry")
	plugin := newPlugin(t, file)
	mistakes, _ := check.Files(plugin.Files, service.Read(plugin.Files, ""))
	const want = "a.proto: rpc a.Jobs.Run: the message a.InJobs.LabelsEntry is made for a map " +
		"field, and is no type in Go: declare one with the same fields"
	if got := mistakes.String(); got != want {
		t.Errorf("mistakes:\ngot  %s\nwant %s", got, want)
	}
}

func TestPackagesThatCannotBeImported(t *testing.T) {
	t.Parallel()
	const (
		begin = "a.proto: rpc a.Jobs.Run: the Go package "
		end   = ": change the go_package of a.proto"
	)
	tests := []struct{ name, goPackage, suffix, want string }{
		{
			"program", "example.com/jobs;main", "aion", begin + `"example.com/jobs" of the message ` +
				"a.InJobs is named main, as programs are, and nothing can import those" + end,
		},
		{
			"space", "example.com/my jobs", "aion", begin + `"example.com/my jobs" of the message ` +
				"a.InJobs has characters that no import may have" + end,
		},
		{"program that is not imported", "example.com/jobs;main", "", ""},
		{"usual", "example.com/jobs-1.2/~ü+_;jobs", "aion", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := protoFile("a.proto", "a", "Jobs", "Run")
			file.Options.GoPackage = new(tt.goPackage)
			plugin := newPlugin(t, file)
			mistakes, _ := check.Files(plugin.Files, service.Read(plugin.Files, tt.suffix))
			if got := mistakes.String(); got != tt.want {
				t.Errorf("mistakes:\ngot  %s\nwant %s", got, tt.want)
			}
		})
	}
}
