package aion_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	aion "github.com/aion-go/aion/runtime"
)

// keptOutcomes lets a worker keep the outcomes of n activities with results of
// the given size: their acks come on another stream than their tasks. It
// returns that stream.
func keptOutcomes(t *testing.T, w *worker, n uint64, size int, g *gate) *scriptedSession {
	t.Helper()
	result := []byte(`"` + strings.Repeat("x", size) + `"`)
	h := func(ctx context.Context, task *aion.Task) aion.Outcome {
		g.run(ctx, task)

		return aion.Completed(result)
	}
	w.cfg.MaxUnacknowledged = int(n) + 1
	first := newSession()
	r := w.serve(t, first, h)
	for i := range n {
		first.deliver(task(i))
	}
	breakStream(first, r)
	second := newSession()
	w.serve(t, second, h)
	for i := range n {
		second.deliver(ack(i))
	}
	if got := w.tracker.Len(); got != 0 {
		t.Fatalf("got %d unacknowledged, want 0", got)
	}
	second.clear()

	return second
}

func TestRule5KeptOutcomesAreBounded(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		number uint64
		size   int
	}{
		"in number": {10_001, 0},
		"in bytes":  {65, 1 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, g := newWorker(1), newGate(t)
				g.release()
				s := keptOutcomes(t, w, tt.number, tt.size, g)
				before := g.starts()
				s.deliver(redelivered(task(tt.number-1), "newest"))
				if got := g.starts() - before; got != 0 {
					t.Errorf("got %d starts of the activity kept last, want 0", got)
				}
				s.deliver(redelivered(task(0), "oldest"))
				if got := g.starts() - before; got != 1 {
					t.Errorf("got %d starts of the oldest beyond the bound, want 1", got)
				}
			})
		})
	}
}

func TestRule5AKeptOutcomeThatIsAskedForAgainCountsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, g := newWorker(1), newGate(t)
		g.release()
		s := keptOutcomes(t, w, 1, 0, g)
		// The older ack's four windows are over before the newer answer has its ack.
		s.deliver(redelivered(task(0), "new"))
		time.Sleep(4*window + time.Second)
		s.deliver(redelivered(task(0), "newer"))
		if got := g.starts(); got != 1 {
			t.Errorf("got %d starts, want 1: the outcome has no ack yet", got)
		}
	})
}

func TestRule5AnAckOfAnOlderTokenLeavesTheNewestDelivery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s, g := newWorker(1), newSession(), newGate(t)
		g.release()
		w.serve(t, s, g.run)
		s.deliver(task(1))
		s.deliver(redelivered(task(1), "new"), ack(1), redelivered(task(1), "newer"))
		if got := g.starts(); got != 1 {
			t.Errorf("got %d starts, want 1: only the older token was acknowledged", got)
		}
		if got := fmt.Sprint(tokens(s, aion.FrameResult)); got != "[token-1 new newer]" {
			t.Errorf("got results of %s, want all three tokens", got)
		}
	})
}

func TestRule5ANewerAttemptEndsWhatIsKeptOfTheOlder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, g := newWorker(2), newGate(t)
		g.release()
		s := keptOutcomes(t, w, 1, 0, g)
		s.deliver(attempt(task(0), 3))
		s.deliver(ack(0))
		s.deliver(redelivered(task(0), "old"))
		if got := g.starts(); got != 3 {
			t.Errorf("got %d starts, want 3: nothing was left to answer with", got)
		}
	})
}

func TestRule5AnAckAfterANewerAttemptKeepsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, g := newWorker(1), newGate(t)
		g.release()
		first := newSession()
		r := w.serve(t, first, g.run)
		first.deliver(task(1))
		breakStream(first, r)
		second := newSession()
		w.serve(t, second, g.run)
		second.deliver(attempt(task(1), 2), ack(1))
		if got := fmt.Sprint(tokens(second, aion.FrameResult)); got != "[token-1 token-1/2]" {
			t.Errorf("got results of %s, want those of both attempts", got)
		}
		if got := w.executions.Kept(); got != 0 {
			t.Errorf("got %d kept outcomes, want 0: nobody asks for the older attempt's", got)
		}
	})
}
