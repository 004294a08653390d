package aiontest_test

import (
	"errors"
	"maps"
	"testing"

	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/aiontest"
)

func TestAContextHasAnInfoWithoutGaps(t *testing.T) {
	t.Parallel()
	got := infoOf(aiontest.Context(t, aion.Info{}))
	if got.WorkflowID == "" || got.RunID == "" || got.ActivityType == "" || got.Attempt != 1 ||
		got.IdempotencyKey == "" || got.TaskQueue == "" || got.Namespace == "" || got.Worker == "" {
		t.Errorf("got %+v, want a value in each field that an activity always has", got)
	}
}

func TestAContextHasTheInfoThatItIsGiven(t *testing.T) {
	t.Parallel()
	want := aion.Info{
		WorkflowID: "w", RunID: "r", ActivityID: 3, ActivityType: "book_table", Attempt: 4,
		Labels: map[string]string{"tenant": "acme"}, IdempotencyKey: "key", TaskQueue: "concierge",
		Namespace: "hotel", Node: "gpu-1", Worker: "desk",
	}
	got := infoOf(aiontest.Context(t, want))
	if !maps.Equal(got.Labels, want.Labels) {
		t.Errorf("got labels %v, want %v", got.Labels, want.Labels)
	}
	got.Labels, want.Labels = nil, nil
	if got.WorkflowID != want.WorkflowID || got.RunID != want.RunID || got.ActivityID != want.ActivityID ||
		got.ActivityType != want.ActivityType || got.Attempt != want.Attempt ||
		got.IdempotencyKey != want.IdempotencyKey || got.TaskQueue != want.TaskQueue ||
		got.Namespace != want.Namespace || got.Node != want.Node || got.Worker != want.Worker {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAContextHearsEveryHeartbeatAsItWas(t *testing.T) {
	t.Parallel()
	ctx := aiontest.Context(t, aion.Info{})
	progress := &greeterv1.TourProgress{Total: 3}
	for range 3 {
		progress.Greeted++
		if err := aion.Heartbeat(ctx, progress); err != nil {
			t.Fatal(err)
		}
	}
	got := aiontest.Heartbeats[*greeterv1.TourProgress](ctx)
	if len(got) != 3 || got[0].GetGreeted() != 1 || got[2].GetGreeted() != 3 {
		t.Errorf("got %v, want 1, 2 and 3 of 3", got)
	}
}

func TestAContextEndsForTheCauseThatItIsGiven(t *testing.T) {
	t.Parallel()
	for name, cause := range map[string]error{
		"cancelled": aion.ErrCancelledByEngine, "stopping": aion.ErrWorkerStopping,
		"superseded": aion.ErrSuperseded, "timed out": aion.ErrTimedOut,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := aiontest.Context(t, aion.Info{})
			ctx.Cancel(cause)
			ctx.Cancel(errBusy) // Too late.
			if _, err := untilDone(ctx, godot); !errors.Is(err, cause) {
				t.Errorf("got %v, want %v", err, cause)
			}
			if err := aion.Heartbeat(ctx, godot); !errors.Is(err, cause) {
				t.Errorf("got %v from a heartbeat, want %v", err, cause)
			}
		})
	}
}

func TestAContextEndsWithItsTest(t *testing.T) {
	t.Parallel()
	var done <-chan struct{}
	wantFailure(t, "", func(tb testing.TB) {
		tb.Helper()
		done = aiontest.Context(tb, aion.Info{}).Done()
	})
	select {
	case <-done:
	default:
		t.Error("the context goes on after its test")
	}
}
