package aiontest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

// ErrNoWorker is within the error of an activity that nothing can run any more,
// because the worker was stopped or has ended with an error.
var ErrNoWorker = errors.New("no worker is left to run it")

var _ aion.Executor = (*Engine)(nil)

// Engine is an engine and its worker, for the time of a test. It is safe for
// concurrent use, except that only one call of Stop or Restart may be under way.
type Engine struct {
	tb        testing.TB
	engine    *devengine.Engine
	net       *network
	newWorker func() (*aion.Worker, error)
	queues    map[string]bool // Those that the worker serves.

	// All that follows is guarded by mu.
	mu       sync.Mutex
	worker   *worker                 // The newest one.
	served   context.Context         //nolint:containedctx // Ends when no worker is left or to come.
	unserve  context.CancelCauseFunc // Ends served.
	failures []error                 // Of workers.
	records  map[string]*record      // Of Start, by workflow id.
	handlers map[*handler]struct{}   // Those that run.
}

func newEngine(tb testing.TB, engine *devengine.Engine, net *network) *Engine {
	tb.Helper()

	return &Engine{
		tb:       tb,
		engine:   engine,
		net:      net,
		queues:   map[string]bool{},
		records:  map[string]*record{},
		handlers: map[*handler]struct{}{},
	}
}

// worker is one run of a worker.
type worker struct {
	runner   *aion.Worker
	stop     context.CancelFunc
	done     chan struct{} // Closed when it has left.
	replaced bool          // Guarded by Engine.mu: another one is to follow.
}

// startWorker starts a worker; the one before has left.
func (e *Engine) startWorker() error {
	runner, err := e.newWorker()
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	w := &worker{runner: runner, stop: stop, done: make(chan struct{})}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.worker = w
	if e.served == nil || e.served.Err() != nil {
		e.served, e.unserve = context.WithCancelCause(context.Background())
	}
	go func() { // Joined by Restart or close, through done.
		defer close(w.done)
		defer stop()
		e.workerLeft(w, runner.Run(ctx))
	}()

	return nil
}

// workerLeft notes how a worker ended.
func (e *Engine) workerLeft(w *worker, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err != nil {
		e.failures = append(e.failures, err)
		e.unserve(fmt.Errorf("%w: %w", ErrNoWorker, err))
	} else if !w.replaced {
		e.unserve(ErrNoWorker)
	}
}

// workerFailures are the errors that workers have ended with so far.
func (e *Engine) workerFailures() []error {
	e.mu.Lock()
	defer e.mu.Unlock()

	return slices.Clone(e.failures)
}

// Execute runs an activity and waits for its end; generated stubs call it. An
// activity that failed for good is an error that holds an *aion.Failure. When ctx
// ends first, the activity is cancelled, and the error wraps
// devengine.ErrCancelled and the cause of ctx. Without a worker that could run
// it, the error wraps ErrNoWorker.
func (e *Engine) Execute(
	ctx context.Context, activity aion.ActivitySpec, input []byte,
) ([]byte, error) {
	if !e.queues[activity.TaskQueue] {
		return nil, fmt.Errorf("activity %q: %w: nothing serves task queue %q: "+
			"pass its dispatcher to Run", activity.Type, ErrNoWorker, activity.TaskQueue)
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("activity %q: %w: %w",
			activity.Type, devengine.ErrCancelled, context.Cause(ctx))
	}
	run, err := e.start(activity, input, recordFrom(ctx))
	if err != nil {
		return nil, err
	}
	if err := e.follow(ctx, run); err != nil {
		run.Cancel() // Unless the run was faster: what it ended with counts.
		output, ended := run.Wait(context.WithoutCancel(ctx))
		if errors.Is(ended, devengine.ErrCancelled) {
			ended = fmt.Errorf("%w: %w", ended, err)
		}

		return output, ended
	}

	return run.Wait(ctx)
}

// follow waits until a run is done. Its error says why it is not to be waited for.
func (e *Engine) follow(ctx context.Context, run *devengine.Run) error {
	e.mu.Lock()
	served := e.served
	e.mu.Unlock()
	select {
	case <-run.Done():
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-served.Done():
		return context.Cause(served)
	}
}

// start starts a run, whose handlers find its record from their first moment.
func (e *Engine) start(
	activity aion.ActivitySpec, input []byte, r *record,
) (*devengine.Run, error) {
	if r == nil {
		return e.engine.StartRun(activity, input)
	}
	opts, err := r.attach(activity)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	run, err := e.engine.StartRun(activity, input, opts...)
	if err != nil {
		return nil, err
	}
	e.records[run.WorkflowID()] = r

	return run, nil
}

// Worker returns the newest worker, for a look at its books and its health.
func (e *Engine) Worker() *aion.Worker {
	e.mu.Lock()
	defer e.mu.Unlock()

	return e.worker.runner
}

// Disconnect takes the connection between worker and engine away until
// Reconnect, as an engine does that crashes or a network that is cut. The engine
// has noticed it when Disconnect returns; what the worker runs goes on.
func (e *Engine) Disconnect() {
	e.net.cut()
	for _, w := range e.engine.Workers() {
		_ = e.engine.Disconnect(w.ID) // One that is gone already is as good.
	}
}

// Reconnect brings the connection back. The worker needs a moment to notice it,
// as Config.Worker says. The engine then sends again what it had given to the
// worker, and a handler that still runs answers that.
func (e *Engine) Reconnect() { e.net.restore() }

// Stop begins the graceful stop of the worker and returns at once. The channel is
// closed when the worker has left. Activities that are not done by then, and
// those that are executed later, end with ErrNoWorker.
func (e *Engine) Stop() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.worker.stop()

	return e.worker.done
}

// Restart stops the worker gracefully, waits until it has left, and starts another
// one, as a deployment does. Activities that are not done by then go to that one.
func (e *Engine) Restart() {
	<-e.leave()
	if err := e.startWorker(); err != nil {
		e.tb.Fatalf("aiontest: %v", err)
	}
}

// leave begins the stop of a worker that another one is to follow.
func (e *Engine) leave() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.worker.replaced = true
	e.worker.stop()

	return e.worker.done
}

// close ends everything at the end of the test, and tells the test what was not as
// it should be. The engine goes before the worker has left: that would otherwise
// wait whether the engine fills its slots again, a second in every test.
func (e *Engine) close() {
	e.tb.Helper()
	e.cancelHandlers(aion.ErrWorkerStopping)
	left, failures := e.leave(), e.workerFailures()
	_ = e.engine.Close() // It is always nil.
	<-left
	e.mu.Lock()
	defer e.mu.Unlock()
	e.unserve(ErrNoWorker)
	for _, err := range failures {
		e.tb.Errorf("aiontest: the worker ended with an error: %v", err)
	}
	for h := range e.handlers {
		e.tb.Errorf("aiontest: activity %q, attempt %d, still runs after the end of its context: "+
			"let it return when ctx is done", h.task.ActivityType, h.task.Attempt)
	}
}
