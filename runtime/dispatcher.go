package aion

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Dispatcher runs the activities of one task queue. Generated code makes one
// from a service's implementation; a hand-written one works as well. It is safe
// for concurrent use.
//
// A Dispatcher that also has a method Validate() error is asked by NewWorker
// whether it is fit to serve.
type Dispatcher interface {
	// TaskQueue is the queue whose activities are run.
	TaskQueue() string
	// Activities lists the activity types with their contracts.
	Activities() []ActivityContract
	// Dispatch runs one task, which it must not change, until its end. The
	// context carries the task's Info, ends as the causes of this package say,
	// and outlives the stream that brought the task.
	Dispatch(ctx context.Context, task *Task) Outcome
}

// Task is one delivery of one attempt of an activity.
type Task struct {
	Info

	// CompletionToken identifies the delivery to the engine.
	CompletionToken string
	// Input is the input as JSON text. It must not be changed.
	Input []byte
}

// queueDispatcher joins the dispatchers of one task queue. It never changes
// once it is made.
type queueDispatcher struct {
	taskQueue  string
	activities []ActivityContract
	byType     map[string]dispatchFunc
}

// dispatchFunc is Dispatcher.Dispatch, for the tasks of one activity type.
type dispatchFunc func(ctx context.Context, task *Task) Outcome

// resolver is a Dispatcher that knows beforehand what it does with the tasks of an
// activity type, which is one of its own.
type resolver interface {
	resolve(activityType string) dispatchFunc
}

// newQueueDispatcher joins dispatchers, all of the same task queue. An activity
// type that two of them run is an error.
func newQueueDispatcher(taskQueue string, dispatchers []Dispatcher) (*queueDispatcher, error) {
	q := &queueDispatcher{taskQueue: taskQueue, byType: map[string]dispatchFunc{}}
	var errs []error
	for _, d := range dispatchers {
		for _, a := range d.Activities() {
			if _, taken := q.byType[a.Type]; taken {
				errs = append(errs, fmt.Errorf("task queue %q: activity type %q is served twice: "+
					"leave one of its dispatchers out, or rename one of the activities", taskQueue, a.Type))

				continue
			}
			if r, ok := d.(resolver); ok {
				q.byType[a.Type] = r.resolve(a.Type)
			} else {
				q.byType[a.Type] = d.Dispatch
			}
			q.activities = append(q.activities, a)
		}
	}

	return q, errors.Join(errs...)
}

func (q *queueDispatcher) TaskQueue() string { return q.taskQueue }

func (q *queueDispatcher) Activities() []ActivityContract { return q.activities }

func (q *queueDispatcher) Dispatch(ctx context.Context, task *Task) Outcome {
	run, ok := q.byType[task.ActivityType]
	if !ok {
		return unknownActivity(task, slices.Sorted(maps.Keys(q.byType)))
	}

	return run(ctx, task)
}

// unknownActivity is the outcome of a task whose type is not among served.
func unknownActivity(task *Task, served []string) Outcome {
	return terminal("activity type %q is not served on task queue %q, only %s: "+
		"deploy a worker that has it", task.ActivityType, task.TaskQueue, strings.Join(served, ", "))
}
