package devengine

import (
	"bytes"
	"container/list"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	aionpb "github.com/aion-go/aion/gen/aion"
	aion "github.com/aion-go/aion/runtime"
)

var (
	// ErrCancelled is within the error of a run that was cancelled.
	ErrCancelled = errors.New("cancelled")
	// ErrTimedOut is within the error of a run whose last attempt took longer
	// than its timeout.
	ErrTimedOut = errors.New("timed out")
)

// patienceWindows is how many heartbeat windows the losses and refusals of an
// attempt may last together.
const patienceWindows = 4

type runState uint8

const (
	runQueued   runState = iota // waits for a slot
	runHeld                     // a worker has it
	runWaiting                  // waits out the backoff before a retry
	runFinished                 // done, or about to be once its observers are
)

// Run is one activity on its way through the engine, as the only one of a
// workflow of its own. It is safe for concurrent use.
type Run struct {
	engine     *Engine
	number     uint64 // in the order of starting
	activity   aion.ActivitySpec
	route      route
	options    runOptions
	input      []byte
	workflowID string
	runID      string

	// done is closed once output and err are set and observers have returned.
	done   chan struct{}
	output []byte
	err    error
	// events feeds the observers; nil when there are none.
	events *mailbox[func()]

	// The rest is guarded by the engine's mutex.
	state   runState
	attempt int // from 1
	// place is where it waits in its queue, nil when it does not.
	place *list.Element
	// current is the delivery whose outcome counts, nil for none.
	current *delivery
	// held are the deliveries that take a slot of a worker: the current one and
	// those of earlier attempts that timed out and were not reported.
	held []*delivery
	// clock is the timeout of the current delivery, or the backoff.
	clock *alarm
	// patience rings when losses and refusals have lasted too long; it is armed
	// by the first one of an attempt.
	patience  *alarm
	impatient bool
}

// StartRun starts the activity with input, a JSON text, and returns at once. The
// run waits for a worker if there is none, without a bound of its own: see
// Run.Wait and Run.Cancel. Its error says what is wrong with the arguments, or
// is ErrClosed.
func (e *Engine) StartRun(
	activity aion.ActivitySpec,
	input []byte,
	opts ...RunOption,
) (*Run, error) {
	options := e.runOptions(opts)
	if err := e.checkRun(activity, input, options); err != nil {
		return nil, fmt.Errorf("activity %q: %w", activity.Type, err)
	}
	skipped := options.attempt - 1
	options.retry.MaxRetries = options.retry.attempts() - 1 + skipped

	r := &Run{
		engine:   e,
		activity: activity,
		route: route{
			namespace: options.namespace, taskQueue: activity.TaskQueue, node: activity.Node,
		},
		options:    options,
		input:      bytes.Clone(input),
		workflowID: newUUID(),
		runID:      newUUID(),
		done:       make(chan struct{}),
		attempt:    options.attempt,
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, fmt.Errorf("activity %q: %w", activity.Type, ErrClosed)
	}
	e.lastRun++
	r.number = e.lastRun
	e.runs[r.workflowID] = r
	r.startObserving()
	e.tell(func(w Watcher) { w.runStarted(r) })
	e.enqueue(r, false)
	e.serveRoute(r.route)

	return r, nil
}

func (e *Engine) checkRun(activity aion.ActivitySpec, input []byte, options runOptions) error {
	var mistakes []error
	if activity.Type == "" {
		mistakes = append(mistakes, errors.New("activity.Type: want an activity type, got none"))
	}
	if activity.TaskQueue == "" {
		mistakes = append(mistakes, errors.New("activity.TaskQueue: want a task queue, got none"))
	}
	if !json.Valid(input) || !utf8.Valid(input) {
		mistakes = append(mistakes, errors.New("input: want a JSON text in UTF-8"))
	}
	if !slices.Contains(e.cfg.Namespaces, options.namespace) {
		mistakes = append(mistakes, fmt.Errorf("WithNamespace: want one of %q, got %q",
			e.cfg.Namespaces, options.namespace))
	}

	return errors.Join(append(mistakes, options.validate())...)
}

// WorkflowID is the UUID of the run's workflow, the one its tasks carry.
func (r *Run) WorkflowID() string { return r.workflowID }

// RunID is the UUID of the run, the one its tasks carry.
func (r *Run) RunID() string { return r.runID }

// Activity is what the run runs.
func (r *Run) Activity() aion.ActivitySpec { return r.activity }

// Namespace is the one whose workers get the run.
func (r *Run) Namespace() string { return r.route.namespace }

// Input is a copy of the run's input, a JSON text.
func (r *Run) Input() []byte { return bytes.Clone(r.input) }

// Done is closed when the run has ended and its observers have returned.
func (r *Run) Done() <-chan struct{} { return r.done }

// Wait waits until the run is done and returns its result, a JSON text. An
// activity that failed is an *aion.Failure with the worker's words; one whose
// last attempt timed out is ErrTimedOut besides, one that Close ended ErrClosed.
// A cancelled run is ErrCancelled. When ctx ends first, the error wraps its
// cause and the run goes on.
func (r *Run) Wait(ctx context.Context) ([]byte, error) {
	select {
	case <-r.done:
		return r.output, r.err
	default:
	}
	select {
	case <-r.done:
		return r.output, r.err
	case <-ctx.Done():
		return nil, fmt.Errorf("activity %q: not done: %w", r.activity.Type, context.Cause(ctx))
	}
}

// Cancel ends the run with ErrCancelled, and asks the workers that hold a task
// of it to stop. It does not wait for them: their slots are free once they have
// reported. A run that has ended stays as it is.
func (r *Run) Cancel() {
	r.engine.mu.Lock()
	defer r.engine.mu.Unlock()
	if r.state == runFinished {
		return
	}

	r.cancelHeld()
	r.end(AttemptCancelled, fmt.Errorf("activity %q: %w", r.activity.Type, ErrCancelled))
}

// close ends the run because the engine closes.
func (r *Run) close() {
	r.end(
		AttemptCancelled,
		aion.Retryable(fmt.Errorf("activity %q: %w", r.activity.Type, ErrClosed)),
	)
}

// end ends the run, and the attempt that a worker holds, with err.
func (r *Run) end(state AttemptState, err error) {
	if r.current != nil {
		r.observeAttempt(state, r.current.worker, err)
	}
	r.finish(nil, err)
}

// finish takes the run out of the engine's books, apart from the slots that its
// deliveries still take.
func (r *Run) finish(output []byte, err error) {
	r.clock.stop()
	r.patience.stop()
	r.engine.dequeue(r)
	delete(r.engine.runs, r.workflowID)
	r.state, r.current = runFinished, nil
	r.output, r.err = output, err
	r.stopObserving()
	r.engine.tell(func(w Watcher) { w.runEnded(r, output, err) })
}

// failed takes the end of an attempt by error: another attempt, or the end.
func (r *Run) failed(kind aion.FailureKind, cause error) {
	r.forgive()
	if kind != aion.KindRetryable || r.attempt >= r.options.retry.attempts() {
		r.finish(nil, r.failure(kind, cause))
		return
	}

	r.state = runWaiting
	r.clock = r.engine.after(r.options.retry.backoff(r.attempt), func() {
		r.attempt++
		r.engine.enqueue(r, false)
		r.engine.serveRoute(r.route)
	})
}

// failure is the error of a run that failed for good.
func (r *Run) failure(kind aion.FailureKind, cause error) error {
	mark := map[aion.FailureKind]func(error) error{
		aion.KindRetryable:     aion.Retryable,
		aion.KindTerminal:      aion.Terminal,
		aion.KindPolicyRefused: aion.PolicyRefused,
	}[kind]

	return mark(fmt.Errorf("activity %q: attempt %d of %d: %w",
		r.activity.Type, r.attempt, r.options.retry.attempts(), cause))
}

// timedOut ends the current attempt. Its worker is not told before a retry
// replaces the attempt, and keeps the slot until it reports.
func (r *Run) timedOut() {
	err := fmt.Errorf("%w after %v", ErrTimedOut, r.options.timeout)
	r.observeAttempt(AttemptTimedOut, r.current.worker, err)
	r.current = nil
	r.failed(aion.KindRetryable, err)
}

// giveBack queues a lost or refused run again, in front, unless that has lasted
// too long. No attempt is used up.
func (r *Run) giveBack(why error) {
	if r.impatient {
		r.giveUp(why)
		return
	}

	r.engine.enqueue(r, true)
	if r.patience != nil {
		return
	}
	r.patience = r.engine.after(patienceWindows*r.engine.cfg.HeartbeatWindow, func() {
		r.impatient = true
		if r.state == runQueued {
			r.giveUp(why)
		}
	})
}

func (r *Run) giveUp(why error) {
	r.finish(nil, r.failure(aion.KindTerminal, fmt.Errorf(
		"lost or refused for %d heartbeat windows: %w", patienceWindows, why)))
}

// forgive starts the count of losses and refusals anew.
func (r *Run) forgive() {
	r.patience.stop()
	r.patience, r.impatient = nil, false
}

// completed ends the run with its result.
func (r *Run) completed(payload *aionpb.Payload) {
	r.finish(payload.GetBytes(), nil)
}
