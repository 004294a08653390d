package aion

import "context"

// Info describes the activity that a handler runs.
type Info struct {
	// WorkflowID is the UUID of the workflow.
	WorkflowID string
	// RunID is the UUID of the workflow's run.
	RunID string
	// ActivityID is the activity's position within its run, from 0.
	ActivityID uint64
	// ActivityType is the activity type, for example "charge".
	ActivityType string
	// Attempt counts from 1. A delivery that is repeated after a loss of the
	// connection keeps its attempt.
	Attempt uint32
	// Labels are the labels of the activity; nil when it has none. They must
	// not be changed.
	Labels map[string]string
	// IdempotencyKey is the same for every attempt and delivery of the
	// activity: what to pass on to a system that must not act twice.
	IdempotencyKey string
	// TaskQueue is the queue that brought the task.
	TaskQueue string
	// Namespace is the namespace that the worker serves.
	Namespace string
	// Node is the node of the registration that brought the task; empty for none.
	Node string
	// Worker is the identity of that registration: Config.Identity, with the
	// number of the stream when there are several.
	Worker string
}

// InfoFrom returns what an activity is told about itself. It is false for a
// context that belongs to no activity.
func InfoFrom(ctx context.Context) (Info, bool) {
	e, ok := ctx.Value(executionContextKey{}).(*execution)
	if !ok {
		return Info{}, false
	}

	return e.task.Info, true
}
