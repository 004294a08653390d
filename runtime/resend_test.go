package aion_test

import (
	"testing"
	"testing/synctest"
	"time"

	aion "github.com/aion-go/aion/runtime"
)

// count is how many frames of a kind have a token.
func count(s *scriptedSession, kind aion.FrameKind, token string) int {
	n := 0
	for _, f := range s.sent(kind) {
		if f.Token == token {
			n++
		}
	}

	return n
}

func TestRule3EachOutcomeHasAWindowOfItsOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		w.serve(t, s, done)
		s.deliver(task(1))
		time.Sleep(3 * window / 4)
		s.deliver(task(2))
		// By now the first has been sent again, and the second's window is over.
		time.Sleep(window + time.Second)
		synctest.Wait()
		if got := count(s, aion.FrameResult, "token-1"); got != 2 {
			t.Errorf("got %d sends of the first outcome, want 2", got)
		}
		if got := count(s, aion.FrameResult, "token-2"); got != 2 {
			t.Errorf("got %d sends of the second outcome a window after its first, want 2", got)
		}
	})
}

func TestRule8ATokenThatComesTwiceIsAwaitedOnce(t *testing.T) {
	t.Parallel()
	for name, stuck := range map[string]bool{"after its outcome was sent": false, "before": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, s, sends := newWorker(1), newSession(), make(chan struct{})
				r := w.serve(t, s, done)
				if stuck {
					s.block(sends)
					s.deliver(aion.Event{Kind: aion.EventPing})
				}
				s.deliver(task(1))
				s.deliver(task(1))
				close(sends)
				synctest.Wait()
				for range s.sent(aion.FrameResult) {
					s.deliver(ack(1))
				}
				began := time.Now()
				r.stop()
				<-r.done
				if took := time.Since(began); took != lull || w.tracker.Len() != 0 {
					t.Errorf("the stop took %s with %d unacknowledged, want %s with 0",
						took, w.tracker.Len(), lull)
				}
			})
		})
	}
}

func TestRule3TheBacklogMovesToAnotherStreamOfTheServerAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, first, second := newWorker(1), newSession(), newSession()
		r := w.serve(t, first, done)
		w.serve(t, second, done)
		first.deliver(task(1))
		breakStream(first, r)
		synctest.Wait()
		if got := count(second, aion.FrameResult, "token-1"); got != 1 {
			t.Errorf("got %d sends on the stream that is left, want 1", got)
		}
	})
}

func TestRule3ASlowStreamGetsNoOutcomeTwiceWithinAWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, first, slow := newWorker(1), newSession(), newSession()
		r := w.serve(t, first, done)
		for n := range uint64(30) {
			first.deliver(task(n))
		}
		breakStream(first, r)
		slow.onSend = func(aion.Frame) { time.Sleep(3 * time.Second) }
		w.serve(t, slow, done)
		time.Sleep(10 * window)
		slow.mu.Lock()
		defer slow.mu.Unlock()
		last := map[string]time.Time{}
		for i, f := range slow.frames {
			if f.Kind != aion.FrameResult {
				continue
			}
			if before, sent := last[f.Token]; sent && slow.sentAt[i].Sub(before) < window {
				t.Fatalf("got %s again after %s, want a window at least",
					f.Token, slow.sentAt[i].Sub(before))
			}
			last[f.Token] = slow.sentAt[i]
		}
		if len(last) != 30 {
			t.Fatalf("got %d outcomes on the slow stream, want all 30", len(last))
		}
	})
}
