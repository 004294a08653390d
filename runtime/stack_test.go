//go:build !race

package aion

import (
	"context"
	"log/slog"
	"runtime"
	"strconv"
	"testing"

	"google.golang.org/protobuf/types/known/wrapperspb"
)

// What leads to a handler has to leave room in a stack of 4 KiB: one of 8 KiB is
// shrunk by each collection, and grown again for each activity. With the race
// detector, stacks are larger.
//
//nolint:paralleltest // It counts for the process.
func TestAnActivityThatSleepsTakesFourKibibytesOfStack(t *testing.T) {
	const activities, most = 2000, 4.5 * 1024
	started := make(chan struct{}, activities)
	spec := ActivitySpec{TaskQueue: "bedroom", Type: "sleep"}
	dispatcher := NewFuncDispatcher(spec, func(ctx context.Context, _ *wrapperspb.StringValue) (
		*wrapperspb.StringValue, error,
	) {
		started <- struct{}{}
		<-ctx.Done()

		return nil, context.Cause(ctx)
	})
	executions, tracker := NewExecutions(activities), NewTracker()
	s := newStream(t.Context(), silentSession{}, dispatcher, executions, tracker,
		ServeConfig{Logger: slog.New(slog.DiscardHandler)})
	executions.attach(s)
	tracker.attach(s.outbox)
	defer executions.goroutines.Wait()
	defer executions.detach(s)
	defer executions.cancelHeld(s, ErrWorkerStopping)
	before := stacksInUse()
	for i := range activities {
		executions.deliver(s, &Task{
			Info: Info{
				WorkflowID: strconv.Itoa(i), RunID: "run", Attempt: 1, ActivityType: spec.Type,
			},
			CompletionToken: strconv.Itoa(i), Input: []byte(`"Ada"`),
		})
	}
	for range activities {
		<-started
	}
	if got := float64(stacksInUse()-before) / activities; got > most {
		t.Errorf("got %.0f bytes of stack for an activity, want %.0f at most", got, most)
	}
}

// stacksInUse is what the process has of stacks once they have been shrunk.
func stacksInUse() uint64 {
	var stats runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&stats)

	return stats.StackInuse
}
