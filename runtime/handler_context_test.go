package aion

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
)

type handlerContextKey struct{}

// newHandlerContext is made as one of a worker that stops.
func newHandlerContext() *handlerContext {
	base, cancel := context.WithCancel(context.WithValue(context.Background(), handlerContextKey{}, "value"))
	cancel()

	return &handlerContext{base: context.WithoutCancel(base)}
}

// wantEnded checks that a context has ended for a cause.
func wantEnded(t *testing.T, ctx context.Context, cause error) {
	t.Helper()
	select {
	case <-ctx.Done():
	default:
		t.Error("the context is not done")
	}
	if got := ctx.Err(); !errors.Is(got, context.Canceled) {
		t.Errorf("got error %v, want %v", got, context.Canceled)
	}
	if got := context.Cause(ctx); !errors.Is(got, cause) {
		t.Errorf("got cause %v, want %v", got, cause)
	}
}

func TestAHandlersContextEndsForItsCause(t *testing.T) {
	t.Parallel()
	for name, askFirst := range map[string]bool{"asked for before": true, "asked for after": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newHandlerContext()
			if askFirst && (c.Err() != nil || context.Cause(c) != nil) {
				t.Errorf("got %v for the cause %v, want a context that lasts", c.Err(), context.Cause(c))
			}
			c.cancellable().cancel(ErrCancelledByEngine)
			c.cancellable().cancel(ErrWorkerStopping)
			wantEnded(t, c, ErrCancelledByEngine)
			c.release()
			wantEnded(t, c, ErrCancelledByEngine)
		})
	}
}

func TestAHandlersContextEndsWithItsHandler(t *testing.T) {
	t.Parallel()
	for name, askFirst := range map[string]bool{"asked for before": true, "asked for after": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newHandlerContext()
			if askFirst && c.Err() != nil {
				t.Errorf("got %v, want a context that lasts", c.Err())
			}
			c.release()
			wantEnded(t, c, context.Canceled)
			if got := c.Value(handlerContextKey{}); got != "value" {
				t.Errorf("got value %v, want that of the base", got)
			}
		})
	}
}

func TestAHandlersContextIsOneForAllWhoAsk(t *testing.T) {
	t.Parallel()
	const rounds, askers = 1000, 4
	for range rounds {
		c := newHandlerContext()
		start, done := make(chan struct{}), make([]<-chan struct{}, askers)
		var asking sync.WaitGroup
		for i := range askers {
			asking.Go(func() {
				<-start
				done[i] = c.Done()
			})
		}
		close(start)
		asking.Wait()
		for i := range askers {
			if done[i] != done[0] {
				t.Fatalf("askers 0 and %d wait for different ends", i)
			}
		}
	}
}

// TestContextsMadeFromAHandlersNeedNoGoroutine is not parallel: it counts them.
func TestContextsMadeFromAHandlersNeedNoGoroutine(t *testing.T) { //nolint:paralleltest // See above.
	c := newHandlerContext()
	before := runtime.NumGoroutine()
	derived, cancel := context.WithCancel(c)
	defer cancel()
	if got := runtime.NumGoroutine(); got > before {
		t.Errorf("got %d goroutines for a derived context, want none", got-before)
	}
	c.cancellable().cancel(ErrTimedOut)
	wantEnded(t, derived, ErrTimedOut)
}
