package aion_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	aion "github.com/aion-go/aion/runtime"
)

func TestAnEngineThatAcknowledgesNothingDoesNotFillTheMemory(t *testing.T) {
	t.Parallel()
	large := func(context.Context, *aion.Task) aion.Outcome {
		return aion.Completed([]byte(`"` + strings.Repeat("x", 1<<20) + `"`))
	}
	for _, c := range []struct {
		name    string
		cfg     aion.ServeConfig
		handler handlerFunc
		tasks   uint64
		want    int
	}{
		{"by number", aion.ServeConfig{MaxUnacknowledged: 100}, done, 500, 100},
		{"by number, by default", aion.ServeConfig{}, done, 100_000, aion.DefaultMaxUnacknowledged},
		{"by bytes", aion.ServeConfig{MaxUnacknowledgedBytes: 3 << 20}, large, 10, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, s := newWorker(4), newSession()
				c.cfg.Logger = w.cfg.Logger
				w.cfg = c.cfg
				w.serve(t, s, c.handler)
				for n := range c.tasks {
					s.events <- task(n)
				}
				time.Sleep(time.Second)
				synctest.Wait()
				refusals := s.sent(aion.FrameRefusal)
				// What runs when the limit is reached ends all the same.
				if got := w.tracker.Len(); got < c.want || got > c.want+3 {
					t.Fatalf("got %d unacknowledged outcomes, want %d", got, c.want)
				}
				if got := len(refusals) + w.tracker.Len(); got != int(c.tasks) {
					t.Fatalf("got %d answers to %d tasks", got, c.tasks)
				}
				if got := refusals[0].Reason; got != "too many unacknowledged results" {
					t.Errorf("got the reason %q", got)
				}
			})
		})
	}
}

func TestAnAckMakesRoomForATaskThatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(4), newSession()
		w.cfg.MaxUnacknowledged = 2
		w.serve(t, s, done)
		for n := range uint64(3) { // One after the other: what runs counts once it has ended.
			s.deliver(task(n + 1))
		}
		if got := len(s.sent(aion.FrameResult)); got != 2 {
			t.Fatalf("got %d results, want 2", got)
		}
		s.deliver(ack(1))
		if got := s.sent(aion.FrameResult); len(got) != 3 || got[2].Token != "token-3" {
			t.Errorf("got results %+v, want the third task's", got)
		}
	})
}

func TestAResultThatIsSentForDaysTakesNoMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(4), newSession()
		w.serve(t, s, done)
		s.deliver(task(1))
		time.Sleep(1000 * window)
		if got := w.tracker.EntriesOfSends(); got != 1 {
			t.Errorf("got %d entries in the books, want one for the same result", got)
		}
		s.deliver(ack(1))
		if got := w.tracker.Len(); got != 0 {
			t.Errorf("got %d unacknowledged, want 0", got)
		}
		if got := len(s.sent(aion.FrameResult)); got < 999 {
			t.Errorf("got %d sends, want one a window", got)
		}
	})
}
