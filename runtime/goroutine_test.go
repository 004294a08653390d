package aion_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	aion "github.com/aion-go/aion/runtime"
)

func TestASlotIsTakenUntilTheHandlersGoroutinesHaveReturned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		w.serve(t, s, func(ctx context.Context, _ *aion.Task) aion.Outcome {
			aion.Go(ctx, func() {
				time.Sleep(time.Minute)
				aion.Go(ctx, func() { time.Sleep(time.Minute) })
			})

			return aion.Completed([]byte(`"done"`))
		})
		s.deliver(task(1))
		time.Sleep(2*time.Minute - time.Second)
		if got := len(s.sent(aion.FrameResult)); got != 0 || w.executions.Running() != 1 {
			t.Fatalf("got %d results and %d running while a goroutine runs, want 0 and 1",
				got, w.executions.Running())
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := s.sent(aion.FrameResult); len(got) != 1 || string(got[0].Outcome.Result) != `"done"` {
			t.Fatalf("got results %v after the goroutines, want the handler's", got)
		}
		if got := w.executions.Running(); got != 0 {
			t.Errorf("got %d running in the end, want 0", got)
		}
	})
}

func TestAPanicOfAGoroutineFailsItsActivityAndEndsItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		w.serve(t, s, func(ctx context.Context, _ *aion.Task) aion.Outcome {
			aion.Go(ctx, func() { <-ctx.Done() })
			aion.Go(ctx, func() { panic("boom") })
			<-ctx.Done()
			if got := context.Cause(ctx); got == nil || !strings.Contains(got.Error(), "boom") {
				t.Errorf("got cause %v, want the panic", got)
			}

			return aion.Completed([]byte(`"done"`))
		})
		s.deliver(task(1))
		results := s.sent(aion.FrameResult)
		if len(results) != 1 || results[0].Outcome.Failure == nil {
			t.Fatalf("got results %v, want one failure", results)
		}
		failure := results[0].Outcome.Failure
		if failure.Kind != aion.KindRetryable || failure.Error() != `activity "charge" panicked: boom` {
			t.Errorf("got %v, %q, want a retryable failure that has the panic", failure.Kind, failure)
		}
	})
}

func TestTheGoroutinesOfAFailedHandlerSeeTheirContextEnd(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]handlerFunc{
		"error": func(ctx context.Context, _ *aion.Task) aion.Outcome {
			return aion.Failed(ctx, errors.New("no"))
		},
		"panic": func(context.Context, *aion.Task) aion.Outcome { panic("no") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSession()
				newWorker(1).serve(t, s, func(ctx context.Context, task *aion.Task) aion.Outcome {
					aion.Go(ctx, func() { <-ctx.Done() })

					return handler(ctx, task)
				})
				s.deliver(task(1))
				got := s.sent(aion.FrameResult)
				if len(got) != 1 || !strings.Contains(got[0].Outcome.Failure.Error(), "no") {
					t.Fatalf("got results %v, want the handler's failure", got)
				}
			})
		})
	}
}

func TestGoWithoutAnActivityPanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if got, ok := recover().(error); !ok || !errors.Is(got, aion.ErrNoActivity) {
			t.Errorf("got panic %v, want ErrNoActivity", got)
		}
	}()
	aion.Go(t.Context(), func() {})
}

func TestGoAfterTheEndIsLoggedAndNotStarted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		var late sync.WaitGroup
		w, s := newWorker(1), newSession()
		w.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
		end := make(chan struct{})
		w.serve(t, s, func(ctx context.Context, _ *aion.Task) aion.Outcome {
			late.Go(func() {
				<-end
				aion.Go(ctx, func() { t.Error("a goroutine ran after the end of its activity") })
			})

			return aion.Completed([]byte(`"done"`))
		})
		s.deliver(task(1))
		close(end)
		late.Wait()
		synctest.Wait()
		if !strings.Contains(log.String(), "its activity has ended") ||
			!strings.Contains(log.String(), "activity_type=charge") {
			t.Errorf("got log %q, want an error that names the activity", log.String())
		}
	})
}

func TestAStopCancelsTheGoroutinesOfAnActivity(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		w.cfg.StopGrace = time.Second
		r := w.serve(t, s, func(ctx context.Context, _ *aion.Task) aion.Outcome {
			aion.Go(ctx, func() { <-ctx.Done() })

			return aion.Completed([]byte(`"done"`))
		})
		s.deliver(task(1))
		r.stop()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := s.sent(aion.FrameResult); len(got) != 1 {
			t.Fatalf("got results %v once the grace is over, want one", got)
		}
	})
}
