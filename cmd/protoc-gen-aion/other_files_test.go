package main_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aion-go/aion/internal/version"
)

// The option module shortens the paths of Go files; other files have no Go package.
func TestOtherFilesKeepTheirPaths(t *testing.T) {
	t.Parallel()
	request := requestOf(t, filepath.Join("testdata", "module"), goldens["module"])
	request.Parameter = new(request.GetParameter() + ",schemas=a/b")
	got := respond(t, request).response
	names := make([]string, 0, len(got.GetFile()))
	for _, file := range got.GetFile() {
		names = append(names, file.GetName())
	}
	if !slices.Contains(names, "a/b/jobs/run.json") || got.GetError() != "" {
		t.Errorf("got files %q and error %q, want a/b/jobs/run.json among them",
			names, got.GetError())
	}
}

// Versions of a service share names, and so would their schemas.
func TestSchemasOfTwoVersions(t *testing.T) {
	t.Parallel()
	request := requestOf(t, filepath.Join("testdata", "several"), golden{outputs: "schemas=a"})
	got := respond(t, request).response
	contains(t, "error", got.GetError(), "is also that of rpc several.v1.")
	if len(got.GetFile()) > 0 {
		t.Errorf("got %d files, want none", len(got.GetFile()))
	}
}

// excerpts are the blocks of code in docs/outputs.md that show what is generated.
var excerpts = regexp.MustCompile("(?s)(?:````markdown|\n```(?:json|awl))\n(.*?)\n(?:````|```\n\n?[A-Z#])")

// What the documentation shows is what comes out.
func TestExcerptsOfTheDocumentation(t *testing.T) {
	t.Parallel()
	request := requestOf(t, filepath.Join("testdata", "plain"), golden{
		outputs: "schemas=schemas,docs=a.md,awl=awl/a.awl,awl_workflows=true",
	})
	var generated strings.Builder
	for _, file := range respond(t, request).response.GetFile() {
		generated.WriteString(file.GetContent())
	}
	all := strings.ReplaceAll(generated.String(), version.Version, "VERSION")
	page := readText(t, filepath.Join("..", "..", "docs", "outputs.md"))
	found := excerpts.FindAllStringSubmatch(page, -1)
	if len(found) != 4 {
		t.Fatalf("got %d excerpts, want 4", len(found))
	}
	for _, excerpt := range found {
		if !strings.Contains(all, strings.TrimSpace(excerpt[1])) {
			t.Errorf("got no such text:\n%s", excerpt[1])
		}
	}
}
