package aion

import "context"

// Go runs f in a goroutine that belongs to the activity of ctx. A panic of f
// fails the activity, retryable, like one of its handler, and ends ctx, so that
// whoever waits for f hears of it. The activity ends, and its slot is free, once
// its handler and all of these goroutines have returned. When the handler has
// failed, ctx ends for those that still run.
//
// Go panics with ErrNoActivity for a context of no activity. A goroutine that was
// started by the go statement and outlives its activity cannot start another
// one: f is not called then, which is logged as an error.
func Go(ctx context.Context, f func()) {
	e, ok := ctx.Value(executionContextKey{}).(*execution)
	if !ok {
		panic(ErrNoActivity)
	}
	if !e.executions.help(e, f) {
		e.origin.log.Error("goroutine not started: its activity has ended", taskAttrs(&e.task)...)
	}
}

// helpers are the goroutines that a handler has started. They are guarded by the
// lock of Executions.
type helpers struct {
	running int
	idle    chan struct{} // Closed when none runs any more.
	failure *Failure      // Of the first that panicked.
}

// help starts a goroutine of e. It is false when e has ended.
func (x *Executions) help(e *execution, f func()) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if e.state != stateRunning {
		return false
	}
	if e.helpers == nil {
		e.helpers = &helpers{}
	}
	if e.helpers.running == 0 {
		e.helpers.idle = make(chan struct{})
	}
	e.helpers.running++
	x.goroutines.Go(func() {
		var failure *Failure
		defer func() {
			if reason := recover(); reason != nil {
				failure = sendable(&e.task, panicked(e.origin, &e.task, reason)).Failure
			}
			x.helped(e, failure)
		}()
		f()
	})

	return true
}

// helped notes that a goroutine of e has ended, with a failure when it panicked.
func (x *Executions) helped(e *execution, failure *Failure) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if failure != nil {
		e.end(failure)
		if e.helpers.failure == nil {
			e.helpers.failure = failure
		}
	}
	if e.helpers.running--; e.helpers.running == 0 {
		close(e.helpers.idle)
	}
}

// joinHelpers waits for the goroutines of e, whose handler has ended with an
// outcome, and returns the outcome of all. The caller holds mu, which is free
// meanwhile.
func (x *Executions) joinHelpers(e *execution, outcome Outcome) Outcome {
	if e.helpers == nil {
		return outcome
	}
	if outcome.Failure != nil {
		e.end(outcome.Failure)
	}
	for e.helpers.running > 0 {
		idle := e.helpers.idle
		x.mu.Unlock()
		<-idle
		x.mu.Lock()
	}
	if e.helpers.failure != nil {
		return Outcome{Failure: e.helpers.failure}
	}

	return outcome
}
