package aion_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	aion "github.com/aion-go/aion/runtime"
)

func TestATestContextHasItsInfo(t *testing.T) {
	t.Parallel()
	ctx, cancel := aion.NewTestContext(t.Context(), aion.Info{ActivityType: "charge", Attempt: 3}, nil)
	defer cancel(nil)
	if got, ok := aion.InfoFrom(ctx); !ok || got.ActivityType != "charge" || got.Attempt != 3 {
		t.Errorf("got %+v, %t, want the info that was given", got, ok)
	}
	if err := aion.Heartbeat(ctx, wrapperspb.String("x")); err != nil {
		t.Errorf("got %v from a heartbeat that nobody observes, want none", err)
	}
}

func TestATestContextObservesEveryHeartbeatThatAnEngineWouldTake(t *testing.T) {
	t.Parallel()
	var got []string
	ctx, cancel := aion.NewTestContext(t.Context(), aion.Info{}, func(progress proto.Message) {
		got = append(got, progress.(*wrapperspb.StringValue).GetValue())
	})
	for _, text := range []string{"a", "b"} {
		if err := aion.Heartbeat(context.WithoutCancel(ctx), wrapperspb.String(text)); err != nil {
			t.Error(err)
		}
	}
	large := wrapperspb.String(strings.Repeat("x", aion.MaxFrameBytes))
	for _, unfit := range []proto.Message{nil, large} {
		if err := aion.Heartbeat(ctx, unfit); err == nil {
			t.Errorf("got no error for a progress of %d bytes, want one", proto.Size(unfit))
		}
	}
	cancel(aion.ErrWorkerStopping)
	if err := aion.Heartbeat(ctx, wrapperspb.String("late")); !errors.Is(err, aion.ErrWorkerStopping) {
		t.Errorf("got %v after the end, want its cause", err)
	}
	if text := strings.Join(got, " "); text != "a b" {
		t.Errorf("observed %q, want a b", text)
	}
}

func TestATestContextEndsWithItsParent(t *testing.T) {
	t.Parallel()
	parent, end := context.WithCancelCause(t.Context())
	ctx, cancel := aion.NewTestContext(parent, aion.Info{}, nil)
	defer cancel(nil)
	end(aion.ErrTimedOut)
	if got := context.Cause(ctx); !errors.Is(got, aion.ErrTimedOut) {
		t.Errorf("got cause %v, want that of the parent", got)
	}
}
