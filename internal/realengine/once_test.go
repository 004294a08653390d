package realengine_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aion-go/aion/internal/realengine"
	aion "github.com/aion-go/aion/runtime"
)

// fanOutPatience bounds the wait for a fan-out, whatever happens to it.
const fanOutPatience = 45 * time.Second

// retriedFanOut is fanOut with a timeout and retries. The engine needs the
// timeout for itself: it hangs an activity that it gives to a stream which ends at
// that very moment. The retries are for workers that stop, too.
var retriedFanOut = strings.NewReplacer(
	"workflow fan_out", "workflow retried_fan_out",
	"-> Int", "-> Int\n    timeout 15s, retry 5 every 0s",
).Replace(fanOut)

// What the engine does to an activity that it gives to a stream which ends at that
// very moment. No worker can help it.
const (
	errLost = "worker task channel full or closed" // It fails the workflow.
	errHung = "exceeded its per-attempt bound"     // It forgets it until its timeout.
)

// despiteLosses repeats a test in which the engine lost an activity by itself,
// which the test reports by the value true.
func despiteLosses(t *testing.T, test func() (lost bool)) {
	t.Helper()
	for range 5 {
		if !test() || t.Failed() {
			return
		}
	}
	t.Error("the engine lost an activity in each of five runs")
}

// fanOutRun is a fan-out that runs.
type fanOutRun struct {
	*testing.T

	engine    *realengine.Server
	execution realengine.Execution
	items     int

	// Set at the end, from the history.
	leases  int // How often the engine gave an activity away.
	hung    int // Attempts that the engine hung, until their timeout.
	stopped int // Attempts that failed because the worker stopped.
}

// startFanOut starts a fan-out over n items, each of which takes so long.
func startFanOut(
	t *testing.T, engine *realengine.Server, n int, each time.Duration,
) *fanOutRun {
	t.Helper()
	workflowType, err := engine.Deploy(t.Context(), retriedFanOut)
	if err != nil {
		t.Fatal(err)
	}
	execution, err := engine.Start(t.Context(), workflowType, fanOutInput(n, each))
	if err != nil {
		t.Fatal(err)
	}

	return &fanOutRun{T: t, engine: engine, execution: execution, items: n}
}

// expectOnce waits for the end and expects that the workflow has all results and
// that its history has each activity's end exactly once. It reports whether the
// engine lost the workflow by itself; then nothing is expected.
func (f *fanOutRun) expectOnce() (lost bool) {
	f.Helper()
	ctx, cancel := context.WithTimeout(f.Context(), fanOutPatience)
	defer cancel()
	result, err := f.engine.Wait(ctx, f.execution)
	var failed *realengine.WorkflowError
	if errors.As(err, &failed) && strings.Contains(failed.Message, errLost) {
		f.Logf("the engine lost an activity: %s", failed.Message)
		return true
	}
	if err != nil || result.Outcome != "done" || string(result.Payload) != items(f.items) {
		f.Errorf("got %s %s, %v, want the items up to %d",
			result.Outcome, result.Payload, err, f.items)
	}
	history, err := f.engine.History(f.Context(), f.execution)
	if err != nil {
		f.Fatal(err)
	}
	seen := map[string]map[uint64]int{}
	for _, event := range history {
		var data struct {
			ActivityID uint64 `json:"activity_id"` //nolint:tagliatelle // The engine's.
		}
		if err := json.Unmarshal(event.Data, &data); err != nil {
			f.Fatal(err)
		}
		if seen[event.Type] == nil {
			seen[event.Type] = map[uint64]int{}
		}
		seen[event.Type][data.ActivityID]++
		switch event.Type {
		case "ActivityLeased":
			f.leases++
		case "ActivityFailed":
			f.takeFailure(string(event.Data))
		}
	}
	for _, event := range []string{"ActivityScheduled", "ActivityCompleted"} {
		f.expectEach(event, seen[event])
	}

	return false
}

// takeFailure takes the failure of an attempt into the books.
func (f *fanOutRun) takeFailure(text string) {
	f.Helper()
	switch {
	case strings.Contains(text, errHung):
		f.hung++
	case strings.Contains(text, aion.ErrWorkerStopping.Error()):
		f.stopped++
	default:
		f.Errorf("an activity failed: %s", text)
	}
}

// expectGivenAwayAgain expects that the fault of the test has struck: the engine
// gave activities away more than once.
func (f *fanOutRun) expectGivenAwayAgain() {
	f.Helper()
	if f.leases <= f.items {
		f.Errorf("the engine gave %d activities away %d times, want more", f.items, f.leases)
	}
}

// expectEach expects an event once for each activity.
func (f *fanOutRun) expectEach(event string, seen map[uint64]int) {
	f.Helper()
	if len(seen) != f.items {
		f.Errorf("got %s for %d activities, want it for %d", event, len(seen), f.items)
	}
	for id, n := range seen {
		if n != 1 {
			f.Errorf("got %s for activity %d %d times, want once", event, id, n)
		}
	}
}
