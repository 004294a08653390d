package main_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"

	// What is checked in compiles with it, or does not, so its changes make the tests run again.
	_ "github.com/aion-go/aion/runtime"
)

// A case is a folder of testdata:
//
//	proto/            the proto files, to which the plugin's options.proto is added if one imports
//	                  it; code is asked for all of them, or for golden.only
//	descriptors.binpb what buf compiles them to, with source positions
//	want/             the generated files, and protoc-gen-go's for the same messages
//	error.txt         the error of the response, instead of want/
//	stderr.txt        the warnings, if any
const (
	packages      = "github.com/aion-go/aion/cmd/protoc-gen-aion/testdata"
	descriptorSet = "descriptors.binpb"
	errorText     = "error.txt"
	warningText   = "stderr.txt"
	generatedName = "_aion.pb.go"
	messagesName  = ".pb.go"
	optionsProto  = "aion/activity/v1/options.proto"
)

// golden is a case that needs more than the usual request.
type golden struct {
	// suffix is the option package_suffix.
	suffix string
	// parameter has the other options, if it is not paths=source_relative alone.
	parameter string
	// outputs has the options for outputs beside Go.
	outputs string
	// only are the files to generate, if not all.
	only []string
}

// goldens are the cases that need more; all others get paths=source_relative and all their files.
var goldens = map[string]golden{
	"suffix": {suffix: "aion"},
	"module": {
		parameter: "module=" + packages + "/module/want," +
			"Mjobs.proto=" + packages + "/module/want/jobs/v1;jobsv1",
		suffix: "_aion",
	},
	"outputs": {
		outputs: "schemas=schemas,docs=docs/outputs.md,awl=awl/outputs.awl,awl_workflows=true",
	},
	"options": {outputs: "awl=awl/options.awl"},
	"foreign": {only: []string{"foreign/v1/foreign.proto"}},
}

func cases(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		if entry.Name() != "fuzz" { // What a failing fuzz test left is no case.
			names = append(names, entry.Name())
		}
	}

	return names
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, name := range cases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join("testdata", name)
			if *update {
				updateCase(t, dir)
			}
			request := requestOf(t, dir, goldens[name])
			got := respond(t, request)
			if *update {
				writeGolden(t, dir, got)
			}
			compareGolden(t, dir, got)
			if again := respond(t, request); again.bytes != got.bytes {
				t.Error("a second run gave other bytes, want the same")
			}
		})
	}
}

// requestOf is the request of a compiler for a case.
func requestOf(t *testing.T, dir string, extra golden) *pluginpb.CodeGeneratorRequest {
	t.Helper()
	parameter := messageParameter(extra)
	if extra.suffix != "" {
		parameter += ",package_suffix=" + extra.suffix
	}
	if extra.outputs != "" {
		parameter += "," + extra.outputs
	}

	return newRequest(t, dir, parameter, extra.only)
}

// messageParameter has the options that protoc-gen-go knows, too.
func messageParameter(extra golden) string {
	if extra.parameter != "" {
		return extra.parameter
	}

	return "paths=source_relative"
}

func newRequest(
	t *testing.T, dir, parameter string, only []string,
) *pluginpb.CodeGeneratorRequest {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, descriptorSet))
	if err != nil {
		t.Fatal(err)
	}
	descriptors := new(descriptorpb.FileDescriptorSet)
	asBytes := proto.UnmarshalOptions{Resolver: new(protoregistry.Types)} // Whatever options are.
	if err := asBytes.Unmarshal(data, descriptors); err != nil {
		t.Fatalf("decode %s: %v", descriptorSet, err)
	}
	if only == nil {
		only = slices.Sorted(maps.Keys(readTree(t, filepath.Join(dir, "proto"), ".proto")))
	}

	return &pluginpb.CodeGeneratorRequest{
		FileToGenerate: only,
		Parameter:      new(parameter),
		ProtoFile:      descriptors.GetFile(),
	}
}

// compareGolden checks a response against what is checked in.
func compareGolden(t *testing.T, dir string, got responded) {
	t.Helper()
	compareText(t, "error", errorLines(got.response), readText(t, filepath.Join(dir, errorText)))
	compareText(t, "stderr", got.stderr, readText(t, filepath.Join(dir, warningText)))
	want := readTree(t, filepath.Join(dir, "want"), "")
	maps.DeleteFunc(want, func(name, _ string) bool { // protoc-gen-go's.
		return strings.HasSuffix(name, messagesName) && !strings.HasSuffix(name, generatedName)
	})
	for _, file := range got.response.GetFile() {
		text, known := want[file.GetName()]
		if !known {
			t.Errorf("got file %s, want none of that name", file.GetName())
		}
		compareText(t, file.GetName(), file.GetContent(), text)
		delete(want, file.GetName())
		if !strings.HasSuffix(file.GetName(), ".go") {
			continue
		}
		formatted, err := format.Source([]byte(file.GetContent()))
		if err != nil {
			t.Errorf("%s: %v", file.GetName(), err)
		}
		compareText(t, file.GetName()+", formatted", string(formatted), file.GetContent())
	}
	for name := range want {
		t.Errorf("got no file %s, want one", name)
	}
}

// errorLines is the error of a response as a text file.
func errorLines(response *pluginpb.CodeGeneratorResponse) string {
	if response.GetError() == "" {
		return ""
	}

	return response.GetError() + "\n"
}

// compareText reports the first line that differs.
func compareText(t *testing.T, name, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(gotLines), len(wantLines)) {
		gotLine, wantLine := lineAt(gotLines, i), lineAt(wantLines, i)
		if gotLine != wantLine {
			t.Errorf("%s, line %d:\ngot  %q\nwant %q", name, i+1, gotLine, wantLine)

			return
		}
	}
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}

	return "(the end)"
}

// readText returns the text of a file, or nothing if there is none.
func readText(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}

	return string(data)
}

// readTree returns the files below a folder whose names end so, by their paths in it.
func readTree(t *testing.T, root, ending string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ending) {
			return err
		}
		relative, err := filepath.Rel(root, name)
		files[filepath.ToSlash(relative)] = readText(t, name)

		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}

	return files
}

// What is checked in as generated is Go, together with the messages: vet compiles it.
func TestGoldensCompile(t *testing.T) {
	t.Parallel()
	if *update {
		t.Skip("the files are being written")
	}
	folders := make(map[string]bool)
	for name := range readTree(t, "testdata", ".go") {
		folders["./"+path.Join("testdata", path.Dir(name))] = true
	}
	if len(folders) == 0 {
		t.Fatal("got no generated packages, want some")
	}
	runGo(t, ".", append([]string{"vet"}, slices.Sorted(maps.Keys(folders))...)...)
}

// goimports, which many editors run over what they save, leaves the files as they are generated, and
// linters know them for generated.
func TestGoldensAreLeftAlone(t *testing.T) {
	t.Parallel()
	if *update {
		t.Skip("the files are being written")
	}
	files := readTree(t, "testdata", generatedName)
	names := make([]string, 0, len(files))
	for name, text := range files {
		names = append(names, filepath.Join("cmd", "protoc-gen-aion", "testdata", name))
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
		if err != nil || !ast.IsGenerated(file) {
			t.Errorf("%s: got no mark of generated files and error %v, want one", name, err)
		}
	}
	if len(names) == 0 {
		t.Fatal("got no generated files, want some")
	}
	args := append([]string{"tool", "-modfile=tools/go.mod", "goimports", "-l"}, names...)
	if changed := runGo(t, filepath.Join("..", ".."), args...); changed != "" {
		t.Errorf("got files that goimports would change, want none:\n%s", changed)
	}
}

// updateCase compiles the protos of a case, and generates its messages where no mistake keeps code
// from being generated.
func updateCase(t *testing.T, dir string) {
	t.Helper()
	root := filepath.Join("..", "..")
	protos := t.TempDir()
	if err := os.CopyFS(protos, os.DirFS(filepath.Join(dir, "proto"))); err != nil {
		t.Fatal(err)
	}
	for _, text := range readTree(t, protos, ".proto") {
		if strings.Contains(text, `import "`+optionsProto) {
			options := readText(t, filepath.Join(root, "proto", filepath.FromSlash(optionsProto)))
			writeText(t, filepath.Join(protos, filepath.FromSlash(optionsProto)), options)
		}
	}
	runGo(t, root, "tool", "-modfile=tools/go.mod", "buf", "build",
		protos, "--as-file-descriptor-set",
		"-o", filepath.Join("cmd", "protoc-gen-aion", dir, descriptorSet))
}

// runGo runs the go command in a folder, and returns what it prints.
func runGo(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", cmd, err, out, &stderr)
	}

	return string(out)
}

// writeGolden replaces what is checked in by a response, and by the messages that go with it.
func writeGolden(t *testing.T, dir string, got responded) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(dir, "want")); err != nil {
		t.Fatal(err)
	}
	writeText(t, filepath.Join(dir, errorText), errorLines(got.response))
	writeText(t, filepath.Join(dir, warningText), got.stderr)
	if got.response.GetError() != "" {
		return
	}
	files := append(got.response.GetFile(), messages(t, dir)...)
	for _, file := range files {
		writeText(t, filepath.Join(dir, "want", filepath.FromSlash(file.GetName())), file.GetContent())
	}
}

// messages are protoc-gen-go's files for a case.
func messages(t *testing.T, dir string) []*pluginpb.CodeGeneratorResponse_File {
	t.Helper()
	extra := goldens[path.Base(filepath.ToSlash(dir))]
	input, err := proto.Marshal(newRequest(t, dir, messageParameter(extra), extra.only))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "tool", "protoc-gen-go")
	cmd.Stdin = strings.NewReader(string(input))
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	response := new(pluginpb.CodeGeneratorResponse)
	if err := errors.Join(proto.Unmarshal(output, response), errorOf(response)); err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}

	return response.GetFile()
}

func errorOf(response *pluginpb.CodeGeneratorResponse) error {
	if response.GetError() == "" {
		return nil
	}

	return fmt.Errorf("response: %s", response.GetError())
}

// writeText writes a file, or removes it if there is no text.
func writeText(t *testing.T, name, text string) {
	t.Helper()
	if text == "" {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}

		return
	}
	err := errors.Join(
		os.MkdirAll(filepath.Dir(name), 0o755),
		os.WriteFile(name, []byte(text), 0o644),
	)
	if err != nil {
		t.Fatal(err)
	}
}

// Compilers may leave out source positions; mistakes then name the file alone.
func TestMistakesWithoutPositions(t *testing.T) {
	t.Parallel()
	request := requestOf(t, filepath.Join("testdata", "mistakes"), golden{})
	for _, file := range request.GetProtoFile() {
		file.SourceCodeInfo = nil
	}
	got := strings.Split(respond(t, request).response.GetError(), "\n")
	want := strings.Split(readText(t, filepath.Join("testdata", "mistakes", errorText)), "\n")
	if len(got) != len(want)-1 { // The file ends in a line break.
		t.Errorf("got %d mistakes, want %d", len(got), len(want)-1)
	}
	for _, line := range got {
		if !strings.HasPrefix(line, "mistakes/v1/mistakes.proto: ") {
			t.Errorf("got %q, want the file and no position at the beginning", line)
		}
	}
}
