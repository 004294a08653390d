package realengine_test

import (
	"testing"
	"time"

	"github.com/aion-go/aion/internal/realengine"
	aion "github.com/aion-go/aion/runtime"
)

// One process serves two task queues of two engines, with the same slots.
func TestAWorkerServesQueuesAndEngines(t *testing.T) {
	t.Parallel()
	first, second := realengine.Start(t), realengine.Start(t)
	const slots = 4
	l := newLedger()
	w := startWorker(t, aion.Config{
		Endpoint: first.Addr() + "," + second.Addr(), MaxConcurrency: slots,
	}, l, atlas{"one"})
	w.waitForLog("worker registered", 2*3) // A queue, and one of two nodes.
	type running struct {
		engine    *realengine.Server
		execution realengine.Execution
	}
	engines := []*realengine.Server{first, second}
	runs := make([]running, 0, len(engines))
	for _, engine := range engines {
		workflowType, err := engine.Deploy(t.Context(), fanOut)
		if err != nil {
			t.Fatal(err)
		}
		execution, err := engine.Start(t.Context(), workflowType, fanOutInput(20, 100*time.Millisecond))
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, running{engine, execution})
		if got := runTour(t, engine); got["east"] != "one@east" {
			t.Errorf("got %v, want the second queue served, too", got)
		}
	}
	for _, r := range runs {
		if result, err := r.engine.Wait(t.Context(), r.execution); err != nil ||
			string(result.Payload) != items(20) {
			t.Errorf("got %s, %v, want the numbers up to 20", result.Payload, err)
		}
	}
	if activities, runs, most := l.books(); activities != 40 || runs != 40 || most > slots {
		t.Errorf("got %d activities in %d runs, %d at once, want 40 in as many, %d at once at most",
			activities, runs, most, slots)
	}
}
