package aion_test

import (
	"testing"
	"testing/synctest"
	"time"

	aion "github.com/aion-go/aion/runtime"
)

func TestRule1ASendHasOneWindowAndNoMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		r := w.serve(t, s, done)
		s.block(make(chan struct{}))
		began := time.Now()
		s.deliver(aion.Event{Kind: aion.EventPing})
		<-r.done
		if took := time.Since(began); took != window {
			t.Errorf("the stream ended %s after a send that is stuck, want %s", took, window)
		}
	})
}

func TestRule1ASecondDrainRequestChangesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s, g := newWorker(1), newSession(), newGate(t)
		r := w.serve(t, s, g.run)
		s.deliver(task(1), aion.Event{Kind: aion.EventDrain}, aion.Event{Kind: aion.EventDrain})
		if r.ended() {
			t.Fatal("the stream ended before its handler")
		}
		g.release()
		s.deliver(ack(1))
		<-r.done
		if r.end != aion.Drained || !r.health.Drained {
			t.Errorf("got %s with health %+v, want drained", r.end, r.health)
		}
	})
}
