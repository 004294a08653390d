package aion

import (
	"errors"
	"reflect"
	"testing"
)

func TestAnArchivedOutcomeKeepsWhatAnAdoptionAsksFor(t *testing.T) {
	t.Parallel()
	for name, outcome := range map[string]Outcome{
		"a result":         Completed([]byte(`{"ok":true}`)),
		"no result":        Completed([]byte{}),
		"a failure":        failed(KindRetryable, errors.New("declined")),
		"another kind":     failed(KindPolicyRefused, errors.New("not here")),
		"an empty failure": failed(KindTerminal, errors.New("")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := Task{
				Info: Info{
					WorkflowID: "w", RunID: "r", ActivityID: 1 << 40, Attempt: 300,
					TaskQueue: "payments", ActivityType: "charge",
				},
				CompletionToken: "first", Input: []byte(`{"cents":1}`),
			}
			s := &stream{}
			e := &execution{task: task, token: "newest", stream: s, outcome: outcome}
			p := &pendingResult{execution: e, token: "newest", bytes: 7, sentAt: 8}
			archived := newArchivedOutcome(p, 9)
			if archived.bytes != 7 || archived.sentAt != 8 || archived.times != 9 {
				t.Errorf("got %+v, want what was known of its sends", archived)
			}
			if !archived.isOf(task.key()) {
				t.Error("it is not of its own activity")
			}
			for _, other := range []ActivityKey{{"w", 1}, {"v", 1 << 40}, {"", 1 << 40}} {
				if archived.isOf(other) {
					t.Errorf("it is of %+v as well", other)
				}
			}
			got := archived.execution()
			if !got.sameAttempt(&task) || got.task.key() != task.key() || got.token != "newest" ||
				got.stream != s || got.state != stateFinished || got.size() != e.size() {
				t.Errorf("got %+v, want the execution of %+v", got, task)
			}
			if r := got.report; r != &got.first || r.execution != got || r.token != "newest" || r.bytes != 7 {
				t.Errorf("got the report %+v, want that of the execution", r)
			}
			if !reflect.DeepEqual(frameOf(got.outcome), frameOf(outcome)) {
				t.Errorf("got the outcome %+v, want %+v", got.outcome, outcome)
			}
		})
	}
}

// frameOf is what the engine is told of an outcome.
func frameOf(outcome Outcome) []any {
	if outcome.Failure != nil {
		return []any{outcome.Failure.Kind, outcome.Failure.Error()}
	}

	return []any{string(outcome.Result)}
}
