// Package goldencase gives tests the services of the plugin's golden cases.
package goldencase

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/outline"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// Outlines reads every case below a folder that has generated code, by its name.
func Outlines(t *testing.T, testdata string) map[string]*outline.Outline {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(testdata, "*", "want"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("%s: got no golden cases and error %v, want some", testdata, err)
	}
	outlines := make(map[string]*outline.Outline)
	for _, folder := range folders {
		dir := filepath.Dir(folder)
		outlines[filepath.Base(dir)] = read(t, dir)
	}

	return outlines
}

// Names are those of the cases in order.
func Names(outlines map[string]*outline.Outline) []string {
	return slices.Sorted(maps.Keys(outlines))
}

func read(t *testing.T, dir string) *outline.Outline {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "descriptors.binpb")) //nolint:gosec // A test file.
	if err != nil {
		t.Fatal(err)
	}
	descriptors := new(descriptorpb.FileDescriptorSet)
	decoding := proto.UnmarshalOptions{Resolver: service.Types}
	if err := decoding.Unmarshal(data, descriptors); err != nil {
		t.Fatalf("%s: %v", dir, err)
	}
	request := &pluginpb.CodeGeneratorRequest{ProtoFile: descriptors.GetFile()}
	parameters := []string{"paths=source_relative"}
	for _, file := range descriptors.GetFile() {
		// Those of the plugin's options are not the case's own.
		name := file.GetName()
		if strings.HasPrefix(name, "google/") || strings.HasPrefix(name, "aion/") {
			continue
		}
		request.FileToGenerate = append(request.FileToGenerate, file.GetName())
		if file.GetOptions().GetGoPackage() == "" {
			parameters = append(parameters, "M"+file.GetName()+"=example.com/x;x")
		}
	}
	request.Parameter = new(strings.Join(parameters, ","))
	plugin, err := protogen.Options{}.New(request)
	if err != nil {
		t.Fatalf("%s: %v", dir, err)
	}
	o, err := outline.Read(service.Read(plugin.Files, ""))
	if err != nil {
		t.Fatalf("%s: %v", dir, err)
	}

	return o
}
