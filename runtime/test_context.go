package aion

import (
	"context"
	"log/slog"

	"google.golang.org/protobuf/proto"
)

// observerContextKey is the context key of what a test context tells progress to.
type observerContextKey struct{}

// NewTestContext returns the context of an activity that no worker runs, for
// tests of handlers; package aiontest is the easy way to one. InfoFrom finds
// info in it, and Heartbeat calls observe with what an engine would be told,
// however soon one progress follows another. Cancel ends it for a cause, such as
// ErrCancelledByEngine; it also ends with parent. Join waits for what Go has
// started, and returns the failure if any of it panicked; nothing can be started
// after that. Call both when the test is over.
func NewTestContext(
	parent context.Context, info Info, observe func(progress proto.Message),
) (ctx context.Context, cancel context.CancelCauseFunc, join func() *Failure) {
	ctx, cancel = context.WithCancelCause(context.WithValue(parent, observerContextKey{}, observe))
	e := &execution{
		handlerContext: handlerContext{base: ctx}, task: Task{Info: info}, executions: NewExecutions(1),
		origin: &stream{log: slog.Default()}, state: stateRunning,
	}
	e.inner.Store(&cancelContext{Context: ctx, cancel: cancel})

	return e, cancel, e.join
}

// join ends e, which no worker runs.
func (e *execution) join() *Failure {
	e.executions.mu.Lock()
	defer e.executions.mu.Unlock()
	outcome := e.executions.joinHelpers(e, Outcome{})
	e.state = stateFinished

	return outcome.Failure
}

// observe tells the observer of a test context about progress.
func (e *execution) observe(progress proto.Message) {
	if observe, ok := e.Value(observerContextKey{}).(func(proto.Message)); ok && observe != nil {
		observe(progress)
	}
}
