package main

import (
	"strings"
	"testing"
	"time"

	"github.com/aion-go/aion/internal/realengine"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

func TestTheProgramServesAndStops(t *testing.T) {
	t.Parallel()
	engine := startEngine(t)
	worker := realengine.StartConformanceWorker(t, engine.Addr(),
		"AION_WORKER_CONCURRENCY=3", "AION_WORKER_IDENTITY=harness")
	if err := engine.WaitForWorkers(t.Context(), "conformance", 1); err != nil {
		t.Fatal(err)
	}
	if got := engine.Workers(); len(got) != 1 || !strings.HasPrefix(got[0].Identity, "harness") ||
		got[0].MaxConcurrency != 3 {
		t.Errorf("got workers %+v, want one as the environment has it", got)
	}
	echo := aion.ActivitySpec{TaskQueue: "conformance", Type: "conformance.echo"}
	got, err := engine.Execute(t.Context(), echo, []byte(`{"a":1}`))
	if err != nil || string(got) != `{"a":1}` {
		t.Errorf("got %s, %v, want the input", got, err)
	}
	if code := worker.Terminate(); code != 0 {
		t.Errorf("got exit code %d after SIGTERM, want 0", code)
	}
}

// A stop takes a second of grace, and cancels what still runs then.
func TestTheProgramStopsWhileItWorks(t *testing.T) {
	t.Parallel()
	engine := startEngine(t)
	worker := realengine.StartConformanceWorker(t, engine.Addr())
	started := make(chan struct{}, 1)
	ended := make(chan devengine.Attempt, 1)
	spec := aion.ActivitySpec{TaskQueue: "conformance", Type: "conformance.heartbeat-slow"}
	run, err := engine.StartRun(spec, []byte(`{"heartbeat_after_ms":0,"complete_after_ms":60000}`),
		devengine.WithProgress(func(devengine.Progress) { started <- struct{}{} }),
		devengine.WithAttempts(func(a devengine.Attempt) {
			if a.State != devengine.AttemptStarted {
				ended <- a
			}
		}))
	if err != nil {
		t.Fatal(err)
	}
	<-started
	stop := time.Now()
	if code := worker.Terminate(); code != 0 {
		t.Errorf("got exit code %d after SIGTERM, want 0", code)
	}
	if took := time.Since(stop); took < stopGrace || took > stopTimeout {
		t.Errorf("the stop took %s, want at least the grace of %s", took, stopGrace)
	}
	got := <-ended
	if got.State != devengine.AttemptFailed ||
		!strings.Contains(got.Err.Error(), aion.ErrWorkerStopping.Error()) {
		t.Errorf("got attempt %s, %v, want a failure because of the stop", got.State, got.Err)
	}
	if _, err := run.Wait(t.Context()); err == nil {
		t.Error("the run completed")
	}
}

func TestAnUnusableInvocationIsAnError(t *testing.T) { //nolint:paralleltest // It sets the environment.
	for name, tt := range map[string]struct {
		args []string
		env  string
		want string
	}{
		"argument":    {args: []string{"now"}, want: `unexpected argument "now"`},
		"flag":        {args: []string{"-fast"}, want: "fast"},
		"environment": {env: "none", want: "AION_WORKER_CONCURRENCY"},
		"no endpoint": {env: "1", want: "AION_WORKER_ENDPOINT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("AION_WORKER_CONCURRENCY", tt.env)
			t.Setenv("AION_WORKER_ENDPOINT", "")
			if err := run(t.Context(), tt.args); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
