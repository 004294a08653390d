package aion

import (
	"encoding/binary"
	"errors"
)

// archivedOutcome is an outcome that was sent and has no ack yet, in place of the
// execution that it is of.
type archivedOutcome struct {
	stream *stream // That brought the task, and that the outcome was sent on.
	text   []byte  // What execution reads, one after the other.
	bytes  int     // As pendingResult has it.
	sentAt instant // When it was sent last.
	times  int     // How often it was sent.
	number uint64  // Its place in the order of the sends.
}

// newArchivedOutcome makes one of the report of an execution, which was sent so often.
func newArchivedOutcome(p *pendingResult, times int) archivedOutcome {
	task, outcome, failure := &p.execution.task, p.execution.outcome, uint64(0)
	if outcome.Failure != nil {
		outcome.Result, failure = []byte(outcome.Failure.Error()), 1+uint64(outcome.Failure.Kind)
	}
	names := [...]string{task.WorkflowID, task.RunID, task.TaskQueue, task.ActivityType, p.token}
	size := (4 + len(names)) * binary.MaxVarintLen64
	for _, name := range names {
		size += len(name)
	}
	text := make([]byte, 0, size+len(task.Input)+len(outcome.Result))
	text = binary.AppendUvarint(text, task.ActivityID)
	for _, name := range names {
		text = binary.AppendUvarint(text, uint64(len(name)))
		text = append(text, name...)
	}
	text = binary.AppendUvarint(text, uint64(task.Attempt))
	text = binary.AppendUvarint(text, uint64(len(task.Input)))
	text = append(text, task.Input...)
	text = binary.AppendUvarint(text, failure)
	text = append(text, outcome.Result...)

	return archivedOutcome{
		stream: p.execution.stream, text: text, bytes: p.bytes, sentAt: p.sentAt, times: times,
	}
}

// isOf reports whether it is the outcome of an activity.
func (a *archivedOutcome) isOf(key ActivityKey) bool {
	text := archivedText(a.text)

	return text.number() == key.ActivityID && string(text.next()) == key.WorkflowID
}

// execution returns what the outcome is of, as far as it matters for one that has
// finished. Its report is none of the Tracker's yet.
func (a *archivedOutcome) execution() *execution {
	text := archivedText(a.text)
	e := &execution{stream: a.stream, state: stateFinished}
	e.task.ActivityID = text.number()
	e.task.WorkflowID = string(text.next())
	e.task.RunID = string(text.next())
	e.task.TaskQueue = string(text.next())
	e.task.ActivityType = string(text.next())
	e.token = string(text.next())
	e.task.Attempt = uint32(text.number()) //nolint:gosec // It was one.
	e.task.Input = text.next()
	if failure := text.number(); failure == 0 {
		e.outcome = Completed(text)
	} else {
		e.outcome = failed(FailureKind(failure-1), errors.New(string(text))) //nolint:gosec // It was one.
	}
	e.first = pendingResult{execution: e, token: e.token, bytes: a.bytes}
	e.report = &e.first

	return e
}

// archivedText is what is left to read of the text of an archivedOutcome.
type archivedText []byte

func (t *archivedText) number() uint64 {
	n, size := binary.Uvarint(*t)
	*t = (*t)[size:]

	return n
}

func (t *archivedText) next() []byte {
	size := t.number()
	field := (*t)[:size:size]
	*t = (*t)[size:]

	return field
}
