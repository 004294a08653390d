package aion_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	aion "github.com/aion-go/aion/runtime"
)

// charge is a limit of the activity that the scripted tasks have.
func charge(l aion.Limit) aion.Limit {
	l.TaskQueue, l.ActivityType = "payments", "charge"

	return l
}

// startTimes is a handler that notes when each run starts, since began.
type startTimes struct {
	began time.Time
	times []time.Duration
}

func (s *startTimes) run(context.Context, *aion.Task) aion.Outcome {
	s.times = append(s.times, time.Since(s.began)) // The limits of these tests keep runs apart.

	return aion.Completed([]byte(`"done"`))
}

func TestALimitBoundsHowManyRunAtOnceAndLetsOthersPass(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s, g := newWorker(4), newSession(), newGate(t)
		w.executions.SetLimit(charge(aion.Limit{MaxConcurrency: 2}))
		w.serve(t, s, g.run)
		s.deliver(task(1), task(2), task(3), other(4), other(5))
		if got := fmt.Sprint(g.started); g.starts() != 4 || w.executions.Waiting() != 1 {
			t.Fatalf("got %d started and %d waiting, want 2 of the limited and 2 others: %s",
				g.starts(), w.executions.Waiting(), got)
		}
		time.Sleep(2 * window)
		synctest.Wait()
		if got := s.sent(aion.FrameRefusal); len(got) != 0 {
			t.Fatalf("got refusals %v without MaxWait, want none", got)
		}
		g.release()
		synctest.Wait()
		if got := len(s.sent(aion.FrameResult)); got != 5 {
			t.Errorf("got %d results in the end, want 5", got)
		}
	})
}

// other is a task of an activity that no test limits.
func other(n uint64) aion.Event {
	e := task(n)
	e.Task.ActivityType = "refund"

	return e
}

func TestALimitHandsBackWhatWaitsTooLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s, g := newWorker(4), newSession(), newGate(t)
		w.executions.SetLimit(charge(aion.Limit{MaxConcurrency: 1, MaxWait: 5 * time.Second}))
		w.serve(t, s, g.run)
		s.deliver(task(1), task(2))
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if got := s.sent(aion.FrameRefusal); len(got) != 0 {
			t.Fatalf("got refusals %v before MaxWait, want none", got)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		got := s.sent(aion.FrameRefusal)
		if len(got) != 1 || got[0].Key != key(2) || got[0].Reason != string(aion.RefusedForLimit) {
			t.Fatalf("got refusals %v after MaxWait, want the second task's, for the limit", got)
		}
	})
}

func TestASlotThatIsMissingIsRefusedSoonInSpiteOfALimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s, g := newWorker(1), newSession(), newGate(t)
		w.executions.SetLimit(charge(aion.Limit{MaxConcurrency: 3, MaxWait: time.Minute}))
		w.serve(t, s, g.run)
		s.deliver(task(1), task(2))
		time.Sleep(time.Second)
		synctest.Wait()
		if got := s.sent(aion.FrameRefusal); len(got) != 1 || got[0].Reason != string(aion.RefusedForSlot) {
			t.Fatalf("got refusals %v, want one for want of a slot", got)
		}
	})
}

func TestATaskThatGetsASlotBeforeItsLimitLetsItGoIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s, g := newWorker(1), newSession(), newGate(t)
		w.executions.SetLimit(charge(aion.Limit{PerSecond: 0.1}))
		w.serve(t, s, func(ctx context.Context, task *aion.Task) aion.Outcome {
			if task.ActivityType == "refund" {
				return g.run(ctx, task)
			}

			return aion.Completed([]byte(`"done"`))
		})
		s.deliver(task(1), other(2), task(3))
		time.Sleep(100 * time.Millisecond)
		g.release()
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if got := s.sent(aion.FrameRefusal); len(got) != 0 {
			t.Fatalf("got refusals %v, want none: there was a slot in time, and no MaxWait", got)
		}
		if got := len(s.sent(aion.FrameResult)); got != 3 {
			t.Errorf("got %d results, want 3", got)
		}
	})
}

func TestARateStartsSoManyASecondAfterABurst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(8), newSession()
		starts := &startTimes{began: time.Now()}
		w.executions.SetLimit(charge(aion.Limit{PerSecond: 2, Burst: 1}))
		w.serve(t, s, starts.run)
		s.deliver(task(1), task(2), task(3), task(4))
		time.Sleep(time.Minute)
		synctest.Wait()
		want := []time.Duration{0, time.Second / 2, time.Second, 3 * time.Second / 2}
		if got := starts.times; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got starts at %v, want %v", got, want)
		}
	})
}

func TestALimitChangesWhileTasksRunAndWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s, g := newWorker(8), newSession(), newGate(t)
		w.serve(t, s, g.run)
		s.deliver(task(1), task(2))
		w.executions.SetLimit(charge(aion.Limit{MaxConcurrency: 2}))
		s.deliver(task(3), task(4))
		if got := g.starts(); got != 2 {
			t.Fatalf("got %d started, want those alone that ran before the limit", got)
		}
		w.executions.SetLimit(charge(aion.Limit{MaxConcurrency: 3}))
		synctest.Wait()
		if got := g.starts(); got != 3 {
			t.Fatalf("got %d started with a limit of 3, want 3", got)
		}
		w.executions.SetLimit(charge(aion.Limit{MaxConcurrency: 1, MaxWait: time.Second}))
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := s.sent(aion.FrameRefusal); len(got) != 1 || got[0].Key != key(4) {
			t.Fatalf("got refusals %v with a MaxWait, want the one that waits", got)
		}
		s.deliver(redelivered(task(4), "again"))
		w.executions.SetLimit(charge(aion.Limit{}))
		synctest.Wait()
		if got := g.starts(); got != 4 {
			t.Errorf("got %d started without a limit, want all 4", got)
		}
	})
}

func TestASlowRateDoesNotHoldUpAStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		s := newSession()
		o := &opener{script: func(int) (aion.Session, error) { return s, nil }}
		r := startWorker(t, aion.Config{
			Limits: []aion.Limit{charge(aion.Limit{PerSecond: 0.0001})},
		}, o, done)
		s.deliver(task(1), task(2))
		if got := len(s.sent(aion.FrameResult)); got != 1 {
			t.Fatalf("got %d results, want the one that the rate allows", got)
		}
		s.deliver(ack(1))
		r.stop()
		<-r.done
		if got := time.Since(began); got > aion.DefaultStopTimeout || r.err != nil {
			t.Errorf("got a stop of %s, %v, want one within StopTimeout", got, r.err)
		}
	})
}

func TestALimitThatMakesNoSenseIsAnError(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		limit aion.Limit
		want  string
	}{
		"activity":    {aion.Limit{TaskQueue: "payments", ActivityType: "dance"}, "no such activity"},
		"queue":       {aion.Limit{TaskQueue: "ballet", ActivityType: "charge"}, "no such activity"},
		"concurrency": {charge(aion.Limit{MaxConcurrency: -1}), "field MaxConcurrency is -1"},
		"rate":        {charge(aion.Limit{PerSecond: -0.5}), "field PerSecond is -0.5"},
		"burst":       {charge(aion.Limit{Burst: -1}), "field Burst is -1"},
		"wait":        {charge(aion.Limit{MaxWait: -time.Second}), "field MaxWait is -1s"},
	} {
		_, err := aion.NewWorker(aion.Config{
			Endpoint: "engine:50051", MaxConcurrency: 1, Logger: slog.New(slog.DiscardHandler),
			Limits: []aion.Limit{tt.limit},
		}, handlerFunc(done))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q in it", name, err, tt.want)
		}
	}
}
