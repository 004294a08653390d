package aion_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	aion "github.com/aion-go/aion/runtime"
)

// What can happen to a task while it waits for a slot.

// tokens returns the tokens of the frames of a kind, in the order of the sends.
func tokens(s *scriptedSession, kind aion.FrameKind) []string {
	frames := s.sent(kind)
	all := make([]string, 0, len(frames))
	for _, f := range frames {
		all = append(all, f.Token)
	}

	return all
}

func TestWaitingTasksStartInTheOrderOfTheirArrival(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		var started []uint64
		w.serve(t, s, func(_ context.Context, task *aion.Task) aion.Outcome {
			started = append(started, task.ActivityID)
			time.Sleep(50 * time.Millisecond)

			return aion.Completed([]byte("1"))
		})
		s.deliver(task(1), task(2), task(3), task(4))
		time.Sleep(time.Second)
		synctest.Wait()
		want := []uint64{1, 2, 3, 4}
		if len(started) != len(want) {
			t.Fatalf("got starts %v, want %v", started, want)
		}
		for i := range want {
			if started[i] != want[i] {
				t.Fatalf("got starts %v, want %v", started, want)
			}
		}
	})
}

func TestARefusedTaskIsNewWhenItComesAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s, g := newWorker(1), newSession(), newGate(t)
		w.serve(t, s, g.run)
		s.deliver(task(1), task(2))
		time.Sleep(time.Second)
		s.deliver(redelivered(task(2), "again"))
		g.release()
		synctest.Wait()
		if got := tokens(s, aion.FrameRefusal); len(got) != 1 || got[0] != "token-2" {
			t.Fatalf("got refusals of %v, want token-2 alone", got)
		}
		if got := tokens(s, aion.FrameResult); len(got) != 2 || g.starts() != 2 {
			t.Fatalf("got results of %v and %d starts, want both activities", got, g.starts())
		}
	})
}

func TestAWaitingTaskIsRefusedUnderItsNewestToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, first, second, g := newWorker(1), newSession(), newSession(), newGate(t)
		w.serve(t, first, g.run)
		w.serve(t, second, g.run)
		first.deliver(task(1), task(2))
		time.Sleep(100 * time.Millisecond)
		second.deliver(redelivered(task(2), "newest"))
		time.Sleep(150 * time.Millisecond)
		synctest.Wait()
		if got := tokens(first, aion.FrameRefusal); len(got) != 0 {
			t.Errorf("got refusals of %v on the older stream, want none", got)
		}
		if got := tokens(second, aion.FrameRefusal); len(got) != 1 || got[0] != "newest" {
			t.Errorf("got refusals of %v on the newest stream, want the newest token's", got)
		}
	})
}

func TestAWaitingTaskThatIsSupersededNeverStarts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s, g := newWorker(1), newSession(), newGate(t)
		w.serve(t, s, g.run)
		s.deliver(task(1), task(2), attempt(task(2), 2))
		got := s.sent(aion.FrameResult)
		if len(got) != 1 || got[0].Token != "token-2" || got[0].Outcome.Failure == nil ||
			got[0].Outcome.Failure.Kind != aion.KindRetryable ||
			!errors.Is(got[0].Outcome.Failure, aion.ErrSuperseded) {
			t.Fatalf("got results %+v, want a retryable one: superseded", got)
		}
		g.release()
		synctest.Wait()
		if g.starts() != 2 || g.started[1].Attempt != 2 {
			t.Fatalf("got starts %+v, want activity 1 and attempt 2 of activity 2", g.started)
		}
	})
}

func TestAWaitingTaskEndsWithItsStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, first, second, g := newWorker(1), newSession(), newSession(), newGate(t)
		r := w.serve(t, first, g.run)
		w.serve(t, second, g.run)
		first.deliver(task(1), task(2))
		breakStream(first, r)
		g.release()
		synctest.Wait()
		if g.starts() != 1 {
			t.Fatalf("got %d starts, want 1: the engine has given the other task away", g.starts())
		}
	})
}

const (
	// lull is how long a stream that stops stays after its last answer.
	lull = time.Second
	// slotWait is how long a task waits before it is handed back, and at least before
	// the stream that brought it ends.
	slotWait = 250 * time.Millisecond
)

// A stream that gives slots back, or gets tasks, and ends at once has the engine lose
// those that it gave to it at that moment.
func TestAStoppingStreamStaysUntilTheEngineIsDoneWithIt(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		slots         int           // That the engine knows of.
		before, comes []aion.Event  // Besides task 1, which ends during the stop.
		wait          time.Duration // How long that takes.
		late          time.Duration // When comes comes, once nothing runs.
		refused       []string      // The tokens that are handed back.
		took          time.Duration
	}{
		"nothing waits":      {slots: 2, took: lull},
		"a task waits":       {slots: 2, before: []aion.Event{task(2)}, took: lull},
		"a task comes":       {slots: 2, comes: []aion.Event{task(2)}, took: lull},
		"its slot was taken": {slots: 1, before: []aion.Event{task(2)}, took: lull},
		"its slot is taken":  {slots: 1, comes: []aion.Event{task(2)}, took: lull},
		"a task comes late": {
			slots: 2, comes: []aion.Event{task(2)}, late: lull - 1, took: lull - 1 + slotWait,
		},
		"what waits long is handed back": {
			slots: 1, before: []aion.Event{task(2)}, wait: time.Second,
			refused: []string{"token-2"}, took: lull,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, s, g := newWorker(1), newSession(), newGate(t)
				s.registered.MaxConcurrency = tt.slots
				r := w.serve(t, s, g.run)
				s.deliver(append([]aion.Event{task(1)}, tt.before...)...)
				r.stop()
				time.Sleep(tt.wait)
				synctest.Wait()
				g.release()
				synctest.Wait()
				began := time.Now()
				s.deliver(ack(1))
				time.Sleep(tt.late)
				s.deliver(tt.comes...)
				<-r.done
				if took := time.Since(began); took != tt.took {
					t.Errorf("the stop took %s once nothing ran, want %s", took, tt.took)
				}
				if got := tokens(s, aion.FrameRefusal); !slices.Equal(got, tt.refused) || g.starts() != 1 {
					t.Fatalf("got refusals of %v and %d starts, want %v and 1", got, g.starts(), tt.refused)
				}
			})
		})
	}
}

func TestRule11RunDoesNotWaitForAWaitThatIsOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSession()
		w, err := aion.NewWorker(
			aion.Config{Endpoint: "engine:1", MaxConcurrency: 1, Logger: newWorker(1).cfg.Logger},
			handlerFunc(untilCancelled),
		)
		if err != nil {
			t.Fatal(err)
		}
		w.SetOpen(func(context.Context, aion.Registration) (aion.Session, error) { return s, nil })
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		s.deliver(task(1), task(2), task(3), cancelOf(3), cancelOf(1))
		s.deliver(cancelOf(2))
		for n := range uint64(3) {
			s.deliver(ack(n + 1))
		}
		began := time.Now()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("got %v, want nil", err)
		}
		if took := time.Since(began); took != lull {
			t.Errorf("Run took %s to stop with nothing held, want %s", took, lull)
		}
	})
}

func TestAFreeSlotGoesPastTheTasksOfAStoppingStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, stopping, live, g := newWorker(2), newSession(), newSession(), newGate(t)
		r := w.serve(t, stopping, g.run)
		w.serve(t, live, done)
		stopping.deliver(task(1))
		r.stop()
		synctest.Wait()
		stopping.deliver(task(2))
		live.deliver(task(3))
		if got := live.sent(aion.FrameResult); len(got) != 1 {
			t.Fatalf("got results %+v on the live stream, want one at once", got)
		}
	})
}

func TestAnOlderAttemptIsNotRefusedInATightLoop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(4), newSession()
		s.onSend = func(f aion.Frame) {
			if f.Kind == aion.FrameRefusal {
				s.events <- redelivered(task(1), "again")
			}
		}
		w.serve(t, s, untilCancelled)
		s.deliver(attempt(task(1), 2), task(1))
		time.Sleep(time.Second + time.Millisecond)
		synctest.Wait()
		if got := len(s.sent(aion.FrameRefusal)); got != 4 {
			t.Fatalf("got %d refusals in a second, want one every 250 ms", got)
		}
	})
}

func TestALowerAttemptRunsOnceTheHigherOneHasEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(4), newSession()
		w.serve(t, s, done)
		s.deliver(attempt(task(1), 2))
		s.deliver(redelivered(task(1), "reopened"))
		if got := tokens(s, aion.FrameResult); len(got) != 2 || got[1] != "reopened" {
			t.Fatalf("got results of %v, want the lower attempt run as well", got)
		}
	})
}
