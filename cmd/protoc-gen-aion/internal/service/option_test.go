package service_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
	activityv1 "github.com/aion-go/aion/gen/aion/activity/v1"
)

// Golden tests show options as compilers give them; here are other forms that they can have.

const optionNumber = 52310

// withOptions is a proto file with one rpc, which has the options.
func withOptions(options *descriptorpb.MethodOptions) *descriptorpb.FileDescriptorProto {
	return &descriptorpb.FileDescriptorProto{
		Name:        new("jobs.proto"),
		Package:     new("jobs"),
		Syntax:      new("proto3"),
		Options:     &descriptorpb.FileOptions{GoPackage: new("example.com/jobs")},
		MessageType: []*descriptorpb.DescriptorProto{{Name: new("Job")}},
		Service: []*descriptorpb.ServiceDescriptorProto{{
			Name: new("Jobs"),
			Method: []*descriptorpb.MethodDescriptorProto{{
				Name: new("Run"), InputType: new(".jobs.Job"), OutputType: new(".jobs.Job"),
				Options: options,
			}},
		}},
	}
}

// readFile reads a file that a plugin is asked for.
func readFile(t *testing.T, declared *descriptorpb.FileDescriptorProto) *service.File {
	t.Helper()
	plugin, err := protogen.Options{}.New(&pluginpb.CodeGeneratorRequest{
		ProtoFile: []*descriptorpb.FileDescriptorProto{declared}, FileToGenerate: []string{"jobs.proto"},
	})
	if err != nil {
		t.Fatal(err)
	}
	files := service.Read(plugin.Files, "")
	if len(files) != 1 {
		t.Fatalf("got %d files, want 1", len(files))
	}

	return files[0]
}

// raw are options whose bytes nobody has decoded: the contents of each occurrence of the option.
func raw(contents ...[]byte) *descriptorpb.MethodOptions {
	var bytes []byte
	for _, content := range contents {
		bytes = protowire.AppendTag(bytes, optionNumber, protowire.BytesType)
		bytes = protowire.AppendBytes(bytes, content)
	}
	options := new(descriptorpb.MethodOptions)
	options.ProtoReflect().SetUnknown(bytes)

	return options
}

func encoded(t *testing.T, options *activityv1.ActivityOptions) []byte {
	t.Helper()
	content, err := proto.Marshal(options)
	if err != nil {
		t.Fatal(err)
	}

	return content
}

// linked has the option as a program has it that was built with its Go package.
func linked(options *activityv1.ActivityOptions) *descriptorpb.MethodOptions {
	method := new(descriptorpb.MethodOptions)
	proto.SetExtension(method, activityv1.E_Activity, options)

	return method
}

// dynamic has the option as a program has it that was built without its Go package.
func dynamic(t *testing.T, name string) *descriptorpb.MethodOptions {
	t.Helper()
	declared := protodesc.ToFileDescriptorProto(activityv1.File_aion_activity_v1_options_proto)
	file, err := protodesc.NewFile(declared, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	extension := dynamicpb.NewExtensionType(file.Extensions().ByName("activity"))
	value := extension.New()
	message := value.Message()
	message.Set(message.Descriptor().Fields().ByName("name"), protoreflect.ValueOfString(name))
	options := new(descriptorpb.MethodOptions)
	options.ProtoReflect().Set(extension.TypeDescriptor(), value)

	return options
}

func TestOptionsAreReadInWhateverFormTheyCome(t *testing.T) {
	t.Parallel()
	named := &activityv1.ActivityOptions{Name: new("go")}
	later := &activityv1.ActivityOptions{PayloadField: new("field")}
	tests := []struct {
		name    string
		options *descriptorpb.MethodOptions
		// The activity type, and the payload field.
		active, field string
	}{
		{name: "none at all", active: "run"},
		{
			name: "none of the plugin", options: &descriptorpb.MethodOptions{Deprecated: new(true)},
			active: "run",
		},
		{name: "empty", options: raw([]byte{}), active: "run"},
		{name: "linked", options: linked(named), active: "go"},
		{name: "dynamic", options: dynamic(t, "go"), active: "go"},
		{name: "bytes", options: raw(encoded(t, named)), active: "go"},
		{
			name: "bytes in parts", options: raw(encoded(t, named), encoded(t, later)),
			active: "go", field: "field",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := readFile(t, withOptions(tt.options))
			if len(file.Mistakes) > 0 {
				t.Errorf("got mistakes %v, want none", file.Mistakes)
			}
			method := file.Services[0].Methods[0]
			if method.ActivityType != tt.active {
				t.Errorf("activity type: got %q, want %q", method.ActivityType, tt.active)
			}
			if method.PayloadField.Value != tt.field {
				t.Errorf("payload field: got %q, want %q", method.PayloadField.Value, tt.field)
			}
		})
	}
}

func TestOptionsThatCannotBeUnderstoodAreMistakes(t *testing.T) {
	t.Parallel()
	newer := protowire.AppendTag(nil, 4000, protowire.VarintType)
	newer = protowire.AppendVarint(newer, 1)
	tests := []struct {
		name    string
		content []byte
		want    string
	}{
		{"a newer field", newer, "has fields that this plugin does not know"},
		{
			"a newer field of retry",
			protowire.AppendBytes(protowire.AppendTag(nil, 7, protowire.BytesType), newer),
			"has fields that this plugin does not know",
		},
		{
			"a field of another type", protowire.AppendVarint([]byte{1 << 3}, 1),
			"has fields that this plugin does not know",
		},
		{"broken bytes", []byte{1<<3 | 2, 9}, "cannot be read"},
		{"broken text", []byte{1<<3 | 2, 1, 0xff}, "cannot be read"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			mistakes := readFile(t, withOptions(raw(tt.content))).Mistakes
			if len(mistakes) != 1 {
				t.Fatalf("got mistakes %v, want one", mistakes)
			}
			want := "rpc jobs.Jobs.Run: the option (aion.activity.v1.activity) " + tt.want
			if got := mistakes[0]; !strings.HasPrefix(got.Text, want) || got.Position.File != "jobs.proto" {
				t.Errorf("got %v, want %q in jobs.proto", got, want)
			}
		})
	}
}

// Compilers tell the place of a field, of the option it is in, or of the rpc, or no place at all.
func TestPositionsAreAsCloseAsTheCompilerTells(t *testing.T) {
	t.Parallel()
	rpc := []int32{6, 0, 2, 0}
	option := append(slices.Clone(rpc), 4, optionNumber)
	field := append(slices.Clone(option), 5)
	tests := []struct {
		name  string
		paths [][]int32 // What is told of; the first one is in line 1, and so on.
		want  string
	}{
		{name: "nothing", want: "jobs.proto"},
		{name: "the rpc", paths: [][]int32{rpc}, want: "jobs.proto:1:3"},
		{name: "the option", paths: [][]int32{rpc, option}, want: "jobs.proto:2:3"},
		{name: "the field", paths: [][]int32{rpc, option, field}, want: "jobs.proto:3:3"},
		{
			name: "the first item", want: "jobs.proto:4:3",
			paths: [][]int32{rpc, option, field, append(slices.Clone(field), 0)},
		},
		{
			name: "every item", want: "jobs.proto:2:3",
			paths: [][]int32{rpc, append(slices.Clone(field), 1), append(slices.Clone(field), 0)},
		},
	}
	options := linked(&activityv1.ActivityOptions{Failures: []string{"Job", "Missing"}})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			declared := withOptions(options)
			declared.SourceCodeInfo = new(descriptorpb.SourceCodeInfo)
			for line, path := range tt.paths {
				declared.SourceCodeInfo.Location = append(declared.SourceCodeInfo.Location,
					&descriptorpb.SourceCodeInfo_Location{Path: path, Span: []int32{int32(line), 2, 9}})
			}
			mistakes := readFile(t, declared).Mistakes
			if len(mistakes) != 1 {
				t.Fatalf("got mistakes %v, want one", mistakes)
			}
			if got := mistakes[0].Position.String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// Compilers may tell nothing of a message within a message, but of what is in it.
func TestPositionOfRetry(t *testing.T) {
	t.Parallel()
	rpc := []int32{6, 0, 2, 0}
	option := append(slices.Clone(rpc), 4, optionNumber)
	retry := append(slices.Clone(option), 7)
	attempts, every := append(slices.Clone(retry), 1), append(slices.Clone(retry), 2)
	tests := []struct {
		name  string
		paths [][]int32 // What is told of; the first one is in line 1, and so on.
		// Where the retry stands, and its attempts.
		retry, attempts string
	}{
		{"nothing", nil, "jobs.proto", "jobs.proto"},
		{"the option", [][]int32{rpc, option}, "jobs.proto:2:3", "jobs.proto:2:3"},
		{"a field", [][]int32{rpc, option, every}, "jobs.proto:3:3", "jobs.proto:3:3"},
		{"two", [][]int32{rpc, option, every, attempts}, "jobs.proto:4:3", "jobs.proto:4:3"},
		{"retry and a field", [][]int32{rpc, retry, every}, "jobs.proto:2:3", "jobs.proto:2:3"},
		{"all", [][]int32{rpc, retry, every, attempts}, "jobs.proto:2:3", "jobs.proto:4:3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			declared := withOptions(linked(&activityv1.ActivityOptions{Retry: new(activityv1.Retry)}))
			declared.SourceCodeInfo = new(descriptorpb.SourceCodeInfo)
			for line, path := range tt.paths {
				declared.SourceCodeInfo.Location = append(declared.SourceCodeInfo.Location,
					&descriptorpb.SourceCodeInfo_Location{Path: path, Span: []int32{int32(line), 2, 9}})
			}
			got := readFile(t, declared).Services[0].Methods[0].Config.Retry
			if got.Position.String() != tt.retry {
				t.Errorf("retry: got %s, want %s", got.Position, tt.retry)
			}
			if got.Attempts.Position.String() != tt.attempts {
				t.Errorf("attempts: got %s, want %s", got.Attempts.Position, tt.attempts)
			}
		})
	}
}

// The plugin's own options are left as bytes, so that a request that has them can always be decoded.
func TestTypesHideTheOptionsAlone(t *testing.T) {
	t.Parallel()
	const options = "google.protobuf.MethodOptions"
	if _, err := service.Types.FindExtensionByNumber(options, optionNumber); err == nil {
		t.Error("got the plugin's option, want none")
	}
	const features, inGo = "google.protobuf.FeatureSet", 1002
	if _, err := service.Types.FindExtensionByNumber(features, inGo); err != nil {
		t.Errorf("got error %v for the features of Go, want none", err)
	}
}
