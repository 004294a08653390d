package aiontest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"

	aion "github.com/aion-go/aion/runtime"
)

// The ids that Context gives to an activity that is given none.
const (
	workflowID = "018f0000-0000-7000-8000-000000000001"
	runID      = "018f0000-0000-7000-8000-000000000002"
)

var _ context.Context = (*Activity)(nil)

// Activity is the context of an activity that the test calls itself, as a method
// of the implementation. It is safe for concurrent use.
type Activity struct {
	context.Context //nolint:containedctx // It is one.

	tb     testing.TB
	cancel context.CancelCauseFunc

	mu       sync.Mutex
	progress []proto.Message // Guarded by mu.
}

// Context returns the context of an activity for a test without an engine: to
// aion.InfoFrom and aion.Heartbeat it is one that a worker has made.
//
//	ctx := aiontest.Context(t, aion.Info{Attempt: 3})
//	out, err := shop{}.Price(ctx, &shopv1.PriceRequest{Article: "tea"})
//
// Ids, names, the attempt (1) and the idempotency key are filled in where info
// has none. The context ends with the test.
func Context(tb testing.TB, info aion.Info) *Activity {
	tb.Helper()
	a := &Activity{tb: tb} // Its context ends with that of tb at the latest.
	a.Context, a.cancel = aion.NewTestContext(tb.Context(), filledIn(info), a.observe)

	return a
}

func filledIn(info aion.Info) aion.Info {
	info.WorkflowID = cmp.Or(info.WorkflowID, workflowID)
	info.RunID = cmp.Or(info.RunID, runID)
	info.ActivityType = cmp.Or(info.ActivityType, "activity")
	info.Attempt = cmp.Or(info.Attempt, 1)
	info.IdempotencyKey = cmp.Or(info.IdempotencyKey,
		fmt.Sprintf("%s:%d", info.RunID, info.ActivityID))
	info.TaskQueue = cmp.Or(info.TaskQueue, "test")
	info.Namespace = cmp.Or(info.Namespace, aion.DefaultNamespace)
	info.Worker = cmp.Or(info.Worker, "aiontest")

	return info
}

// Cancel ends the context for a cause: aion.ErrCancelledByEngine,
// aion.ErrWorkerStopping, aion.ErrSuperseded or aion.ErrTimedOut. The first one
// counts.
func (a *Activity) Cancel(cause error) { a.cancel(cause) }

func (a *Activity) observe(progress proto.Message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.progress = append(a.progress, proto.Clone(progress))
}

func (a *Activity) test() testing.TB { return a.tb }

func (a *Activity) heartbeats(newMessage func() proto.Message) ([]proto.Message, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	want := newMessage().ProtoReflect().Descriptor()
	for i, m := range a.progress {
		if got := m.ProtoReflect().Descriptor(); got != want {
			return nil, fmt.Errorf("heartbeat %d is a %s, want a %s: %v",
				i+1, got.FullName(), want.FullName(), m)
		}
	}

	return slices.Clone(a.progress), nil
}
