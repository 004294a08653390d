package main

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/aion-go/aion/bench/internal/table"
)

// TestMain is the program itself when the program under test starts itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == engineRole || os.Args[1] == workerRole) {
		main()

		return
	}
	goleak.VerifyTestMain(m)
}

func TestEachWorkerIsMeasured(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("what processes cost is read from /proc")
	}
	b, err := parse([]string{"-quick", "-rounds", "1", "-pin=false", "-parts", partThroughput})
	if err != nil {
		t.Fatal(err)
	}
	b.warm, b.duration = 10*time.Millisecond, 100*time.Millisecond
	b.document = filepath.Join(t.TempDir(), "performance.md")
	places := "<!-- throughput -->\n<!-- end of throughput -->\n"
	if err := os.WriteFile(b.document, []byte(places), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := b.measure(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	document, err := os.ReadFile(b.document)
	if err != nil {
		t.Fatal(err)
	}
	workers, err := b.workers()
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range workers {
		if got := strings.Count(string(document), "| "+w.title+" | "); got != 4 {
			t.Errorf("got %d rows of %q, want one in each table:\n%s", got, w.title, document)
		}
	}
	if !strings.Contains(out.String(), "| throughput against the floor's, 256 at once | ≥ 0.95× |") {
		t.Errorf("the aims lack the floor's throughput:\n%s", &out)
	}
}

func TestEachConditionIsMeasured(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("what processes cost is read from /proc")
	}
	b, err := parse([]string{"-quick", "-rounds", "1", "-pin=false"})
	if err != nil {
		t.Fatal(err)
	}
	b.warm, b.duration, b.pump = 50*time.Millisecond, 100*time.Millisecond, 50*time.Millisecond
	b.reference = "" // Its start is the one condition that is not measured.
	c, err := b.underConditions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range allConditions() {
		want := 1
		if name == startReference {
			want = 0
		}
		if got := c[name]; len(got) != want {
			t.Errorf("%s: got %s, want %d figures", name, got, want)
		}
	}
}

func TestAWorkerThatFailsSaysWhy(t *testing.T) {
	t.Parallel()
	b, err := parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.start(t.Context(), worker{name: "dancer"}, 1)
	if err == nil || !strings.Contains(err.Error(), `no worker "dancer"`) {
		t.Errorf("got %v, want the worker's own words", err)
	}
}

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
