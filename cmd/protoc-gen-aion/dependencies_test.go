package main_test

import (
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The plugin is a tool of its users' modules, whose go.mod has what it is built from.
func TestPluginNeedsFewModules(t *testing.T) {
	t.Parallel()
	out := runGo(t, ".", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".")
	got := strings.Fields(out)
	slices.Sort(got)
	got = slices.Compact(got)
	want := []string{
		"github.com/aion-go/aion", "github.com/dave/jennifer", "google.golang.org/protobuf",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got the modules %q, want %q", got, want)
	}
}

// Generated code needs the runtime and messages.
func TestGeneratedCodeImportsLittle(t *testing.T) {
	t.Parallel()
	if *update {
		t.Skip("the files are being written")
	}
	known := []string{"context", "github.com/aion-go/aion/runtime"}
	messages := []string{packages + "/", "google.golang.org/protobuf/types/known/"}
	imports := 0
	for name, text := range readTree(t, "testdata", generatedName) {
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			imports++
			path, err := strconv.Unquote(spec.Path.Value)
			isMessages := slices.ContainsFunc(messages, func(prefix string) bool {
				return strings.HasPrefix(path, prefix)
			})
			if err != nil || !isMessages && !slices.Contains(known, path) {
				t.Errorf("%s: got the import %q and error %v, want none of it", name, path, err)
			}
		}
	}
	if imports < 50 {
		t.Errorf("got %d imports, want those of all goldens", imports)
	}
}
