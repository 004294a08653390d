package aion_test

import (
	"context"
	"log/slog"
	"runtime"
	"strconv"
	"testing"

	"google.golang.org/protobuf/types/known/wrapperspb"

	aion "github.com/aion-go/aion/runtime"
)

// What one task may allocate, from its delivery to its ack, over a session in
// memory. These are today's figures (1.01 and 528, 6.01 and 688), and what they
// vary by; whoever lowers them lowers the bounds, too.
const (
	// maxRuntimeAllocs and maxRuntimeBytes are the runtime's own: the dispatcher
	// has its outcome ready.
	maxRuntimeAllocs, maxRuntimeBytes = 1.5, 560
	// maxTypedAllocs and maxTypedBytes are those of a typed activity: with its
	// two messages, their texts, and what the codec needs.
	maxTypedAllocs, maxTypedBytes = 6.5, 720
)

// constant is a dispatcher that allocates nothing.
type constant struct{ outcome aion.Outcome }

func (constant) TaskQueue() string { return greetSpec.TaskQueue }

func (constant) Activities() []aion.ActivityContract { return nil }

func (c constant) Dispatch(context.Context, *aion.Task) aion.Outcome { return c.outcome }

func benchGreeter() aion.Dispatcher {
	return aion.NewFuncDispatcher(greetSpec, func(_ context.Context, in message) (message, error) {
		return wrapperspb.String("Hello, " + in.GetValue() + "!"), nil
	})
}

// greetTasks are tasks of different activities.
func greetTasks(n int) []aion.Task {
	tasks := make([]aion.Task, n)
	for i := range tasks {
		tasks[i] = aion.Task{
			Info: aion.Info{
				WorkflowID: strconv.Itoa(i), RunID: "r", Attempt: 1,
				ActivityType: "greet", TaskQueue: "greeter",
			},
			CompletionToken: strconv.Itoa(i),
			Input:           []byte(`"Ada"`),
		}
	}

	return tasks
}

// serveTasks serves n tasks to their acks, and returns what that allocated.
func serveTasks(tb testing.TB, dispatcher aion.Dispatcher, n int) (allocs, bytes float64) {
	tb.Helper()
	s := &benchSession{
		events: make(chan aion.Event, 4*benchSlots), tasks: greetTasks(n), left: n,
		ended: make(chan struct{}),
	}
	executions, tracker := aion.NewExecutions(benchSlots), aion.NewTracker()
	for range benchSlots {
		s.next()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, health, _ := aion.Serve(tb.Context(), s, dispatcher, executions, tracker, aion.ServeConfig{
		Logger: slog.New(slog.DiscardHandler),
	})
	runtime.ReadMemStats(&after)
	// The session ends with the last send, so the last acks may have no reader.
	if health.Reported < n-benchSlots {
		tb.Fatalf("got %d of %d results acknowledged", health.Reported, n)
	}

	return float64(after.Mallocs-before.Mallocs) / float64(n),
		float64(after.TotalAlloc-before.TotalAlloc) / float64(n)
}

func TestATaskAllocatesNoMoreThanItDid(t *testing.T) { //nolint:paralleltest // It counts for the process.
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	const tasks = 20_000
	for _, tt := range []struct { //nolint:paralleltest // As above.
		name       string
		dispatcher aion.Dispatcher
		maxAllocs  float64
		maxBytes   float64
	}{
		{"the runtime", constant{aion.Completed([]byte(`"Hello, Ada!"`))}, maxRuntimeAllocs, maxRuntimeBytes},
		{"a typed activity", benchGreeter(), maxTypedAllocs, maxTypedBytes},
	} {
		t.Run(tt.name, func(t *testing.T) {
			serveTasks(t, tt.dispatcher, tasks) // Fills the pools.
			allocs, bytes := serveTasks(t, tt.dispatcher, tasks)
			t.Logf("%.2f allocations and %.0f bytes a task", allocs, bytes)
			if allocs > tt.maxAllocs {
				t.Errorf("got %.2f allocations a task, want %.1f at most", allocs, tt.maxAllocs)
			}
			if bytes > tt.maxBytes {
				t.Errorf("got %.0f bytes a task, want %.0f at most", bytes, tt.maxBytes)
			}
		})
	}
}

// BenchmarkServe is one whole task over a session in memory, without anything of
// the user's.
func BenchmarkServe(b *testing.B) {
	b.ReportAllocs()
	serveTasks(b, constant{aion.Completed([]byte(`"Hello, Ada!"`))}, b.N)
}
