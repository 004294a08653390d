package main

import (
	"errors"
	"flag"
	"io"
	"regexp"
	"strings"
	"testing"
)

func TestTheDemonstration(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), nil, &out); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`development engine on 127\.0\.0\.1:\d+, one worker for 2 queues`,
		`order 1: 2 of tea to Paris`,
		`reserve  attempt 1: done`,
		`ship     attempt 1: the carrier's line is busy`,
		`ship     attempt 2: done`,
		`shipped, tracking number P[0-9A-F]{8}\n`,
		`order 2: 3 of tea to Atlantis`,
		`reserve  attempt 1: done`,
		`ship     attempt 1: order\.v1\.Undeliverable: \{"address":"Atlantis"\}`,
		`release  attempt 1: done`,
		`order 3: 9 of tea to Rome`,
		`reserve  attempt 1: order\.v1\.SoldOut: \{"article":"tea","left":8\}`,
		`release  attempt 1: done`,
	}
	if ok, err := regexp.MatchString("(?s)"+strings.Join(want, ".*"), out.String()); err != nil || !ok {
		t.Errorf("the output lacks one of these lines, in this order:\n%s\ngot:\n%s",
			strings.Join(want, "\n"), &out)
	}
}

func TestAnUnusableInvocationIsAnError(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"argument":        {[]string{"now"}, `unexpected argument "now"`},
		"flag":            {[]string{"-fast"}, "fast"},
		"endpoint":        {[]string{"-endpoint", "localhost"}, "want host:port"},
		"unknown service": {[]string{"-services", "stock,tax", "-endpoint", "[::1]:1"}, "want one or both"},
		"service twice":   {[]string{"-services", "stock,stock", "-endpoint", "[::1]:1"}, "want one or both"},
		"no worker":       {[]string{"-services", "stock"}, "give it an -endpoint"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := run(t.Context(), tt.args, io.Discard)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if err := run(t.Context(), []string{"-help"}, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("got %v for -help, want help", err)
	}
}
