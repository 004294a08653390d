package aion_test

import (
	"testing"
	"testing/synctest"
	"time"

	aion "github.com/aion-go/aion/runtime"
)

func TestRule5AnAdoptedTaskLeavesTheStreamThatHadIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, first, second, g := newWorker(1), newSession(), newSession(), newGate(t)
		r := w.serve(t, first, g.run)
		w.serve(t, second, g.run)
		first.deliver(task(1))
		second.deliver(redelivered(task(1), "new"))
		time.Sleep(window / 4)
		synctest.Wait()
		if _, n := beats(first); n != 0 {
			t.Errorf("got %d task beats on the older stream, want 0", n)
		}
		if _, n := beats(second); n != 1 {
			t.Errorf("got %d task beats on the newest stream, want 1", n)
		}
		began := time.Now()
		first.deliver(aion.Event{Kind: aion.EventDrain})
		<-r.done
		if took := time.Since(began); took != 0 {
			t.Errorf("the older stream took %s to drain, want 0: it holds nothing", took)
		}
	})
}
