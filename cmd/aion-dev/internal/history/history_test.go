package history

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/aion-go/aion/cmd/aion-dev/internal/api"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

// lab feeds a history by hand, with runs of a real engine that has no workers.
type lab struct {
	*testing.T
	*History

	engine *devengine.Engine
}

func newLab(t *testing.T, runs, bytes int) *lab {
	t.Helper()
	engine, err := devengine.Start(devengine.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatalf("Start: got %v, want an engine", err)
	}
	t.Cleanup(func() { engine.Close() })

	return &lab{T: t, History: newBounded(runs, bytes), engine: engine}
}

func (l *lab) start() *devengine.Run {
	l.Helper()
	run, err := l.engine.StartRun(aion.ActivitySpec{TaskQueue: "q", Type: "a"}, []byte(`{"in":1}`))
	if err != nil {
		l.Fatalf("StartRun: got %v, want a run", err)
	}
	l.started(run)

	return run
}

func (l *lab) startAndEnd(output string) { l.end(l.start(), []byte(output), nil) }

// wantNumbers checks which runs are kept, newest first.
func (l *lab) wantNumbers(want ...int) {
	l.Helper()
	if got := numbersOf(l.Newest(1000)); !slices.Equal(got, want) {
		l.Errorf("runs: got %v, want %v", got, want)
	}
}

func numbersOf(runs []api.Run) []int {
	numbers := make([]int, 0, len(runs))
	for _, run := range runs {
		numbers = append(numbers, run.Number)
	}

	return numbers
}

// first is run 1.
func (l *lab) first() api.RunDetail {
	l.Helper()
	detail, err := l.History.Run(1)
	if err != nil {
		l.Fatalf("run 1: got %v, want it", err)
	}

	return detail
}

func TestKeepsTheNewestEndedRuns(t *testing.T) {
	t.Parallel()
	l := newLab(t, 2, 1000)
	open := l.start()
	for range 4 {
		l.startAndEnd("1")
	}
	l.wantNumbers(5, 4, 1)
	if _, err := l.History.Run(
		2,
	); !errors.Is(err, ErrUnknown) ||
		!strings.Contains(err.Error(), "run 2") {
		t.Errorf("run 2: got %v, want ErrUnknown with its number", err)
	}
	if err := l.Cancel(2); !errors.Is(err, ErrUnknown) {
		t.Errorf("cancel of run 2: got %v, want ErrUnknown", err)
	}
	l.end(open, nil, nil) // It ended last, whenever it started.
	l.wantNumbers(5, 1)
	if got := numbersOf(l.Newest(1)); !slices.Equal(got, []int{5}) {
		t.Errorf("newest: got %v, want only 5", got)
	}
}

func TestKeepsWithinItsBytes(t *testing.T) {
	t.Parallel()
	l := newLab(t, 100, 100)
	large := `"` + strings.Repeat("x", 40) + `"`
	for range 3 {
		l.startAndEnd(large)
	}
	l.wantNumbers(3, 2)
	l.startAndEnd(`"` + strings.Repeat("x", 400) + `"`) // The newest stays, whatever its size.
	l.wantNumbers(4)
	if got := len(l.byID) + l.recent.Len() + l.ended.Len(); got != 3 {
		t.Errorf("books: got %d entries in all three, want one in each", got)
	}
	l.startAndEnd("1")
	l.wantNumbers(5)
	if want := len(`{"in":1}`) + len("1"); l.bytes != want {
		t.Errorf("bytes: got %d, want %d", l.bytes, want)
	}
}

func TestCancelReachesTheRun(t *testing.T) {
	t.Parallel()
	l := newLab(t, 2, 1000)
	run := l.start()
	if err := l.Cancel(1); err != nil {
		t.Errorf("cancel: got %v, want nil", err)
	}
	if _, err := run.Wait(t.Context()); !errors.Is(err, devengine.ErrCancelled) {
		t.Errorf("run: got %v, want ErrCancelled", err)
	}
	l.end(run, nil, devengine.ErrCancelled)
	if got := l.byNumber[1].run; got != nil {
		t.Errorf("ended run: got %v, want it let go", got)
	}
	if err := l.Cancel(1); err != nil {
		t.Errorf("cancel of what has ended: got %v, want nil", err)
	}
}

func TestStatesOfARun(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		attempts []devengine.AttemptState
		want     api.State
	}{
		{"no attempt", nil, api.StateQueued},
		{"started", []devengine.AttemptState{devengine.AttemptStarted}, api.StateRunning},
		{"lost", []devengine.AttemptState{devengine.AttemptLost}, api.StateQueued},
		{"refused", []devengine.AttemptState{devengine.AttemptRefused}, api.StateQueued},
		{"failed", []devengine.AttemptState{devengine.AttemptFailed}, api.StateWaiting},
		{"timed out", []devengine.AttemptState{devengine.AttemptTimedOut}, api.StateWaiting},
		{
			"again",
			[]devengine.AttemptState{devengine.AttemptFailed, devengine.AttemptStarted},
			api.StateRunning,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, 2, 1000)
			run := l.start()
			for _, state := range test.attempts {
				l.attempt(run, devengine.Attempt{Number: 2, Of: 4, WorkerID: 7, State: state})
			}
			got := l.first()
			if got.State != test.want || got.State.Ended() {
				t.Errorf("state: got %q, want %q", got.State, test.want)
			}
			if len(got.History) != len(test.attempts) {
				t.Errorf("history: got %+v, want %d entries", got.History, len(test.attempts))
			}
			if test.attempts != nil &&
				(got.Attempt != 2 || got.Attempts != 4 || got.WorkerID != 7) {
				t.Errorf("run: got %+v, want attempt 2 of 4 on worker 7", got.Run)
			}
		})
	}
}

func TestEndsOfARun(t *testing.T) {
	t.Parallel()
	long := "x" + strings.Repeat("ä", shortError) // So that the cut is within a character.
	for _, test := range []struct {
		name    string
		output  string
		err     error
		state   api.State
		kept    string
		failure string
		short   string
	}{
		{"result", `{"a":1}`, nil, api.StateCompleted, `{"a":1}`, "", ""},
		{"no JSON", `{"a`, nil, api.StateCompleted, `"{\"a"`, "", ""},
		{"nothing", ``, nil, api.StateCompleted, `""`, "", ""},
		{"failure", "", errors.New("bad"), api.StateFailed, "", "bad", "bad"},
		{
			"long", "", errors.New(long), api.StateFailed, "",
			long, "x" + strings.Repeat("ä", shortError/2-1) + "…",
		},
		{"cancelled", "", devengine.ErrCancelled, api.StateCancelled, "", "cancelled", "cancelled"},
		{
			"closed", "", devengine.ErrClosed, api.StateCancelled, "",
			devengine.ErrClosed.Error(), devengine.ErrClosed.Error(),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, 2, 10000)
			l.end(l.start(), []byte(test.output), test.err)
			got := l.first()
			if got.State != test.state || !got.State.Ended() || got.Ended == nil {
				t.Errorf("state: got %q at %v, want %q", got.State, got.Ended, test.state)
			}
			if string(got.Output) != test.kept || got.Failure != test.failure ||
				got.Error != test.short {
				t.Errorf("end: got %s, %q, %q, want %s, %q, %q", got.Output, got.Failure, got.Error,
					test.kept, test.failure, test.short)
			}
			if _, err := json.Marshal(got); err != nil {
				t.Errorf("JSON: got %v, want a text", err)
			}
		})
	}
}

func TestPercentOfProgress(t *testing.T) {
	t.Parallel()
	for progress, want := range map[string]float64{
		`{"percent":0}`:        0,
		`{"percent":12.5}`:     12.5,
		`{"percent":100}`:      100,
		`{"percent":100.1}`:    -1,
		`{"percent":-1}`:       -1,
		`{"percent":"5"}`:      -1,
		`{"percent":null}`:     -1,
		`{"in":{"percent":5}}`: -1,
		`[5]`:                  -1,
		`5`:                    -1,
		`null`:                 -1,
	} {
		got := -1.0
		if percent := percentOf([]byte(progress)); percent != nil {
			got = *percent
		}
		if got != want {
			t.Errorf("%s: got %v, want %v (-1 for none)", progress, got, want)
		}
	}
}

func TestProgressIsThatOfTheAttempt(t *testing.T) {
	t.Parallel()
	l := newLab(t, 2, 1000)
	run := l.start()
	l.attempt(run, devengine.Attempt{Number: 1, State: devengine.AttemptStarted})
	l.progress(run, devengine.Progress{Attempt: 1, JSON: []byte(`{"percent":5}`)})
	if got := l.first(); got.Percent == nil || *got.Percent != 5 ||
		string(got.Progress.JSON) != `{"percent":5}` {
		t.Errorf("run: got %+v, want 5 percent", got)
	}
	l.attempt(run, devengine.Attempt{Number: 2, State: devengine.AttemptStarted})
	if got := l.first(); got.Percent != nil || got.Progress == nil {
		t.Errorf("run: got %+v, want the progress kept and no percent for attempt 2", got)
	}
}

func TestBoundsWhatHappenedToAttempts(t *testing.T) {
	t.Parallel()
	l := newLab(t, 2, 1000)
	run := l.start()
	for i := range keptAttempts + 5 {
		l.attempt(run, devengine.Attempt{Number: i + 1, State: devengine.AttemptLost})
	}
	got := l.first()
	if len(got.History) != keptAttempts || got.HistoryDropped != 5 || got.History[0].Number != 6 {
		t.Errorf("history: got %d entries from %d on and %d dropped, want %d, 6 and 5",
			len(got.History), got.History[0].Number, got.HistoryDropped, keptAttempts)
	}
}

func TestAwait(t *testing.T) {
	t.Parallel()
	l := newLab(t, 2, 1000)
	cause := errors.New("no time")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := l.Await(ctx, "nobody"); !errors.Is(err, cause) {
		t.Errorf("await: got %v, want the cause", err)
	}

	run, err := l.engine.StartRun(aion.ActivitySpec{TaskQueue: "q", Type: "a"}, []byte(`1`))
	if err != nil {
		t.Fatalf("StartRun: got %v, want a run", err)
	}
	got := make(chan int)
	go func() {
		detail, _ := l.Await(t.Context(), run.WorkflowID())
		got <- detail.Number
	}()
	l.start()
	l.started(run)
	if number := <-got; number != 2 {
		t.Errorf("number: got %d, want 2", number)
	}
}

func TestSinceTellsEachRunOnceAsItIsNow(t *testing.T) {
	t.Parallel()
	l := newLab(t, 10, 1000)
	first, _ := l.start(), l.start()
	changes := l.Since(0, 10)
	if got := numbersOf(
		changes.Runs,
	); !slices.Equal(got, []int{1, 2}) || changes.More ||
		changes.Reset {
		t.Errorf("changes: got %+v, want runs 1 and 2", changes)
	}
	for range 5 {
		l.attempt(first, devengine.Attempt{Number: 1, State: devengine.AttemptStarted})
	}
	l.end(first, []byte(`1`), nil)
	changes = l.Since(changes.Revision, 10)
	if len(changes.Runs) != 1 || changes.Runs[0].State != api.StateCompleted {
		t.Errorf("changes: got %+v, want run 1 alone, completed", changes)
	}
	if again := l.Since(changes.Revision, 10); len(again.Runs)+len(again.Removed) != 0 {
		t.Errorf("changes: got %+v, want none", again)
	}
}

func TestSinceGoesOnWhereItsLimitWas(t *testing.T) {
	t.Parallel()
	l := newLab(t, 10, 1000)
	for range 5 {
		l.start()
	}
	var got []int
	var revision uint64
	for more := true; more; {
		changes := l.Since(revision, 2)
		if len(changes.Runs) > 2 {
			t.Fatalf("changes: got %d, want 2 at most", len(changes.Runs))
		}
		got = append(got, numbersOf(changes.Runs)...)
		revision, more = changes.Revision, changes.More
	}
	if !slices.Equal(got, []int{1, 2, 3, 4, 5}) {
		t.Errorf("runs: got %v, want 1 to 5", got)
	}
}

func TestSinceTellsRemovals(t *testing.T) {
	t.Parallel()
	l := newLab(t, 2, 1000)
	l.startAndEnd(`1`)
	l.startAndEnd(`1`)
	revision := l.Since(0, 10).Revision
	l.startAndEnd(`1`)
	changes := l.Since(revision, 10)
	if !slices.Equal(changes.Removed, []int{1}) || changes.Reset {
		t.Errorf("changes: got %+v, want run 1 removed", changes)
	}
	revision = changes.Revision
	if again := l.Since(revision, 10); len(again.Removed) != 0 {
		t.Errorf("changes: got %+v, want nothing removed twice", again)
	}
}

func TestSinceStartsAnewForThoseTooFarBehind(t *testing.T) {
	t.Parallel()
	l := newLab(t, 2, 1000)
	l.startAndEnd(`1`)
	early := l.Since(0, 10).Revision
	for range 20 {
		l.startAndEnd(`1`)
		if len(l.removed) > 2 {
			t.Fatalf("removals: got %d remembered, want 2 at most", len(l.removed))
		}
	}
	for name, revision := range map[string]uint64{"too early": early, "from the future": 1 << 40} {
		changes := l.Since(revision, 10)
		if got := numbersOf(changes.Runs); !changes.Reset || !slices.Equal(got, []int{20, 21}) {
			t.Errorf("%s: got %+v, want a reset with the runs 20 and 21", name, changes)
		}
	}
}

func TestChangedIsSignalled(t *testing.T) {
	t.Parallel()
	l := newLab(t, 2, 1000)
	changed := l.Changed()
	select {
	case <-changed:
		t.Error("changed: got a signal before a change, want none")
	default:
	}
	l.start()
	select {
	case <-changed:
	default:
		t.Error("changed: got no signal, want one after a change")
	}
}
