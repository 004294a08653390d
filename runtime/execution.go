package aion

import (
	"bytes"
	"container/list"
	"context"
	"time"
)

type executionState uint8

const (
	stateWaiting executionState = iota
	stateRunning
	stateFinished
)

// execution is one attempt of an activity in this process, and the context of
// its handler. Its fields are guarded by the lock of Executions, except for
// those of its first two parts, which do not change once it runs.
type execution struct {
	handlerContext // The execution is the context that the handler gets.

	executions *Executions
	task       Task    // As it was delivered first.
	origin     *stream // The one that it was started for; it may have ended.

	began   time.Time // When it came, or was started.
	token   string    // Of the newest delivery.
	stream  *stream   // The one that brought the newest delivery; it may have ended. Nil in a test context.
	state   executionState
	adopted bool           // It was delivered more than once.
	known   bool           // It is in Executions.activities.
	kept    bool           // It is in Executions.kept.
	wait    *time.Timer    // Ends the wait for a slot; nil when nothing does.
	place   *list.Element  // In Executions.waiting; nil when it does not wait.
	places  [bags]int32    // In each bag, from 1; 0 when it is not in there.
	limiter *limiter       // Of its activity; nil when there is none.
	helpers *helpers       // Nil before Go was called.
	beat    *beat          // Of its progress; nil before there was any.
	outcome Outcome        // Set once it has finished.
	report  *pendingResult // The newest report of outcome; nil before it has finished.
	first   pendingResult  // The room for the first report, which nearly always is the only one.
	older   *execution     // The one before in Executions.activities.
	newer   *execution     // The one after.
}

// executionContextKey is the context key of a handler's *execution.
type executionContextKey struct{}

// Value finds the execution itself, and what the context that it is made from has.
func (e *execution) Value(key any) any {
	if key == (executionContextKey{}) {
		return e
	}

	return e.handlerContext.Value(key)
}

// isOf reports whether e is an execution of an activity that s brings.
func (e *execution) isOf(key ActivityKey, s *stream) bool {
	return e.task.key() == key && e.stream.registered.Server == s.registered.Server
}

func (e *execution) name() activityName {
	return activityName{taskQueue: e.task.TaskQueue, activityType: e.task.ActivityType}
}

// size is how many bytes it takes to keep e.
func (e *execution) size() int {
	n := len(e.task.Input) + len(e.outcome.Result)
	if e.outcome.Failure != nil {
		n += len(e.outcome.Failure.Error())
	}

	return n
}

// sameAttempt reports whether task is another delivery of what e runs.
func (e *execution) sameAttempt(task *Task) bool {
	return e.task.RunID == task.RunID && e.task.Attempt == task.Attempt &&
		e.task.TaskQueue == task.TaskQueue && e.task.ActivityType == task.ActivityType &&
		bytes.Equal(e.task.Input, task.Input)
}

// end ends the context of e for a cause. The caller holds the lock of Executions.
func (e *execution) end(cause error) {
	c := e.cancellable()
	if c.endedAt.IsZero() {
		c.endedAt = time.Now()
	}
	c.cancel(cause)
}

// dispatch calls the handler.
func (e *execution) dispatch() Outcome {
	dispatcher, timeout := e.origin.dispatcher, e.origin.cfg.ActivityTimeout
	if timeout == 0 {
		return dispatcher.Dispatch(e, &e.task)
	}
	ctx, cancel := context.WithTimeoutCause(e, timeout, ErrTimedOut)
	defer cancel()

	return dispatcher.Dispatch(ctx, &e.task)
}

// reportTo hands the outcome to a stream, under the newest token. What was
// reported under another one may still be on its way. It reports whether there is
// something to archive.
func (e *execution) reportTo(s *stream) (many bool) {
	if e.report == nil || e.report.token != e.token {
		if e.report == nil {
			e.report = &e.first
		} else {
			e.report = new(pendingResult)
		}
		e.report.execution, e.report.token, e.report.bytes = e, e.token, e.size()
	}

	return s.tracker.record(e.report, s.outbox)
}
