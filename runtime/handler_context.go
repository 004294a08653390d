package aion

import (
	"context"
	"sync/atomic"
	"time"
)

// handlerContext is the context of a handler. What it takes to end one and to wait
// for that is made when it is first asked for: many handlers never do. It is safe
// for concurrent use.
type handlerContext struct {
	base  context.Context //nolint:containedctx // It has the values, and need not end by itself.
	inner atomic.Pointer[cancelContext]
}

// cancelContext is a context that can be ended, made from the base of a handlerContext.
type cancelContext struct {
	context.Context //nolint:containedctx // As package context returns it.

	cancel  context.CancelCauseFunc
	endedAt time.Time // When the execution was ended first, guarded by the lock of Executions; or zero.
}

func newCancelContext(base context.Context) *cancelContext {
	ctx, cancel := context.WithCancelCause(base)

	return &cancelContext{Context: ctx, cancel: cancel}
}

// released is the end of each context that nobody had asked for one when its handler
// returned.
var released = func() *cancelContext {
	c := newCancelContext(context.Background())
	c.cancel(nil)

	return c
}()

func (c *handlerContext) cancellable() *cancelContext {
	if made := c.inner.Load(); made != nil {
		return made
	}
	if made := newCancelContext(c.base); !c.inner.CompareAndSwap(nil, made) {
		made.cancel(nil) // Another goroutine was faster.
	}

	return c.inner.Load()
}

// Deadline is that of the base.
func (c *handlerContext) Deadline() (deadline time.Time, ok bool) { return c.base.Deadline() }

// Done is closed when the context ends.
func (c *handlerContext) Done() <-chan struct{} { return c.cancellable().Done() }

// Err is nil until the context ends.
func (c *handlerContext) Err() error { return c.cancellable().Err() }

// Value is that of the base, and otherwise what package context looks for.
func (c *handlerContext) Value(key any) any {
	if v := c.base.Value(key); v != nil {
		return v
	}

	return c.cancellable().Value(key)
}

// release ends the context: the handler has returned.
func (c *handlerContext) release() {
	if !c.inner.CompareAndSwap(nil, released) {
		c.cancellable().cancel(nil)
	}
}
