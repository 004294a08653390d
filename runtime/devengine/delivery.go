package devengine

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	aionpb "github.com/aion-go/aion/gen/aion"
	aion "github.com/aion-go/aion/runtime"
)

const (
	contentType = "application/json"
	// sequencePosition of every activity: it is the first and only one of its
	// run. On the wire the id is told by its message's presence.
	sequencePosition = 0
)

// errStreamLost is why an attempt was lost.
var errStreamLost = errors.New("the worker's stream ended")

// delivery is a task that was sent to a worker. It takes a slot of the worker
// until that reports or refuses it, or its stream ends.
type delivery struct {
	number uint64 // in the order of sending
	token  string
	run    *Run
	worker *worker
	// started is what observers were told when it was sent.
	started Attempt
	// cancelled is whether the worker was asked to stop.
	cancelled bool
}

// deliver sends the run's task to a worker with a free slot, under a new token.
// Attempts that it replaces are cancelled first: the cancel names no attempt.
func (e *Engine) deliver(r *Run, w *worker) {
	r.cancelHeld()

	e.lastDelivery++
	e.lastTurn++
	w.turn = e.lastTurn
	d := &delivery{number: e.lastDelivery, token: newUUID(), run: r, worker: w}
	e.deliveries[d.token] = d
	w.held[d.token] = d
	r.held = append(r.held, d)
	r.state, r.current = runHeld, d

	w.send(&aionpb.ServerToWorker{Message: &aionpb.ServerToWorker_Task{Task: r.task(d.token)}})
	if r.options.timeout > 0 {
		r.clock = e.after(r.options.timeout, r.timedOut)
	}
	d.started = r.observeAttempt(AttemptStarted, w, nil)
}

func (r *Run) task(token string) *aionpb.ActivityTask {
	return &aionpb.ActivityTask{
		WorkflowId:      &aionpb.WorkflowId{Uuid: r.workflowID},
		ActivityId:      &aionpb.ActivityId{SequencePosition: sequencePosition},
		ActivityType:    r.activity.Type,
		Input:           &aionpb.Payload{ContentType: contentType, Bytes: r.input},
		Attempt:         uint32(r.attempt), //nolint:gosec // Nobody lives to see the overflow.
		Labels:          r.options.labels,
		RunId:           &aionpb.RunId{Uuid: r.runID},
		CompletionToken: token,
		IdempotencyKey:  fmt.Sprintf("%s:%d", r.runID, sequencePosition),
	}
}

// cancelHeld asks every worker that holds a task of the run to stop, once.
func (r *Run) cancelHeld() {
	asked := map[*worker]bool{}
	for _, d := range r.held {
		if !d.cancelled && !asked[d.worker] {
			asked[d.worker] = true
			d.worker.send(&aionpb.ServerToWorker{Message: &aionpb.ServerToWorker_CancelActivity{
				CancelActivity: &aionpb.CancelActivity{
					WorkflowId: &aionpb.WorkflowId{Uuid: r.workflowID},
					ActivityId: &aionpb.ActivityId{SequencePosition: sequencePosition},
				},
			}})
		}
		d.cancelled = true
	}
}

// release frees the delivery's slot and kills its token. It reports whether its
// outcome would have counted.
func (e *Engine) release(d *delivery) bool {
	r := d.run
	delete(e.deliveries, d.token)
	delete(d.worker.held, d.token)
	r.held = slices.DeleteFunc(r.held, func(other *delivery) bool { return other == d })
	e.signalChange()
	if r.current != d {
		return false
	}

	r.current = nil
	r.clock.stop()

	return true
}

// giveAway takes everything that a lost worker held and hands it to others, in
// the order in which it was sent.
func (e *Engine) giveAway(w *worker) {
	lost := slices.SortedFunc(maps.Values(w.held), func(a, b *delivery) int {
		return cmp.Compare(b.number, a.number) // Each goes to the head of its queue.
	})
	for _, d := range lost {
		if e.release(d) {
			d.run.observeAttempt(AttemptLost, w, errStreamLost)
			d.run.giveBack(errStreamLost)
		}
	}
	e.serveRoutes(w)
}

// result takes a worker's result. A malformed one gets no acknowledgement and
// frees no slot; every other one is acknowledged, and counts only under the
// newest token.
func (e *Engine) result(w *worker, result *aionpb.ActivityResult) {
	if mistake := resultMistake(result); mistake != "" {
		w.log.Warn("malformed result dropped, its slot stays taken until the stream ends",
			"mistake", mistake, "workflow_id", result.GetWorkflowId().GetUuid())
		return
	}

	w.send(&aionpb.ServerToWorker{Message: &aionpb.ServerToWorker_ResultAck{
		ResultAck: &aionpb.ResultAck{
			WorkflowId: result.GetWorkflowId(),
			ActivityId: result.GetActivityId(),
		},
	}})
	if !utf8.Valid(result.GetResult().GetBytes()) {
		w.log.Warn("result that is not UTF-8 dropped, its task hangs until the stream ends",
			"workflow_id", result.GetWorkflowId().GetUuid())
		return
	}
	d, ok := e.deliveries[result.GetCompletionToken()]
	if !ok || !d.answeredBy(result) {
		w.log.Debug("stale result dropped", "workflow_id", result.GetWorkflowId().GetUuid())
		return
	}
	if e.release(d) {
		d.outcome(result)
	}
	e.serveRoutes(d.worker)
}

// resultMistake says what is malformed in a result, "" for nothing.
func resultMistake(result *aionpb.ActivityResult) string {
	switch {
	case result.GetWorkflowId().GetUuid() == "":
		return "no workflow id"
	case result.GetActivityId() == nil:
		return "no activity id"
	case result.GetRunId().GetUuid() == "":
		return "no run id"
	case result.GetCompletionToken() == "":
		return "no completion token"
	}

	switch outcome := result.GetOutcome().(type) {
	case *aionpb.ActivityResult_Result:
		if got := outcome.Result.GetContentType(); got != contentType {
			return fmt.Sprintf("content type %q, want %q", got, contentType)
		}
	case *aionpb.ActivityResult_Error:
		if _, ok := failureKinds[outcome.Error.GetKind()]; !ok {
			return fmt.Sprintf("error kind %d", outcome.Error.GetKind())
		}
	default:
		return "no outcome"
	}

	return ""
}

// failureKinds are the kinds of errors that a result may carry.
var failureKinds = map[aionpb.ActivityErrorKind]aion.FailureKind{
	aionpb.ActivityErrorKind_ACTIVITY_ERROR_KIND_RETRYABLE:      aion.KindRetryable,
	aionpb.ActivityErrorKind_ACTIVITY_ERROR_KIND_TERMINAL:       aion.KindTerminal,
	aionpb.ActivityErrorKind_ACTIVITY_ERROR_KIND_POLICY_REFUSED: aion.KindPolicyRefused,
}

// answeredBy guards against a token with the ids of something else.
func (d *delivery) answeredBy(result *aionpb.ActivityResult) bool {
	return result.GetWorkflowId().GetUuid() == d.run.workflowID &&
		result.GetRunId().GetUuid() == d.run.runID &&
		result.GetActivityId().GetSequencePosition() == sequencePosition
}

// outcome ends the attempt of a delivery that counts.
func (d *delivery) outcome(result *aionpb.ActivityResult) {
	report, failed := result.GetOutcome().(*aionpb.ActivityResult_Error)
	if !failed {
		d.run.observeAttempt(AttemptCompleted, d.worker, nil)
		d.run.completed(result.GetResult())
		return
	}

	err := errors.New(cmp.Or(report.Error.GetMessage(), "the worker gave no message"))
	d.run.observeAttempt(AttemptFailed, d.worker, err)
	d.run.failed(failureKinds[report.Error.GetKind()], err)
}

// refused takes a task back. Only its token matters.
func (e *Engine) refused(w *worker, refusal *aionpb.TaskRefused) {
	d, ok := e.deliveries[refusal.GetCompletionToken()]
	if !ok {
		w.log.Debug("stale refusal dropped", "workflow_id", refusal.GetWorkflowId().GetUuid())
		return
	}

	if e.release(d) {
		err := fmt.Errorf(
			"refused by the worker: %s",
			cmp.Or(refusal.GetReason(), "no reason given"),
		)
		d.run.observeAttempt(AttemptRefused, d.worker, err)
		d.run.giveBack(err)
	}
	e.serveRoutes(d.worker)
}
