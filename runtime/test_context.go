package aion

import (
	"context"

	"google.golang.org/protobuf/proto"
)

// observerContextKey is the context key of what a test context tells progress to.
type observerContextKey struct{}

// NewTestContext returns the context of an activity that no worker runs, for
// tests of handlers; package aiontest is the easy way to one. InfoFrom finds
// info in it, and Heartbeat calls observe with what an engine would be told,
// however soon one progress follows another. Cancel ends it for a cause, such as
// ErrCancelledByEngine; it also ends with parent. Call cancel when the test is
// over.
func NewTestContext(
	parent context.Context, info Info, observe func(progress proto.Message),
) (ctx context.Context, cancel context.CancelCauseFunc) {
	ctx, cancel = context.WithCancelCause(context.WithValue(parent, observerContextKey{}, observe))

	return &execution{Context: ctx, task: Task{Info: info}}, cancel
}

// observe tells the observer of a test context about progress.
func (e *execution) observe(progress proto.Message) {
	if observe, ok := e.Value(observerContextKey{}).(func(proto.Message)); ok && observe != nil {
		observe(progress)
	}
}
