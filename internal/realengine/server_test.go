package realengine_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aion-go/aion/internal/realengine"
)

// nothing is a workflow that ends at once.
const nothing = `//! Nothing.
workflow nothing
  outcome done: type String, route success

step run
  route done("yes")
`

// waiting is a workflow that waits for a worker that never comes.
const waiting = `//! Waiting.
workflow waiting
  outcome done: type String, route success

worker nobody
  action never() -> String

step run
  never() -> result
  route done(result)
`

func TestAServerRunsWorkflows(t *testing.T) {
	t.Parallel()
	engine := realengine.Start(t)
	result, err := engine.Run(t.Context(), nothing, `{}`)
	if err != nil || result.Outcome != "done" || string(result.Payload) != `"yes"` {
		t.Errorf("got %+v, %v, want done with yes", result, err)
	}
	name, err := engine.Deploy(t.Context(), waiting)
	if err != nil {
		t.Fatal(err)
	}
	execution, err := engine.Start(t.Context(), name, `{}`)
	if err != nil {
		t.Fatal(err)
	}
	running, err := engine.List(t.Context(), "running")
	if err != nil || len(running) != 1 || running[0].Execution != execution {
		t.Errorf("got %+v, %v, want the execution %+v alone", running, err, execution)
	}
	if err := engine.Cancel(t.Context(), execution); err != nil {
		t.Error(err)
	}
	_, err = engine.Wait(t.Context(), execution)
	var ended *realengine.WorkflowError
	if !errors.As(err, &ended) || ended.Status != "Cancelled" {
		t.Errorf("got %v, want that it is cancelled", err)
	}
	if _, err := engine.Start(t.Context(), "unknown", `{}`); err == nil {
		t.Error("a workflow of an unknown type started")
	}
	engine.Stop()
}

func TestADurableServerRemembers(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*realengine.Server){
		"killed":  func(s *realengine.Server) { s.Kill() },
		"stopped": func(s *realengine.Server) { s.Stop() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine := realengine.Start(t, realengine.Durable())
			workflow, err := engine.Deploy(t.Context(), waiting)
			if err != nil {
				t.Fatal(err)
			}
			execution, err := engine.Start(t.Context(), workflow, `{}`)
			if err != nil {
				t.Fatal(err)
			}
			end(engine)
			engine.Restart()
			summary, err := engine.Describe(t.Context(), execution)
			if err != nil || summary.Status != "Running" {
				t.Errorf("got %+v, %v, want that it runs on", summary, err)
			}
		})
	}
}

func TestAPausedServerGoesOn(t *testing.T) {
	t.Parallel()
	engine := realengine.Start(t)
	engine.Pause()
	ended := make(chan error, 1)
	go func() {
		_, err := engine.Run(t.Context(), nothing, `{}`)
		ended <- err
	}()
	select {
	case err := <-ended:
		t.Errorf("got %v from a paused server, want nothing", err)
	case <-time.After(200 * time.Millisecond):
		engine.Continue()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
