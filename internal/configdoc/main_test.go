package main

import (
	"os"
	"strings"
	"testing"
)

func TestThePageIsCurrent(t *testing.T) {
	t.Parallel()
	want, err := render("../../runtime")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../" + page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not current: run go run ./internal/configdoc", page)
	}
	for _, field := range []string{"MaxConcurrency", "StopGrace", "AION_WORKER_ENDPOINT", "PerSecond"} {
		if !strings.Contains(want, field) {
			t.Errorf("the page lacks %s", field)
		}
	}
}

func TestWhatIsMissingIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := render(t.TempDir()); err == nil {
		t.Error("got no error for an empty folder")
	}
}
