package main

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// This test links the plugin's code into the test program, for another reason as well: go test
// then runs the tests of the built plugin again when that code has changed.

var errBroken = errors.New("broken pipe")

// brokenWriter takes nothing.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestGenerateReportsBrokenPipes(t *testing.T) {
	t.Parallel()
	emptyRequest := "\x12\x00" // An empty parameter.
	tests := []struct {
		name   string
		stdin  io.Reader
		stdout io.Writer
		want   string
	}{
		{"input", iotest.ErrReader(errBroken), io.Discard, "read the request: broken pipe"},
		{
			"output", strings.NewReader(emptyRequest),
			brokenWriter{},
			"write the response: broken pipe",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := generate(tt.stdin, tt.stdout, io.Discard)
			if !errors.Is(err, errBroken) || err.Error() != tt.want {
				t.Errorf("got error %v, want %q", err, tt.want)
			}
		})
	}
}
