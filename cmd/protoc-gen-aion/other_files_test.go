package main_test

import (
	"path/filepath"
	"slices"
	"testing"
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
