package aion

import "time"

// Observer is told what happens in a worker, for metrics and alarms. Its methods
// are called by the worker's own goroutines, many at once: they must be safe for
// concurrent use, return soon and not panic. Embed NopObserver, so that a method
// that is added here later is no compile error.
//
// What is rather a state than an event is to be had from Worker.Stats and
// Worker.Running, at any time.
type Observer interface {
	// ActivityStarted is called before the handler is.
	ActivityStarted(info Info)
	// ActivityEnded is called when the handler and its goroutines have returned,
	// also after a panic.
	ActivityEnded(info Info, end ActivityEnd)
	// TaskRefused is called when a task has been handed back to the engine.
	TaskRefused(session Registered, reason RefusalReason)
	// SessionStarted is called for each stream that the engine has registered.
	SessionStarted(session Registered)
	// SessionEnded is called when such a stream has ended. The error is nil when
	// the worker stopped, or the engine drained it.
	SessionEnded(session Registered, err error)
	// SessionFailed is called when an attempt to register has failed. It is not
	// called for an attempt that the end of the worker has interrupted.
	SessionFailed(endpoint string, reg Registration, err error)
	// HeartbeatSent is called when the regular heartbeats of a stream have been
	// sent, late so much after they were due.
	HeartbeatSent(session Registered, late time.Duration)
}

// ActivityEnd is how the run of an activity ended.
type ActivityEnd struct {
	// Duration is how long it took, without any wait for a slot.
	Duration time.Duration
	// Failure is nil when the activity completed. It wraps ErrPanicked after a panic,
	// ErrCancelledByEngine when it is because of that, and likewise
	// ErrWorkerStopping and ErrTimedOut.
	Failure *Failure
}

// RefusalReason says why a task was handed back.
type RefusalReason string

// The reasons for a refusal.
const (
	// RefusedForSlot says that no slot was free for 250 ms.
	RefusedForSlot RefusalReason = "no free slot"
	// RefusedForLimit says that the activity's Limit did not let it run within its
	// MaxWait.
	RefusedForLimit RefusalReason = "limit of the activity"
	// RefusedForStop says that the worker stops.
	RefusedForStop RefusalReason = "worker stopping"
	// RefusedForUnacknowledged says that too many outcomes had no acknowledgement.
	RefusedForUnacknowledged RefusalReason = "too many unacknowledged results"
	// RefusedForAttempt says that a later attempt of the activity ran.
	RefusedForAttempt RefusalReason = "later attempt runs"
)

// NopObserver is an Observer that does nothing.
type NopObserver struct{}

var _ Observer = NopObserver{}

// ActivityStarted does nothing.
func (NopObserver) ActivityStarted(Info) {}

// ActivityEnded does nothing.
func (NopObserver) ActivityEnded(Info, ActivityEnd) {}

// TaskRefused does nothing.
func (NopObserver) TaskRefused(Registered, RefusalReason) {}

// SessionStarted does nothing.
func (NopObserver) SessionStarted(Registered) {}

// SessionEnded does nothing.
func (NopObserver) SessionEnded(Registered, error) {}

// SessionFailed does nothing.
func (NopObserver) SessionFailed(string, Registration, error) {}

// HeartbeatSent does nothing.
func (NopObserver) HeartbeatSent(Registered, time.Duration) {}
