package aion

import (
	"context"
	"slices"

	"google.golang.org/protobuf/proto"
)

// Next runs the rest of an activity: the interceptors that follow, then the
// handler.
type Next func(ctx context.Context, in proto.Message) (proto.Message, error)

// Interceptor wraps the run of an activity. It sees the decoded input and the
// result before it is encoded, may change the context and either message, and
// may answer without calling next. An output of another message type than the
// activity's is a terminal failure. It is called concurrently.
type Interceptor func(ctx context.Context, info Info, in proto.Message, next Next) (proto.Message, error)

// DispatcherOption changes how a generated dispatcher runs its activities.
type DispatcherOption func(*dispatcherOptions)

type dispatcherOptions struct {
	interceptors []Interceptor
}

// WithInterceptors adds interceptors around every activity of a dispatcher. The
// first one is the outermost.
func WithInterceptors(interceptors ...Interceptor) DispatcherOption {
	return func(o *dispatcherOptions) { o.interceptors = append(o.interceptors, interceptors...) }
}

// intercept wraps handler in interceptors.
func intercept(interceptors []Interceptor, info Info, handler Next) Next {
	for _, interceptor := range slices.Backward(interceptors) {
		next := handler
		handler = func(ctx context.Context, in proto.Message) (proto.Message, error) {
			return interceptor(ctx, info, in, next)
		}
	}

	return handler
}
