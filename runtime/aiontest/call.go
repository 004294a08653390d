package aiontest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/aion-go/aion/runtime/devengine"
)

// recordContextKey is the context key of the *record of Start.
type recordContextKey struct{}

func recordFrom(ctx context.Context) *record {
	r, _ := ctx.Value(recordContextKey{}).(*record)

	return r
}

// Cause of the end of a call's context.
var errCancelledByTest = errors.New("by the test")

// Call is an activity that Start has started. It is safe for concurrent use, but
// for its methods that may fail the test: they belong to the test's goroutine.
type Call[Out proto.Message] struct {
	tb     testing.TB
	record *record
	cancel context.CancelCauseFunc

	// done is closed once out and err are set.
	done chan struct{}
	out  Out
	err  error
}

// Start runs an activity in the background. The method is one of a stub whose
// executor is an Engine:
//
//	stub := shopv1.NewShopStub(engine)
//	call := aiontest.Start(t, stub.Price, &shopv1.PriceRequest{Article: "tea"})
//
// It is cancelled at the end of the test at the latest.
func Start[In, Out proto.Message](
	tb testing.TB, method func(context.Context, In) (Out, error), in In, opts ...Option,
) *Call[Out] {
	tb.Helper()
	ctx, cancel := context.WithCancelCause(tb.Context())
	c := &Call[Out]{tb: tb, record: newRecord(opts), cancel: cancel, done: make(chan struct{})}
	go func() { // Joined by the cleanup.
		defer close(c.done)
		defer c.record.note(func() { c.record.over = true })
		c.out, c.err = method(context.WithValue(ctx, recordContextKey{}, c.record), in)
	}()
	tb.Cleanup(func() {
		c.Cancel()
		<-c.done
	})

	return c
}

// Wait waits for the end of the activity and returns what its stub returned. An
// activity that failed for good is an error that holds an *aion.Failure, and
// generated functions find the details of typed failures in it; one that was
// cancelled is devengine.ErrCancelled, even if its handler still runs.
func (c *Call[Out]) Wait() (Out, error) {
	c.tb.Helper()
	<-c.done
	if c.err == nil && !c.record.isAttached() {
		c.tb.Fatal("aiontest: Start ran a method that executes no activity: " +
			"pass one of a stub, such as NewShopStub(engine).Price")
	}

	return c.out, c.err
}

// Cancel cancels the activity as its workflow would, and does not wait. One that
// has ended stays as it is.
func (c *Call[Out]) Cancel() { c.cancel(errCancelledByTest) }

// WaitStarted waits until a handler has been started. It fails the test when the
// activity ends without one.
func (c *Call[Out]) WaitStarted() {
	c.tb.Helper()
	started := func() bool { return c.record.running > 0 || len(c.record.handlerRuns) > 0 }
	if !c.record.await(started) {
		<-c.done
		c.tb.Fatalf("aiontest: the activity ended before a handler was started: %v", c.err)
	}
}

// WaitHeartbeats waits until the engine has been told n heartbeats. It fails the
// test when the activity ends with fewer. See Heartbeats.
func (c *Call[Out]) WaitHeartbeats(n int) {
	c.tb.Helper()
	if !c.record.await(func() bool { return len(c.record.progress) >= n }) {
		<-c.done
		c.tb.Fatalf("aiontest: the activity ended with %d heartbeats, want %d: %v",
			len(c.record.progress), n, c.err)
	}
}

// WaitAttempts waits until Attempts are n or more. It fails the test when the
// activity ends with fewer.
func (c *Call[Out]) WaitAttempts(n int) {
	c.tb.Helper()
	if !c.record.await(func() bool { return len(c.record.attempts) >= n }) {
		<-c.done
		c.tb.Fatalf("aiontest: the activity ended with %d attempts in its history, want %d: %v",
			len(c.record.attempts), n, c.err)
	}
}

// Attempts are what has happened to the activity so far in the eyes of the
// engine: an entry for each attempt that was sent to a worker, and one for what
// became of it, such as lost, failed or completed.
func (c *Call[Out]) Attempts() []devengine.Attempt {
	c.record.mu.Lock()
	defer c.record.mu.Unlock()

	return slices.Clone(c.record.attempts)
}

// HandlerRuns are what has happened to the activity in the worker. It waits until
// no handler of it runs any more, so call it after Wait or Cancel; a handler that
// has to be told by the test to end is told before.
func (c *Call[Out]) HandlerRuns() []HandlerRun {
	c.record.mu.Lock()
	defer c.record.mu.Unlock()
	for c.record.running > 0 {
		c.record.changed.Wait()
	}

	return slices.Clone(c.record.handlerRuns)
}

// ResultsSent is how often the worker has sent an outcome of the activity: once
// for each handler run, unless a lost connection makes it repeat one.
func (c *Call[Out]) ResultsSent() int {
	c.record.mu.Lock()
	defer c.record.mu.Unlock()

	return c.record.resultsSent
}
