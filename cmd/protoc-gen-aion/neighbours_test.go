package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

// The other generators, as the tools of tools/go.mod, with what they are asked for.
var otherGenerators = []struct{ name, tool, parameter string }{
	{"grpc", "google.golang.org/grpc/cmd/protoc-gen-go-grpc", ""},
	{"connect", connectPath + "/cmd/protoc-gen-connect-go", ",package_suffix="},
	{"connect, simple", connectPath + "/cmd/protoc-gen-connect-go", ",package_suffix=,simple"},
	{"connect 2", connect2Path + "/cmd/protoc-gen-connect-go", ",package_suffix="},
}

// The code of each other generator and that of this plugin compile in one package.
func TestBesideOtherGenerators(t *testing.T) {
	t.Parallel()
	for _, other := range otherGenerators {
		for _, name := range []string{"plain", "several", "keywords", "awkward", "options"} {
			t.Run(other.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				request := goldenRequest(t, name)
				packages, err := messagesOf(request)
				if err != nil {
					t.Fatal(err)
				}
				got := respond(request, io.Discard)
				if got.GetError() != "" {
					t.Fatalf("got error %q, want none", got.GetError())
				}
				packages.addServices(t, request, got)
				folders := make(map[string]string)
				for importPath, files := range packages {
					for name := range files {
						folders[filepath.Dir(name)] = importPath
					}
				}
				request.Parameter = new(request.GetParameter() + other.parameter)
				for _, file := range filesOf(t, other.tool, request) {
					packages.add(folders[filepath.Dir(file.GetName())], file.GetName(), file.GetContent())
				}
				if err := typeCheck(t, packages); err != nil {
					t.Errorf("got code that does not compile: %v", err)
				}
			})
		}
	}
}

// goldenRequest asks for all files of a case of testdata.
func goldenRequest(t *testing.T, name string) *pluginpb.CodeGeneratorRequest {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name, "descriptors.binpb"))
	if err != nil {
		t.Fatal(err)
	}
	descriptors := new(descriptorpb.FileDescriptorSet)
	if err := proto.Unmarshal(data, descriptors); err != nil {
		t.Fatal(err)
	}
	request := &pluginpb.CodeGeneratorRequest{
		Parameter: new("paths=source_relative"), ProtoFile: descriptors.GetFile(),
	}
	for _, file := range descriptors.GetFile() {
		if !isWellKnown(file.GetName()) {
			request.FileToGenerate = append(request.FileToGenerate, file.GetName())
		}
	}

	return request
}

// filesOf runs another generator.
func filesOf(
	t *testing.T, tool string, request *pluginpb.CodeGeneratorRequest,
) []*pluginpb.CodeGeneratorResponse_File {
	t.Helper()
	input, err := proto.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "tool", "-modfile=tools/go.mod", tool)
	cmd.Dir = filepath.Join("..", "..")
	cmd.Stdin = bytes.NewReader(input)
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	response := new(pluginpb.CodeGeneratorResponse)
	if err := proto.Unmarshal(output, response); err != nil {
		t.Fatal(err)
	}
	if len(response.GetFile()) == 0 || response.GetError() != "" {
		t.Fatalf("%s: got error %q and no files, want some", cmd, response.GetError())
	}

	return response.GetFile()
}
