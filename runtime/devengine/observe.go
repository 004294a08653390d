package devengine

import (
	"encoding/json"
	"time"

	aionpb "github.com/aion-go/aion/gen/aion"
)

// Progress is one progress of a running attempt.
type Progress struct {
	// Attempt is the number of the attempt, from 1.
	Attempt int
	// WorkerID is the registration that sent it.
	WorkerID uint64
	// At is when it arrived.
	At time.Time
	// JSON is the progress itself, a JSON text.
	JSON []byte
}

// AttemptState is what became of an attempt.
type AttemptState uint8

const (
	// AttemptStarted says that the task was sent to the worker.
	AttemptStarted AttemptState = iota
	// AttemptLost says that the worker's stream ended; the same attempt goes to
	// another worker, or to the same one again.
	AttemptLost
	// AttemptRefused says that the worker had no slot; the same attempt goes to
	// another worker, or to the same one again.
	AttemptRefused
	// AttemptTimedOut says that the attempt took longer than its timeout.
	AttemptTimedOut
	// AttemptFailed says that the worker reported an error.
	AttemptFailed
	// AttemptCompleted says that the worker reported a result.
	AttemptCompleted
	// AttemptCancelled says that the run was cancelled, or the engine closed.
	AttemptCancelled
)

// String returns the state as logs write it.
func (s AttemptState) String() string {
	switch s {
	case AttemptStarted:
		return "started"
	case AttemptLost:
		return "lost"
	case AttemptRefused:
		return "refused"
	case AttemptTimedOut:
		return "timed out"
	case AttemptFailed:
		return "failed"
	case AttemptCompleted:
		return "completed"
	case AttemptCancelled:
		return "cancelled"
	default:
		return "unknown"
	}
}

// Attempt is something that happened to an attempt of a run.
type Attempt struct {
	// Number is the attempt, from 1.
	Number int
	// Of is how many attempts the run's retry policy allows.
	Of int
	// WorkerID is the registration that has, or had, the task.
	WorkerID uint64
	// State is what happened.
	State AttemptState
	// At is when it happened.
	At time.Time
	// Err is why; nil when it started or completed.
	Err error
}

// startObserving starts the goroutine that calls the observers, if there are
// any. It ends with the run; the engine joins it.
func (r *Run) startObserving() {
	if r.options.progress == nil && r.options.attempts == nil {
		return
	}

	r.events = newMailbox[func()]()
	r.engine.joined.Go(func() {
		defer close(r.done)
		for {
			call, ok := r.events.take(nil)
			if !ok {
				return
			}
			call()
		}
	})
}

// stopObserving makes the run done once its observers have been called.
func (r *Run) stopObserving() {
	if r.events == nil {
		close(r.done)
		return
	}
	r.events.close()
}

func (r *Run) observeAttempt(state AttemptState, w *worker, err error) Attempt {
	attempt := Attempt{
		Number:   r.attempt,
		Of:       r.options.retry.attempts(),
		WorkerID: w.id,
		State:    state,
		At:       time.Now(),
		Err:      err,
	}
	w.log.Debug("attempt "+state.String(), "workflow_id", r.workflowID,
		"activity", r.activity.Type, "attempt", r.attempt, "error", err)
	if observe := r.options.attempts; observe != nil {
		r.events.put(func() { observe(attempt) })
	}
	r.engine.tell(func(w Watcher) { w.attempt(r, attempt) })

	return attempt
}

// heartbeat takes a task's progress. One without ids is the connection's own,
// whose lease has been renewed already.
func (e *Engine) heartbeat(w *worker, beat *aionpb.Heartbeat) {
	if beat.GetWorkflowId() == nil && beat.GetActivityId() == nil {
		return
	}
	if beat.GetWorkflowId() == nil || beat.GetActivityId() == nil {
		w.log.Warn("heartbeat with one id only ignored: send both, or neither")
		return
	}

	r, ok := e.runs[beat.GetWorkflowId().GetUuid()]
	held := ok && r.current != nil && r.current.worker == w &&
		beat.GetActivityId().GetSequencePosition() == sequencePosition
	if !held || beat.GetProgress() == nil {
		return
	}
	r.progressed(w, beat.GetProgress())
}

func (r *Run) progressed(w *worker, payload *aionpb.Payload) {
	if payload.GetContentType() != contentType || !json.Valid(payload.GetBytes()) {
		w.log.Warn("progress ignored: want a JSON text as "+contentType,
			"workflow_id", r.workflowID, "content_type", payload.GetContentType())
		return
	}

	progress := Progress{
		Attempt:  r.attempt,
		WorkerID: w.id,
		At:       time.Now(),
		JSON:     payload.GetBytes(),
	}
	if observe := r.options.progress; observe != nil {
		r.events.put(func() { observe(progress) })
	}
	r.engine.tell(func(w Watcher) { w.progress(r, progress) })
}
