package aion_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	aion "github.com/aion-go/aion/runtime"
)

func TestRule6AContextHasTheDeadlineOfActivityTimeoutAndNoOther(t *testing.T) {
	t.Parallel()
	for name, timeout := range map[string]time.Duration{"none": 0, "a minute": time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var remaining time.Duration
				w, s := newWorker(1), newSession()
				w.cfg.ActivityTimeout = timeout
				w.serve(t, s, func(ctx context.Context, task *aion.Task) aion.Outcome {
					if deadline, ok := ctx.Deadline(); ok {
						remaining = time.Until(deadline)
					}

					return done(ctx, task)
				})
				s.deliver(task(1))
				if len(s.sent(aion.FrameResult)) != 1 || remaining != timeout {
					t.Errorf("got a deadline in %s, want in %s, 0 for none", remaining, timeout)
				}
			})
		})
	}
}

// A context goes on when its stream is lost, is given up, or comes back, whatever
// time that takes; its ActivityTimeout runs on as well.
func TestRule6AContextOutlivesItsStream(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		timeout time.Duration
		want    error
	}{
		"without a timeout": {0, nil},
		"with a timeout":    {3 * time.Hour, aion.ErrTimedOut},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const away = 100 * window
				began := time.Now()
				type end struct {
					cause error
					after time.Duration
				}
				ends := make(chan end, 1)
				w, first, second := newWorker(1), newSession(), newSession()
				w.cfg.ActivityTimeout = tt.timeout
				handler := func(ctx context.Context, task *aion.Task) aion.Outcome {
					over := time.NewTimer(4 * time.Hour)
					defer over.Stop()
					select {
					case <-over.C:
					case <-ctx.Done():
					}
					ends <- end{context.Cause(ctx), time.Since(began)}

					return done(ctx, task)
				}
				r := w.serve(t, first, handler)
				first.deliver(task(1))
				breakStream(first, r)
				time.Sleep(away)
				r = w.serve(t, second, handler)
				second.deliver(redelivered(task(1), "again"))
				time.Sleep(away)
				breakStream(second, r)
				want := 4 * time.Hour
				if tt.timeout > 0 {
					want = tt.timeout
				}
				if got := <-ends; !errors.Is(got.cause, tt.want) || got.after != want {
					t.Errorf("got cause %v after %s, want %v after %s",
						got.cause, got.after, tt.want, want)
				}
			})
		})
	}
}
