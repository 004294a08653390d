package devengine

import (
	"context"
	"errors"
	"fmt"

	aion "github.com/aion-go/aion/runtime"
)

var (
	_ aion.Executor = (*Engine)(nil)
	_ aion.Executor = executor{}
)

// Execute runs the activity with the engine's defaults and returns its result,
// a JSON text; errors are those of Run.Wait. It waits for a worker to come if
// there is none. When ctx ends first, the run is cancelled and the error wraps
// ErrCancelled and the cause of ctx.
func (e *Engine) Execute(
	ctx context.Context,
	activity aion.ActivitySpec,
	input []byte,
) ([]byte, error) {
	return executor{engine: e}.Execute(ctx, activity, input)
}

// Executor is an executor whose runs have the given options, for generated
// stubs. Its Execute does what the engine's does.
func (e *Engine) Executor(opts ...RunOption) aion.Executor {
	return executor{engine: e, opts: opts}
}

type executor struct {
	engine *Engine
	opts   []RunOption
}

func (x executor) Execute(
	ctx context.Context,
	activity aion.ActivitySpec,
	input []byte,
) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, cancelledBy(ctx, activity)
	}
	run, err := x.engine.StartRun(activity, input, x.opts...)
	if err != nil {
		return nil, err
	}

	select {
	case <-run.done:
	case <-ctx.Done():
		run.Cancel() // Unless the run was faster: what it ended with counts.
		<-run.done
		if errors.Is(run.err, ErrCancelled) {
			return nil, cancelledBy(ctx, activity)
		}
	}

	return run.output, run.err
}

func cancelledBy(ctx context.Context, activity aion.ActivitySpec) error {
	return fmt.Errorf("activity %q: %w: %w", activity.Type, ErrCancelled, context.Cause(ctx))
}
