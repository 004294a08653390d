package aion_test

import (
	"errors"
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

func TestRule6ACancelIsForItsOwnStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, older, newer, g := newWorker(4), newSession(), newSession(), newGate(t)
		w.serve(t, older, g.run)
		w.serve(t, newer, g.run)
		older.deliver(task(1))
		// The engine replaces attempt 1, which timed out, and cancels it where it was.
		newer.deliver(attempt(task(1), 2))
		older.deliver(cancelOf(1))
		g.release()
		synctest.Wait()
		for _, cause := range g.causes {
			if errors.Is(cause, aion.ErrCancelledByEngine) {
				t.Errorf("got cause %v: the attempt on the other stream was cancelled", cause)
			}
		}
	})
}

func TestRule6ACancelReachesWhatAnEndedStreamLeftBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, first, second := newWorker(1), newSession(), newSession()
		r := w.serve(t, first, untilCancelled)
		first.deliver(task(1))
		breakStream(first, r)
		w.serve(t, second, untilCancelled)
		second.deliver(cancelOf(1))
		if n := w.executions.Running(); n != 0 {
			t.Errorf("got %d running after the cancel, want 0", n)
		}
	})
}

func TestRule5AFallbackQueueIsNotAnsweredByTheFirstOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, first, fallback := newWorker(4), newSession(), newSession()
		w.serve(t, first, failing(aion.PolicyRefused(errors.New("not here"))))
		w.serve(t, fallback, done)
		first.deliver(task(1))
		e := redelivered(task(1), "fallback")
		e.Task.TaskQueue = "fallback"
		fallback.deliver(e)
		got := fallback.sent(aion.FrameResult)
		if len(got) != 1 || got[0].Outcome.Failure != nil {
			t.Fatalf("got %+v on the fallback queue, want its own handler's result", got)
		}
	})
}

func TestRule8ATaskThatIsAdoptedAfterTheGraceIsCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, lost, stopping := newWorker(2), newSession(), newSession()
		lostRun := w.serve(t, lost, untilCancelled)
		stoppingRun := w.serve(t, stopping, untilCancelled)
		lost.deliver(task(1))
		stopping.deliver(task(2))
		stoppingRun.stop()
		time.Sleep(aion.DefaultStopGrace + time.Second)
		breakStream(lost, lostRun)
		stopping.deliver(redelivered(task(1), "new"))
		got := stopping.sent(aion.FrameResult)
		if len(got) != 2 || got[1].Token != "new" ||
			!errors.Is(got[1].Outcome.Failure, aion.ErrWorkerStopping) {
			t.Fatalf("got %+v, want the adopted task cancelled: worker stopping", got)
		}
	})
}
