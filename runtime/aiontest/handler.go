package aiontest

import (
	"context"
	"errors"

	aion "github.com/aion-go/aion/runtime"
)

// HandlerRun is one run of a handler. A delivery that the worker knows already
// makes none.
type HandlerRun struct {
	// Attempt is the attempt that it ran, from 1.
	Attempt int
	// Err is its failure as it went to the engine, or ErrNotReturned; nil when
	// it has completed.
	Err error
	// Cause is why its context had ended when it returned; nil when it had not.
	Cause error
}

// ErrNotReturned is the error of a handler that panicked or called
// runtime.Goexit, as tb.FailNow does.
var ErrNotReturned = errors.New("the handler did not return: it panicked or ended its goroutine")

// handler is a handler that runs.
type handler struct {
	task   aion.Task
	cancel context.CancelCauseFunc
	record *record // Nil when it was not started by Start.
}

// watchedDispatcher tells the engine what its dispatcher runs.
type watchedDispatcher struct {
	aion.Dispatcher

	engine *Engine
}

// watch wraps dispatchers. A nil one is left to NewWorker, which knows what to
// say.
func (e *Engine) watch(dispatchers []aion.Dispatcher) []aion.Dispatcher {
	watched := make([]aion.Dispatcher, 0, len(dispatchers))
	for _, d := range dispatchers {
		if d != nil {
			d = watchedDispatcher{Dispatcher: d, engine: e}
		}
		watched = append(watched, d)
	}

	return watched
}

// Validate is that of the dispatcher.
func (d watchedDispatcher) Validate() error {
	if v, ok := d.Dispatcher.(interface{ Validate() error }); ok {
		return v.Validate()
	}

	return nil
}

// Dispatch lets the dispatcher run the task in a context that the engine can end.
// The context goes on when it returns: that is the worker's business.
func (d watchedDispatcher) Dispatch(ctx context.Context, task *aion.Task) (outcome aion.Outcome) {
	ctx, cancel := context.WithCancelCause(ctx)
	h := d.engine.handlerStarted(task, cancel)
	err := ErrNotReturned
	defer func() {
		d.engine.handlerEnded(h, HandlerRun{
			Attempt: int(task.Attempt), Err: err, Cause: context.Cause(ctx),
		})
	}()
	outcome = d.Dispatcher.Dispatch(ctx, task)
	err = nil
	if outcome.Failure != nil {
		err = outcome.Failure
	}

	return outcome
}

func (e *Engine) handlerStarted(task *aion.Task, cancel context.CancelCauseFunc) *handler {
	e.mu.Lock()
	defer e.mu.Unlock()
	h := &handler{task: *task, cancel: cancel, record: e.records[task.WorkflowID]}
	e.handlers[h] = struct{}{}
	h.record.note(func() { h.record.running++ })

	return h
}

func (e *Engine) handlerEnded(h *handler, run HandlerRun) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.handlers, h)
	h.record.note(func() {
		h.record.running--
		h.record.handlerRuns = append(h.record.handlerRuns, run)
	})
}

// cancelHandlers ends the contexts of all handlers that run.
func (e *Engine) cancelHandlers(cause error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for h := range e.handlers {
		h.cancel(cause)
	}
}
