package aion

import "errors"

// Why the context of an activity ended, as context.Cause reports it. A context
// ends cooperatively: no goroutine is ever aborted.
var (
	// ErrCancelledByEngine says that the engine cancelled the activity: its
	// workflow was cancelled, or the attempt was replaced.
	ErrCancelledByEngine = errors.New("activity cancelled by the engine")
	// ErrWorkerStopping says that the worker stops and that Config.StopGrace
	// is over. The engine gives the activity to another worker.
	ErrWorkerStopping = errors.New("worker stopping")
	// ErrSuperseded says that a newer attempt of the activity has arrived.
	ErrSuperseded = errors.New("superseded by a newer attempt")
	// ErrTimedOut says that the activity ran longer than Config.ActivityTimeout.
	ErrTimedOut = errors.New("activity timed out in the worker")
)

// ErrPanicked is within the failure of an activity whose handler, or a goroutine of
// it, panicked.
var ErrPanicked = errors.New("panicked")
