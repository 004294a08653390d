package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/aion-go/aion/bench/internal/engine"
	"github.com/aion-go/aion/bench/internal/peer"
	"github.com/aion-go/aion/bench/internal/table"
	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
)

// sample is what one worker did in one round.
type sample struct {
	perSecond float64
	p50, p99  float64 // Microseconds from a task to its result.
	cpu       float64 // Microseconds of processor time of the worker, a task.
	engineCPU float64 // Likewise of the engine.
	allocs    float64 // Allocations of the worker, a task.
	bytes     float64 // Bytes that they have.
	peak      float64 // Mebibytes resident at most.
}

// results are samples by window, by worker, one a round.
type results struct {
	windows []int
	workers []worker
	samples map[int]map[string][]sample
}

// throughput measures all workers with all windows, in turns.
func (b bench) throughput(ctx context.Context) (*results, error) {
	workers, err := b.workers()
	if err != nil {
		return nil, err
	}
	r := &results{windows: b.windows, workers: workers, samples: map[int]map[string][]sample{}}
	for _, window := range b.windows {
		r.samples[window] = map[string][]sample{}
	}
	for round := range b.rounds {
		for _, window := range b.windows {
			samples, err := b.round(ctx, workers, window, round)
			if err != nil {
				return nil, fmt.Errorf("%d tasks at once: %w", window, err)
			}
			for i, w := range workers {
				s := samples[i]
				r.samples[window][w.name] = append(r.samples[window][w.name], s)
				fmt.Fprintf(os.Stderr,
					"round %d, window %4d, %-16s %7.0f tasks/s, %5.1f µs CPU, p50 %5.0f µs\n",
					round+1, window, w.name, s.perSecond, s.cpu, s.p50)
			}
		}
	}

	return r, nil
}

// round measures all workers with one window.
func (b bench) round(ctx context.Context, workers []worker, window, round int) ([]sample, error) {
	if err := b.waitForCalm(ctx); err != nil {
		return nil, err
	}
	contestants := make([]*contestant, len(workers))
	for i, w := range workers {
		contestants[i] = &contestant{worker: w, slots: window, work: engine.Command{Types: greetings()}}
	}

	return b.compete(ctx, contestants, round)
}

// greetings are the activity types of a worker that only greets.
func greetings() []string { return []string{greeterv1.GreeterGreetActivity} }

// figures are those of one worker in all rounds.
func (r *results) figures(window int, name string, of func(sample) float64) table.Figures {
	samples := r.samples[window][name]
	f := make(table.Figures, len(samples))
	for i, s := range samples {
		f[i] = of(s)
	}

	return f
}

func perSecond(s sample) float64 { return s.perSecond }

// tables are the results as Markdown.
func (r *results) tables() string {
	text := []string{
		"Tasks per second, by the number of tasks that are out at once:\n",
		r.byWindow(func(window int, name string) string {
			return r.figures(window, name, perSecond).String()
		}),
	}
	for _, base := range []worker{
		{name: reference, title: "the reference SDK"}, {name: peer.Floor, title: "the floor"},
	} {
		if r.has(base.name) {
			text = append(text, "The same as a multiple of "+base.title+", round by round:\n",
				r.byWindow(func(window int, name string) string {
					other := r.figures(window, base.name, perSecond)

					return r.figures(window, name, perSecond).Over(other).String()
				}))
		}
	}

	return strings.Join(append(text, r.roundTrips(), r.costs()), "\n")
}

func (r *results) has(name string) bool {
	return len(r.samples[r.windows[0]][name]) > 0
}

// byWindow is a table with a row for each worker and a column for each window.
func (r *results) byWindow(cell func(window int, name string) string) string {
	head := make([]string, len(r.windows))
	for i, window := range r.windows {
		head[i] = table.Number(float64(window))
	}
	rows := table.New(append([]string{workerRole}, head...)...)
	for _, w := range r.workers {
		cells := make([]string, len(r.windows))
		for i, window := range r.windows {
			cells[i] = cell(window, w.name)
		}
		rows.Add(append([]string{w.title}, cells...)...)
	}

	return rows.String()
}

// roundTrips is about one task at a time.
func (r *results) roundTrips() string {
	window := r.windows[0]
	rows := table.New(workerRole, "p50, µs", "p50 above the floor, µs", "p99, µs")
	for _, w := range r.workers {
		p50 := r.figures(window, w.name, func(s sample) float64 { return s.p50 })
		floor := r.figures(window, peer.Floor, func(s sample) float64 { return s.p50 })
		rows.Add(
			w.title, p50.String(), p50.Less(floor).String(),
			r.figures(window, w.name, func(s sample) float64 { return s.p99 }).String(),
		)
	}

	return fmt.Sprintf("From a task to its result, with %d out at once:\n\n", window) + rows.String()
}

// costsWindow is the window that costs are told for.
const costsWindow = 256

// costs is about what a task takes.
func (r *results) costs() string {
	rows := table.New(
		workerRole, "CPU, µs a task", "of the reference's", "allocations a task", "bytes a task",
		"peak RSS, MiB", "the engine's CPU, µs a task",
	)
	cpu := func(s sample) float64 { return s.cpu }
	for _, w := range r.workers {
		of := func(f func(sample) float64) table.Figures { return r.figures(costsWindow, w.name, f) }
		allocs, bytes := "", ""
		if w.path == "" {
			allocs = of(func(s sample) float64 { return s.allocs }).String()
			bytes = of(func(s sample) float64 { return s.bytes }).String()
		}
		rows.Add(
			w.title, of(cpu).String(),
			of(cpu).Over(r.figures(costsWindow, reference, cpu)).String(),
			allocs, bytes, of(func(s sample) float64 { return s.peak }).String(),
			of(func(s sample) float64 { return s.engineCPU }).String(),
		)
	}

	return fmt.Sprintf("What a task costs, with %d out at once:\n\n", costsWindow) + rows.String()
}
