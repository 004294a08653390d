package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

// neighbours are what the identifiers end in that protoc-gen-go-grpc, protoc-gen-connect-go and
// protoc-gen-go's own services declare in a package. Each begins with the name of a service, so that
// what ends differently is never the same.
var neighbours = []string{
	"Client", "Server", "ServiceDesc", "FullMethodName", "Handler", "Name", "Procedure",
}

func TestNamesBesideOtherGenerators(t *testing.T) {
	t.Parallel()
	names := 0
	for _, pattern := range []string{"*/want/*/*/*_aion.pb.go", "*/want/*/*/*/*_aion.pb.go"} {
		files, err := filepath.Glob(filepath.Join("testdata", filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			for _, declared := range declaredIn(t, name) {
				names++
				for _, ending := range neighbours {
					if strings.HasSuffix(declared, ending) {
						t.Errorf("%s declares %s, want nothing that ends in %s", name, declared, ending)
					}
				}
			}
		}
	}
	if names < 100 {
		t.Errorf("got %d names, want those of all goldens", names)
	}
}

// declaredIn returns the identifiers that a file declares in its package.
func declaredIn(t *testing.T, name string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, declaration := range file.Decls {
		switch declared := declaration.(type) {
		case *ast.FuncDecl:
			if declared.Recv == nil {
				names = append(names, declared.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range declared.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					names = append(names, spec.Name.Name)
				case *ast.ValueSpec:
					for _, ident := range spec.Names {
						names = append(names, ident.Name)
					}
				}
			}
		}
	}

	return names
}

// The code of protoc-gen-go-grpc and that of this plugin compile in one package.
func TestBesideGRPC(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"plain", "several", "keywords", "awkward"} {
		t.Run(name, func(t *testing.T) {
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
			for _, file := range grpcFiles(t, request) {
				packages.add(folders[filepath.Dir(file.GetName())], file.GetName(), file.GetContent())
			}
			if err := typeCheck(t, packages); err != nil {
				t.Errorf("got code that does not compile: %v", err)
			}
		})
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

// grpcFiles runs protoc-gen-go-grpc.
func grpcFiles(
	t *testing.T, request *pluginpb.CodeGeneratorRequest,
) []*pluginpb.CodeGeneratorResponse_File {
	t.Helper()
	input, err := proto.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "tool", "-modfile=tools/go.mod", "protoc-gen-go-grpc")
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
