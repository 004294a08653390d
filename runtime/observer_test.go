package aion_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"

	aion "github.com/aion-go/aion/runtime"
)

// diary is an observer that writes all down.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) writef(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

func (d *diary) ActivityStarted(info aion.Info) {
	d.writef("started %s %d", info.ActivityType, info.ActivityID)
}

func (d *diary) ActivityEnded(info aion.Info, end aion.ActivityEnd) {
	d.writef("ended %s %d after %s: %v", info.ActivityType, info.ActivityID, end.Duration, end.Failure)
}

func (d *diary) TaskRefused(session aion.Registered, reason aion.RefusalReason) {
	d.writef("refused on %s: %s", session.TaskQueue, reason)
}

func (d *diary) SessionStarted(session aion.Registered) { d.writef("session %d", session.WorkerID) }

func (d *diary) SessionEnded(session aion.Registered, err error) {
	d.writef("session %d ended: %v", session.WorkerID, err)
}

func (d *diary) SessionFailed(endpoint string, reg aion.Registration, err error) {
	d.writef("no session at %s on %s: %T", endpoint, reg.TaskQueue, err)
}

func (d *diary) HeartbeatSent(session aion.Registered, late time.Duration) {
	d.writef("beat %d late %s", session.WorkerID, late)
}

// take returns what was written since it was last called.
func (d *diary) take() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	lines := d.lines
	d.lines = nil

	return lines
}

func (d *diary) want(t *testing.T, step string, lines ...string) {
	t.Helper()
	synctest.Wait()
	if got := d.take(); !slices.Equal(got, lines) {
		t.Errorf("%s: got %q, want %q", step, got, lines)
	}
}

func TestAnObserverIsToldWhatHappens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, first, second := &diary{}, newSession(), newSession()
		second.registered.WorkerID = 2
		o := &opener{script: func(attempt int) (aion.Session, error) {
			switch attempt {
			case 1:
				return first, nil
			case 2:
				return nil, refusal(codes.Unavailable, "away")
			default:
				return second, nil
			}
		}}
		r := startWorker(t, aion.Config{MaxConcurrency: 1, Observer: d}, o,
			func(ctx context.Context, _ *aion.Task) aion.Outcome {
				time.Sleep(2 * time.Second)

				return aion.Failed(ctx, errors.New("no"))
			})
		d.want(t, "start", "session 1")
		first.deliver(task(1), task(2))
		d.want(t, "task", "started charge 1")
		time.Sleep(time.Second)
		d.want(t, "no slot", "refused on payments: no free slot")
		time.Sleep(time.Second)
		d.want(t, "end", "ended charge 1 after 2s: no")
		time.Sleep(window/4 - 2*time.Second)
		d.want(t, "beat", "beat 1 late 0s")
		first.Close(io.ErrUnexpectedEOF)
		time.Sleep(2 * time.Second)
		d.want(t, "loss", "session 1 ended: unexpected EOF",
			"no session at engine:50051 on payments: *aion.RegistrationError", "session 2")
		second.deliver(ack(1))
		r.stop()
		<-r.done
		d.want(t, "stop", "session 2 ended: <nil>")
	})
}

func TestAnObserverIsToldOfAPanicAsAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, s, w := &diary{}, newSession(), newWorker(1)
		w.cfg.Observer = d
		w.serve(t, s, func(context.Context, *aion.Task) aion.Outcome { panic("boom") })
		s.deliver(task(1))
		d.want(t, "panic", "started charge 1", `ended charge 1 after 0s: activity "charge" panicked: boom`)
	})
}

func TestAFailureSaysWhyItIsOne(t *testing.T) {
	t.Parallel()
	panicking := func(context.Context, *aion.Task) aion.Outcome { panic("boom") }
	untilDone := func(ctx context.Context, _ *aion.Task) aion.Outcome {
		<-ctx.Done()

		return aion.Failed(ctx, ctx.Err())
	}
	for name, tt := range map[string]struct {
		handler func(context.Context, *aion.Task) aion.Outcome
		want    error
	}{
		"a panic":        {panicking, aion.ErrPanicked},
		"a cancellation": {untilDone, aion.ErrCancelledByEngine},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				o, s, w := &ends{}, newSession(), newWorker(1)
				w.cfg.Observer = o
				w.serve(t, s, tt.handler)
				s.deliver(task(1))
				synctest.Wait()
				s.deliver(cancelOf(1))
				synctest.Wait()
				if len(o.failures) != 1 || !errors.Is(o.failures[0], tt.want) {
					t.Errorf("got failures %v, want one that is %q", o.failures, tt.want)
				}
			})
		})
	}
}

// ends keeps the failures of one activity after the other.
type ends struct {
	aion.NopObserver

	failures []*aion.Failure
}

func (e *ends) ActivityEnded(_ aion.Info, end aion.ActivityEnd) {
	e.failures = append(e.failures, end.Failure)
}

func TestABeatThatIsSentLateIsObserved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, s, w := &diary{}, newSession(), newWorker(1)
		w.cfg.Observer = d
		w.serve(t, s, done)
		stuck := make(chan struct{})
		s.block(stuck)
		time.Sleep(window/4 + 3*time.Second)
		close(stuck)
		d.want(t, "stuck", "beat 1 late 3s")
	})
}

func TestStatsAndRunningSayHowItStands(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := newSession(), newGate(t)
		cfg := quietConfig()
		cfg.MaxConcurrency, cfg.ActivityTimeout = 2, time.Hour
		w, err := aion.NewWorker(cfg, handlerFunc(g.run))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := w.Stats(), (aion.Stats{Slots: 2, Streams: 1}); got != want {
			t.Errorf("got %+v before the start, want %+v", got, want)
		}
		w.SetOpen(func(context.Context, aion.Registration) (aion.Session, error) { return s, nil })
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- w.Run(ctx) }()
		synctest.Wait()
		s.deliver(task(1), task(2), task(3))
		want := aion.Stats{Slots: 2, Running: 2, Waiting: 1, Sessions: 1, Streams: 1}
		if got := w.Stats(); got != want {
			t.Errorf("got %+v with all slots taken, want %+v", got, want)
		}
		s.deliver(cancelOf(1))
		started := time.Now()
		time.Sleep(time.Minute)
		s.deliver(cancelOf(1)) // Once more: it has ended already.
		running := w.Running()
		slices.SortFunc(running, func(a, b aion.RunningActivity) int {
			return cmp.Compare(a.ActivityID, b.ActivityID)
		})
		if len(running) != 2 || !running[0].Started.Equal(started) ||
			!running[0].Deadline.Equal(started.Add(time.Hour)) {
			t.Fatalf("got %+v, want two that started at %s", running, started)
		}
		if !errors.Is(running[0].Ended, aion.ErrCancelledByEngine) || running[1].Ended != nil {
			t.Errorf("got ends %v and %v, want the first alone, cancelled",
				running[0].Ended, running[1].Ended)
		}
		if !running[0].EndedAt.Equal(started) || !running[1].EndedAt.IsZero() {
			t.Errorf("got ends at %s and %s, want the first alone, at %s",
				running[0].EndedAt, running[1].EndedAt, started)
		}
		time.Sleep(time.Hour)
		for _, r := range w.Running() {
			if r.Ended == nil {
				t.Errorf("got no end of activity %d, whose deadline is over", r.ActivityID)
			}
			if r.ActivityID == 2 && !r.EndedAt.Equal(r.Deadline) {
				t.Errorf("got the end at %s, want the deadline, %s", r.EndedAt, r.Deadline)
			}
		}
		g.release()
		synctest.Wait()
		if got := w.Stats(); got.Unacknowledged != 2 || got.UnacknowledgedBytes == 0 || got.Running != 0 {
			t.Errorf("got %+v without acks, want 2 unacknowledged", got)
		}
		s.deliver(ack(1), ack(2))
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
