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

// An error leaves nothing half done.
func TestErrorsHaveNoFiles(t *testing.T) {
	t.Parallel()
	request := requestOf(t, filepath.Join("testdata", "plain"), golden{
		parameter: "module=example.com/other", outputs: "schemas=a,docs=a.md,awl=a.awl",
	})
	got := respond(t, request).response
	contains(t, "error", got.GetError(), `does not match prefix "example.com/other"`)
	if len(got.GetFile()) > 0 {
		t.Errorf("got %d files, want none", len(got.GetFile()))
	}
}

// Of two versions of an activity, the first has a workflow.
func TestWorkflowsOfTwoVersions(t *testing.T) {
	t.Parallel()
	request := requestOf(t, filepath.Join("testdata", "several"), golden{
		outputs: "awl=all.awl,awl_workflows=true",
	})
	counts := make(map[string]int)
	for _, file := range respond(t, request).response.GetFile() {
		counts[file.GetName()]++
	}
	const want = "payment_gateway/charge_v2.awl"
	if counts[want] != 1 {
		t.Errorf("got %d files %s of %v, want 1", counts[want], want, counts)
	}
}

// A run without services, as compilers make for each folder, gives no pages without content.
func TestNoServicesNoFiles(t *testing.T) {
	t.Parallel()
	request := requestOf(t, filepath.Join("testdata", "messages"), golden{
		outputs: "schemas=a,docs=a.md,awl=a.awl,awl_workflows=true",
	})
	if got := respond(t, request).response; len(got.GetFile()) > 0 || got.GetError() != "" {
		t.Errorf("got %d files and error %q, want neither", len(got.GetFile()), got.GetError())
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
