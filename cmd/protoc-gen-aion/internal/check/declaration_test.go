package check_test

import (
	"testing"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/check"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// withOneof is a file of edition 2023 whose message has members of a oneof with these names.
func withOneof(serviceName string, members ...string) *descriptorpb.FileDescriptorProto {
	file := protoFile("a.proto", "a", serviceName, "Run")
	file.Syntax = new("editions")
	file.Edition = descriptorpb.Edition_EDITION_2023.Enum()
	message := &descriptorpb.DescriptorProto{
		Name:      new("Hidden"),
		OneofDecl: []*descriptorpb.OneofDescriptorProto{{Name: new("way")}},
	}
	for i, name := range members {
		member := field(name, int32(i+1))
		member.OneofIndex = new(int32(0))
		message.Field = append(message.Field, member)
	}
	file.MessageType = append(file.MessageType, message)

	return file
}

// What messages declare depends on their API: the hybrid one is compiled as the open one, or, under
// a build tag, as the opaque one.
func TestOneofMembers(t *testing.T) {
	t.Parallel()
	const clash = "a.proto: service a.Hidden_A: hidden_AStub would be generated, and is the Go name " +
		"of oneof field a.Hidden.a_stub (a.proto): rename one, or set the plugin option package_suffix"
	const exported = "a.proto: service a.Hidden_A: Hidden_AActivities would be generated, and is " +
		"the Go name of oneof field a.Hidden.a_activities (a.proto): rename one, or set the plugin " +
		"option package_suffix"
	tests := []struct{ level, member, want string }{
		{"API_OPEN", "a_stub", ""},
		{"API_HYBRID", "a_stub", clash},
		{"API_OPAQUE", "a_stub", clash},
		{"API_OPEN", "a_activities", exported},
		{"API_HYBRID", "a_activities", exported},
		{"API_OPAQUE", "a_activities", ""},
	}
	for _, tt := range tests {
		t.Run(tt.level+" "+tt.member, func(t *testing.T) {
			t.Parallel()
			plugin, err := protogen.Options{}.New(&pluginpb.CodeGeneratorRequest{
				Parameter:      new("default_api_level=" + tt.level),
				FileToGenerate: []string{"a.proto"},
				ProtoFile:      []*descriptorpb.FileDescriptorProto{withOneof("Hidden_A", tt.member)},
			})
			if err != nil {
				t.Fatal(err)
			}
			mistakes, _ := check.Files(plugin.Files, service.Read(plugin.Files, ""))
			if got := mistakes.String(); got != tt.want {
				t.Errorf("mistakes:\ngot  %s\nwant %s", got, tt.want)
			}
		})
	}
}
