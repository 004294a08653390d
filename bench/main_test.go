package main

import (
	"bytes"
	"errors"
	"flag"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/aion-go/aion/bench/internal/table"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAnUnusableInvocationIsAnError(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"argument":  {[]string{"now"}, `unexpected argument "now"`},
		"flag":      {[]string{"-fast"}, "fast"},
		"part":      {[]string{"-parts", "dance"}, `no part is called "dance"`},
		"worker":    {[]string{"-only", "dancer"}, `no worker is called "dancer"`},
		"reference": {[]string{"-reference", "/nowhere"}, "reference worker"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := run(t.Context(), tt.args, strings.NewReader(""), new(bytes.Buffer))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if err := run(t.Context(), []string{"-help"}, nil, nil); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("got %v for -help, want help", err)
	}
}

func TestGoBenchmarksAreRead(t *testing.T) {
	t.Parallel()
	all := map[string]*goFigures{}
	for _, line := range []string{
		"goos: linux", "PASS", "ok  	example.com/a	2.6s", "",
		"BenchmarkA/small_flat/json-2  100  12.5 ns/op  3.1 MB/s  64 B/op  2 allocs/op",
		"BenchmarkA/small_flat/json-2  100  14.5 ns/op  3.1 MB/s  64 B/op  2 allocs/op",
		"BenchmarkB  100  7 ns/op",
		"BenchmarkC  100  seven ns/op",
	} {
		addGoFigures(all, line)
	}
	a := all["BenchmarkA/small_flat/json"]
	if a == nil || a.nanoseconds.String() != "13.5 (12.5–14.5)" || a.bytes.Median() != 64 ||
		a.allocs.Median() != 2 {
		t.Errorf("got %+v, want both rounds of the one with a number of processors", a)
	}
	if b := all["BenchmarkB"]; b == nil || b.nanoseconds.Median() != 7 || b.allocs != nil {
		t.Errorf("got %+v, want 7 ns and no allocations", b)
	}
}

func TestAimsAreReachedAtTheBound(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		least   bool
		figures table.Figures
		want    string
	}{
		{"more than the least", true, table.Figures{2, 5, 6}, "yes"},
		{"the least", true, table.Figures{3}, "yes"},
		{"too little, as a rule", true, table.Figures{2, 2, 9}, "no"},
		{"less than the most", false, table.Figures{2}, "yes"},
		{"too much", false, table.Figures{3.1}, "no"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			row := aim{what: "a", least: tt.least, bound: 3, figures: tt.figures}.row()
			if got := row[len(row)-1]; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
