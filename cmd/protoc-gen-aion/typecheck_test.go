package main

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"google.golang.org/protobuf/cmd/protoc-gen-go/internal_gengo"
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// exports tells where the compiled form of each package is that generated code may import.
var exports = sync.OnceValues(func() (map[string]string, error) {
	return listExports("github.com/aion-go/aion/runtime",
		"google.golang.org/protobuf/types/known/...", "google.golang.org/protobuf/types/gofeaturespb")
})

// The packages that the code of protoc-gen-connect-go imports, by its major version.
const (
	connectPath  = "connectrpc.com/connect"
	connect2Path = connectPath + "/v2"
)

// toolExports tells the same of packages that only tools/go.mod requires.
var toolExports = sync.OnceValues(func() (map[string]string, error) {
	return listExports("-modfile=tools/go.mod", connectPath, connect2Path)
})

// listExports lists packages and what they import.
func listExports(args ...string) (map[string]string, error) {
	list := exec.CommandContext(context.Background(), "go", append([]string{
		"list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}",
	}, args...)...)
	list.Dir = filepath.Join("..", "..")
	output, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", list, err)
	}
	found := make(map[string]string)
	for line := range strings.Lines(string(output)) {
		importPath, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		found[importPath] = file
	}

	return found, nil
}

// open opens the compiled form of a package.
func open(importPath string) (io.ReadCloser, error) {
	paths, err := exports()
	if err == nil && paths[importPath] == "" {
		paths, err = toolExports()
	}
	if err != nil {
		return nil, err
	}

	return os.Open(paths[importPath])
}

// sources are Go files by the import path of their package, and by their own.
type sources map[string]map[string]string

func (s sources) add(importPath, name, text string) {
	if s[importPath] == nil {
		s[importPath] = make(map[string]string)
	}
	s[importPath][name] = text
}

// checker type-checks packages of which some are in memory.
type checker struct {
	sources sources
	files   *token.FileSet
	// compiled imports the others.
	compiled types.Importer
	// checked are those in memory so far; nil while one is being checked.
	checked map[string]*types.Package
}

// typeCheck returns what is wrong with packages.
func typeCheck(t *testing.T, packages sources) error {
	t.Helper()
	files := token.NewFileSet()
	c := &checker{
		packages, files, importer.ForCompiler(files, "gc", open), make(map[string]*types.Package),
	}
	wrong := make([]error, 0, len(packages))
	for importPath := range packages {
		_, err := c.check(importPath)
		wrong = append(wrong, err)
	}

	return errors.Join(wrong...)
}

// Import is what the type checker calls for each import.
func (c *checker) Import(importPath string) (*types.Package, error) {
	if c.sources[importPath] == nil {
		return c.compiled.Import(importPath)
	}
	imported, err := c.check(importPath)
	if err == nil && imported.Name() == "main" {
		return nil, fmt.Errorf("%s is a program", importPath)
	}

	return imported, err
}

func (c *checker) check(importPath string) (*types.Package, error) {
	if known, begun := c.checked[importPath]; begun {
		if known == nil {
			return nil, fmt.Errorf("%s imports itself, or did not compile", importPath)
		}

		return known, nil
	}
	c.checked[importPath] = nil
	var parsed []*ast.File
	for name, text := range c.sources[importPath] {
		file, err := parser.ParseFile(c.files, name, text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, file)
	}
	config := types.Config{Importer: c}
	checked, err := config.Check(importPath, c.files, parsed, nil)
	if err != nil {
		return nil, err
	}
	c.checked[importPath] = checked

	return checked, nil
}

// messagesOf is what protoc-gen-go writes for all files of a request, imported ones included.
func messagesOf(request *pluginpb.CodeGeneratorRequest) (sources, error) {
	plugin, err := pluginOf(request)
	if err != nil {
		return nil, err
	}
	byOutput := make(map[string]string)
	for _, file := range plugin.Files {
		if !isWellKnown(file.Desc.Path()) {
			internal_gengo.GenerateFile(plugin, file)
			byOutput[file.GeneratedFilenamePrefix+".pb.go"] = string(file.GoImportPath)
		}
	}
	response := plugin.Response()
	if response.GetError() != "" {
		return nil, errors.New(response.GetError())
	}
	messages := make(sources)
	for _, file := range response.GetFile() {
		if importPath, known := byOutput[wholeName(request, file.GetName())]; known {
			messages.add(importPath, file.GetName(), file.GetContent())
		}
	}

	return messages, nil
}

// addServices adds what this plugin wrote.
func (s sources) addServices(
	t *testing.T, request *pluginpb.CodeGeneratorRequest, got *pluginpb.CodeGeneratorResponse,
) {
	t.Helper()
	plugin, err := pluginOf(request)
	if err != nil {
		t.Fatal(err)
	}
	byOutput := make(map[string]string)
	for _, file := range service.Read(plugin.Files, suffixOf(request)) {
		byOutput[file.Output] = file.GoImportPath
	}
	seen := make(map[string]bool)
	for _, file := range got.GetFile() {
		importPath := byOutput[wholeName(request, file.GetName())]
		if importPath == "" || seen[file.GetName()] {
			t.Errorf("got the file %q twice or out of nothing", file.GetName())
		}
		seen[file.GetName()] = true
		s.add(importPath, file.GetName(), file.GetContent())
	}
}

// pluginOf is a plugin as the compiler's request makes it, with the options of protoc-gen-go.
func pluginOf(request *pluginpb.CodeGeneratorRequest) (*protogen.Plugin, error) {
	return protogen.Options{ParamFunc: new(options).set}.New(request)
}

func suffixOf(request *pluginpb.CodeGeneratorRequest) string {
	_, suffix, _ := strings.Cut(request.GetParameter(), "package_suffix=")

	return suffix
}

// wholeName is the name of a generated file as it is without the option module.
func wholeName(request *pluginpb.CodeGeneratorRequest, name string) string {
	if module, set := strings.CutPrefix(request.GetParameter(), "module="); set {
		return module + "/" + name
	}

	return name
}
