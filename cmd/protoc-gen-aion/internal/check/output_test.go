package check_test

import (
	"testing"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/check"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// Without paths=source_relative, the Go package decides the folder.
func TestFilesOfOneName(t *testing.T) {
	t.Parallel()
	plugin := newPlugin(t,
		protoFile("a/jobs.proto", "a", "Jobs", "Run"), protoFile("b/jobs.proto", "b", "Tasks", "Run"))
	mistakes, _ := check.Files(plugin.Files, service.Read(plugin.Files, ""))
	const want = "b/jobs.proto:1:1: the generated file example.com/jobs/jobs_aion.pb.go is also " +
		"that of a/jobs.proto: rename one of the proto files, give it another go_package, or set " +
		"the plugin option paths=source_relative"
	if got := mistakes.String(); got != want {
		t.Errorf("mistakes:\ngot  %s\nwant %s", got, want)
	}
}

func TestPackageWithMessagesOfAnotherName(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, goPackage, want string }{
		{
			"another", "example.com/jobs/jobsaion;other", `a.proto:1:1: the Go package ` +
				`"example.com/jobs/jobsaion" would be named jobsaion for the generated file, and is ` +
				"named other for the messages of b.proto: set the plugin option package_suffix to " +
				"something else",
		},
		{"the same", "example.com/jobs/jobsaion", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			other := protoFile("b.proto", "b", "Tasks", "Run")
			other.Options.GoPackage = new(tt.goPackage)
			plugin := newPlugin(t, protoFile("a.proto", "a", "Jobs", "Run"), other)
			mistakes, _ := check.Files(plugin.Files, service.Read(plugin.Files, "aion"))
			if got := mistakes.String(); got != tt.want {
				t.Errorf("mistakes:\ngot  %s\nwant %s", got, tt.want)
			}
		})
	}
}
