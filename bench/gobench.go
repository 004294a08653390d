package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/aion-go/aion/bench/internal/table"
)

// goFigures are what a Go benchmark told, one of each a round.
type goFigures struct{ nanoseconds, bytes, allocs table.Figures }

// goRun is a run of the Go benchmarks of a package whose names match.
type goRun struct{ pkg, pattern, experiment string }

// goBenchmarks does all runs in each round.
func (b bench) goBenchmarks(ctx context.Context, runs ...goRun) (map[string]*goFigures, error) {
	all := map[string]*goFigures{}
	for range b.rounds {
		for _, r := range runs {
			if err := b.goBenchmark(ctx, r, all); err != nil {
				return nil, err
			}
		}
	}

	return all, nil
}

func (b bench) goBenchmark(ctx context.Context, r goRun, all map[string]*goFigures) error {
	if err := b.waitForCalm(ctx); err != nil {
		return err
	}
	test := exec.CommandContext(ctx, "go", "test", "-run", "^$", //nolint:gosec // Its own tests.
		"-bench", r.pattern, "-benchmem", "-benchtime", b.benchTime.String(), r.pkg)
	test.Env = append(os.Environ(), "GOEXPERIMENT="+r.experiment)
	out, err := test.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(test.Args, " "), err, out)
	}
	for line := range strings.Lines(string(out)) {
		addGoFigures(all, line)
	}
	fmt.Fprintf(os.Stderr, "%s: %d benchmarks\n", r.pkg, len(all))

	return nil
}

// addGoFigures reads a line such as
//
//	BenchmarkEncode/records/json-2  1000  1234 ns/op  5.6 MB/s  789 B/op  10 allocs/op
func addGoFigures(all map[string]*goFigures, line string) {
	fields := strings.Fields(line)
	if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
		return
	}
	name := fields[0]
	if cut := strings.LastIndexByte(name, '-'); cut > 0 {
		name = name[:cut]
	}
	if all[name] == nil {
		all[name] = new(goFigures)
	}
	for i := 2; i+1 < len(fields); i += 2 {
		value, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			return
		}
		switch fields[i+1] {
		case "ns/op":
			all[name].nanoseconds = append(all[name].nanoseconds, value)
		case "B/op":
			all[name].bytes = append(all[name].bytes, value)
		case "allocs/op":
			all[name].allocs = append(all[name].allocs, value)
		}
	}
}
