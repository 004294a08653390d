package check_test

import (
	"testing"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/check"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// Golden tests show what a compiler can lead to; here is what takes unusual file names, or names
// that only later versions of the plugin can give.

// protoFile is a proto file with one service, whose rpc takes and gives its only message.
func protoFile(path, protoPackage, serviceName, rpc string) *descriptorpb.FileDescriptorProto {
	return &descriptorpb.FileDescriptorProto{
		Name:        new(path),
		Package:     new(protoPackage),
		Syntax:      new("proto3"),
		Options:     &descriptorpb.FileOptions{GoPackage: new("example.com/jobs")},
		MessageType: []*descriptorpb.DescriptorProto{{Name: new("In" + serviceName)}},
		Service: []*descriptorpb.ServiceDescriptorProto{{
			Name: new(serviceName),
			Method: []*descriptorpb.MethodDescriptorProto{{
				Name:       new(rpc),
				InputType:  new("." + protoPackage + ".In" + serviceName),
				OutputType: new("." + protoPackage + ".In" + serviceName),
			}},
		}},
	}
}

// A compiler that was told to rewrite Go packages may have rewritten that of the options.
func TestOptionsOfAnotherGoPackage(t *testing.T) {
	t.Parallel()
	const options = "aion/activity/v1/options.proto"
	tests := []struct{ name, goPackage, ask, want string }{
		{"its own", "github.com/aion-go/aion/gen/aion/activity/v1;x", "jobs.proto", ""},
		{
			"another", "example.com/gen", "jobs.proto",
			options + ":1:1: its Go package is example.com/gen here, which nobody may have: have managed " +
				"mode of buf leave its go_package, github.com/aion-go/aion/gen/aion/activity/v1, as it is",
		},
		{"another, which is generated", "example.com/gen", options, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			copied := protoFile(options, "aion.activity.v1", "None", "Run")
			copied.Service = nil
			copied.Options.GoPackage = new(tt.goPackage)
			jobs := protoFile("jobs.proto", "jobs", "Jobs", "Run")
			jobs.Dependency = []string{options}
			plugin, err := protogen.Options{}.New(&pluginpb.CodeGeneratorRequest{
				ProtoFile:      []*descriptorpb.FileDescriptorProto{copied, jobs},
				FileToGenerate: []string{tt.ask},
			})
			if err != nil {
				t.Fatal(err)
			}
			mistakes, warnings := check.Files(plugin.Files, service.Read(plugin.Files, ""))
			if len(mistakes) > 0 || warnings.String() != tt.want {
				t.Errorf("got mistakes %v and warnings %v, want the warning %q", mistakes, warnings, tt.want)
			}
		})
	}
}

func newPlugin(t *testing.T, files ...*descriptorpb.FileDescriptorProto) *protogen.Plugin {
	t.Helper()
	request := &pluginpb.CodeGeneratorRequest{ProtoFile: files}
	for _, file := range files {
		request.FileToGenerate = append(request.FileToGenerate, file.GetName())
	}
	plugin, err := protogen.Options{}.New(request)
	if err != nil {
		t.Fatal(err)
	}

	return plugin
}

func TestFiles(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		files []*descriptorpb.FileDescriptorProto
		// change makes what is read something else.
		change func(files []*service.File)
		want   string
	}{
		{
			name: "file descriptor",
			files: []*descriptorpb.FileDescriptorProto{
				protoFile("X.Activities", "jobs", "File_X_", "Run"),
			},
			want: "X.Activities: service jobs.File_X_: File_X_Activities would be generated, and is " +
				"the Go name of the descriptor of file X.Activities (X.Activities:1:1): " +
				"rename one, or set the plugin option package_suffix",
		},
		{
			name: "two proto packages in one Go package",
			files: []*descriptorpb.FileDescriptorProto{
				protoFile("a.proto", "a", "Jobs", "RunAll"),
				protoFile("b.proto", "b", "JobsRun", "All"),
			},
			want: "b.proto: rpc b.JobsRun.All: JobsRunAllActivity, jobsRunAllActivity, " +
				"NewJobsRunAllDispatcher would be generated for rpc a.Jobs.RunAll (a.proto) as well: " +
				"rename one",
		},
		{
			name:   "names",
			files:  []*descriptorpb.FileDescriptorProto{protoFile("a.proto", "a", "Jobs", "Run")},
			change: func(files []*service.File) { files[0].Services[0].Queue = "" },
			want:   `a.proto: service a.Jobs: the task queue "" is empty: rename the service`,
		},
		{
			name:  "no mistake",
			files: []*descriptorpb.FileDescriptorProto{protoFile("a.proto", "a", "Jobs", "Run")},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			plugin := newPlugin(t, tt.files...)
			files := service.Read(plugin.Files, "")
			if tt.change != nil {
				tt.change(files)
			}
			mistakes, _ := check.Files(plugin.Files, files)
			if got := mistakes.String(); got != tt.want {
				t.Errorf("mistakes:\ngot  %s\nwant %s", got, tt.want)
			}
		})
	}
}
