package history

import (
	"container/list"
	"encoding/json"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/aion-go/aion/cmd/aion-dev/internal/api"
	"github.com/aion-go/aion/runtime/devengine"
)

const (
	// keptAttempts is how much of what happened to attempts is kept of one run: a
	// run can be lost and refused for long.
	keptAttempts = 200
	// shortError is how many bytes of an error lists show.
	shortError = 200
)

// entry is what is kept of one run. The history's mutex guards it.
type entry struct {
	// run is nil once it has ended: it holds its input and result a second time.
	run      *devengine.Run
	revision uint64
	recent   *list.Element
	short    api.Run
	input    []byte
	output   []byte
	failure  string
	progress *api.Progress
	attempts []api.Attempt
	dropped  int
}

func entryOf(element *list.Element) *entry {
	return element.Value.(*entry) //nolint:forcetypeassert // Only entries are in the lists.
}

func newEntry(number int, run *devengine.Run, now time.Time) *entry {
	activity := run.Activity()

	return &entry{
		run:   run,
		input: run.Input(),
		short: api.Run{
			Number:     number,
			WorkflowID: run.WorkflowID(),
			Namespace:  run.Namespace(),
			Queue:      activity.TaskQueue,
			Activity:   activity.Type,
			Node:       activity.Node,
			State:      api.StateQueued,
			Started:    now,
		},
	}
}

// attempted takes what happened to an attempt. What ends the run is told besides.
func (e *entry) attempted(a devengine.Attempt) {
	if a.State == devengine.AttemptStarted {
		e.short.Percent = nil
	}
	e.short.State = stateAfter(a.State)
	e.short.Attempt, e.short.Attempts, e.short.WorkerID = a.Number, a.Of, a.WorkerID

	attempt := api.Attempt{
		Number:   a.Number,
		Of:       a.Of,
		WorkerID: a.WorkerID,
		State:    a.State.String(),
		At:       a.At,
	}
	if a.Err != nil {
		attempt.Error = a.Err.Error()
	}
	if len(e.attempts) == keptAttempts {
		e.attempts = e.attempts[1:]
		e.dropped++
	}
	e.attempts = append(e.attempts, attempt)
}

// stateAfter is the state of a run that goes on.
func stateAfter(state devengine.AttemptState) api.State {
	switch state {
	case devengine.AttemptLost, devengine.AttemptRefused:
		return api.StateQueued
	case devengine.AttemptFailed, devengine.AttemptTimedOut:
		return api.StateWaiting
	default:
		return api.StateRunning
	}
}

func (e *entry) progressed(p devengine.Progress) {
	e.short.Percent = percentOf(p.JSON)
	e.progress = &api.Progress{
		Attempt:  p.Attempt,
		WorkerID: p.WorkerID,
		At:       p.At,
		JSON:     p.JSON,
	}
}

// percentOf is the number at the top of a progress that says how far it has come
// in percent, nil for none.
func percentOf(progress []byte) *float64 {
	var top struct {
		Percent json.RawMessage `json:"percent"`
	}
	var percent *float64
	if json.Unmarshal(progress, &top) != nil || json.Unmarshal(top.Percent, &percent) != nil ||
		percent == nil || *percent < 0 || *percent > 100 {
		return nil
	}

	return percent
}

func (e *entry) end(output []byte, err error, now time.Time) {
	e.run = nil
	e.short.Ended = &now
	switch {
	case err == nil:
		e.short.State = api.StateCompleted
		e.output = jsonText(output)
		return
	case errors.Is(err, devengine.ErrCancelled), errors.Is(err, devengine.ErrClosed):
		e.short.State = api.StateCancelled
	default:
		e.short.State = api.StateFailed
	}
	e.failure = err.Error()
	e.short.Error = beginning(e.failure)
}

// jsonText is a result as it is, or as a JSON string when the worker sent no
// JSON: the engine does not look.
func jsonText(output []byte) []byte {
	if json.Valid(output) {
		return output
	}
	text, _ := json.Marshal(string(output)) //nolint:errchkjson // A string never fails.

	return text
}

// beginning cuts a text at a character.
func beginning(text string) string {
	if len(text) <= shortError {
		return text
	}
	end := shortError
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}

	return text[:end] + "…"
}

// bytes is the size of what the sender chose the size of.
func (e *entry) bytes() int {
	size := len(e.input) + len(e.output) + len(e.failure)
	if e.progress != nil {
		size += len(e.progress.JSON)
	}
	for _, attempt := range e.attempts {
		size += len(attempt.Error)
	}

	return size
}

func (e *entry) detail() api.RunDetail {
	detail := api.RunDetail{
		Run:            e.short,
		Revision:       e.revision,
		Input:          e.input,
		Output:         e.output,
		Failure:        e.failure,
		Progress:       e.progress,
		History:        slices.Clone(e.attempts),
		HistoryDropped: e.dropped,
	}
	if detail.History == nil {
		detail.History = []api.Attempt{}
	}

	return detail
}
