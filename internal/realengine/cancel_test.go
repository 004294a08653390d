package realengine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aion-go/aion/internal/realengine"
	typesv1 "github.com/aion-go/aion/internal/realengine/gen/types/v1"
	aion "github.com/aion-go/aion/runtime"
)

// startFlow starts the workflow of a queue.
func startFlow(t *testing.T, engine *realengine.Server, queue string) realengine.Execution {
	t.Helper()
	workflowType, err := engine.Deploy(t.Context(), flow(queue, ""))
	if err != nil {
		t.Fatal(err)
	}
	execution, err := engine.Start(t.Context(), workflowType, `{}`)
	if err != nil {
		t.Fatal(err)
	}

	return execution
}

// expectCancelled expects that an execution ends as cancelled.
func expectCancelled(t *testing.T, engine *realengine.Server, execution realengine.Execution) {
	t.Helper()
	_, err := engine.Wait(t.Context(), execution)
	var ended *realengine.WorkflowError
	if !errors.As(err, &ended) || ended.Status != "Cancelled" {
		t.Errorf("got %v, want that the workflow is cancelled", err)
	}
}

func TestACancelledWorkflowCancelsItsHandler(t *testing.T) {
	t.Parallel()
	engine := realengine.Start(t)
	started := make(chan struct{})
	cause := make(chan error, 1)
	serve(t, engine, work("patient", func(
		ctx context.Context, _ *typesv1.Text,
	) (*typesv1.Text, error) {
		close(started)
		<-ctx.Done()
		cause <- context.Cause(ctx)

		return nil, context.Cause(ctx)
	}))
	execution := startFlow(t, engine, "patient")
	<-started
	if err := engine.Cancel(t.Context(), execution); err != nil {
		t.Fatal(err)
	}
	cancelled := time.Now()
	if got := <-cause; !errors.Is(got, aion.ErrCancelledByEngine) {
		t.Errorf("got cause %v, want %v", got, aion.ErrCancelledByEngine)
	}
	if took := time.Since(cancelled); took > time.Second {
		t.Errorf("the handler heard of it %s after the cancellation, want within a second", took)
	}
	expectCancelled(t, engine, execution)
}

// A handler that ignores its context keeps its slot and nothing else: the
// workflow ends, the other slot serves, and the worker stays for longer than a
// heartbeat window.
func TestAHandlerThatIgnoresItsCancellationHurtsNobody(t *testing.T) {
	t.Parallel()
	const window = time.Second
	engine := realengine.Start(t, realengine.HeartbeatWindow(window))
	started := make(chan struct{})
	release := make(chan struct{})
	w := startWorker(t, aion.Config{Endpoint: engine.Addr(), MaxConcurrency: 4},
		work("deaf", func(_ context.Context, in *typesv1.Text) (*typesv1.Text, error) {
			close(started)
			<-release

			return in, nil
		}),
		work("brisk", func(_ context.Context, in *typesv1.Text) (*typesv1.Text, error) {
			return in, nil
		}),
	)
	execution := startFlow(t, engine, "deaf")
	<-started
	if err := engine.Cancel(t.Context(), execution); err != nil {
		t.Fatal(err)
	}
	expectCancelled(t, engine, execution)
	for until := time.Now().Add(2 * window); time.Now().Before(until); {
		if _, err := engine.Run(t.Context(), flow("brisk", ""), `{}`); err != nil {
			t.Fatal(err)
		}
	}
	close(release)
	if got, err := engine.Run(t.Context(), flow("brisk", ""), `{}`); err != nil {
		t.Errorf("got %+v, %v after the handler's end, want a result", got, err)
	}
	if got, _ := w.log.count("worker registered"); got != 2 {
		t.Errorf("the worker registered %d times, want once for each queue", got)
	}
	if err := w.stop(); err != nil {
		t.Errorf("got %v from a graceful stop, want nil", err)
	}
}
