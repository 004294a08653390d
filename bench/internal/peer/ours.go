package peer

import (
	"context"
	"fmt"
	"sync/atomic"

	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
	aion "github.com/aion-go/aion/runtime"
)

type greeter struct{}

func (greeter) Greet(_ context.Context, in *greeterv1.GreetRequest) (*greeterv1.GreetResponse, error) {
	return greet(in), nil
}

// serveTyped is the generated greeter on this module's worker, with all that it
// does by default.
func serveTyped(ctx context.Context, cfg aion.Config) error {
	return serve(ctx, cfg, greeterv1.NewGreeterDispatcher(greeter{}))
}

// serveTypedOnOneStream is serveTyped on a single stream, as the others have it.
func serveTypedOnOneStream(ctx context.Context, cfg aion.Config) error {
	cfg.StreamConcurrency = cfg.MaxConcurrency

	return serveTyped(ctx, cfg)
}

// serveTypedWithoutBallast is serveTyped with a heap as small as the others have it.
func serveTypedWithoutBallast(ctx context.Context, cfg aion.Config) error {
	cfg.HeapBallast = -1

	return serveTyped(ctx, cfg)
}

// The activity types of serveMany and serveSleepers, beside greet.
const (
	// ManyTypes is how many serveMany has.
	ManyTypes = 1000
	// SleepActivity does nothing until it is cancelled.
	SleepActivity = "sleep"
)

// ManyType is the name of one activity type of serveMany.
func ManyType(i int) string { return fmt.Sprintf("greet_%d", i) }

// serveMany has the greeter's activity under many names, as the methods of one
// service.
func serveMany(ctx context.Context, cfg aion.Config) error {
	methods := make([]aion.Method[greeter], ManyTypes)
	for i := range methods {
		spec := aion.ActivitySpec{TaskQueue: greeterv1.GreeterTaskQueue, Type: ManyType(i)}
		methods[i] = aion.NewMethod(spec, greeter.Greet)
	}

	return serve(ctx, cfg, aion.NewDispatcher(greeterv1.GreeterTaskQueue, greeter{}, nil, methods...))
}

// asleep is how many activities of serveSleepers sleep in this process.
var asleep atomic.Int64

// serveSleepers has the greeter and an activity that sleeps, and takes on as many
// unacknowledged results as come.
func serveSleepers(ctx context.Context, cfg aion.Config) error {
	cfg.MaxUnacknowledged = 1 << 30
	sleep := func(ctx context.Context, _ *greeterv1.GreetRequest) (*greeterv1.GreetResponse, error) {
		asleep.Add(1)
		defer asleep.Add(-1)
		<-ctx.Done()

		return nil, context.Cause(ctx)
	}
	spec := aion.ActivitySpec{TaskQueue: greeterv1.GreeterTaskQueue, Type: SleepActivity}

	return serve(ctx, cfg,
		greeterv1.NewGreeterDispatcher(greeter{}), aion.NewFuncDispatcher(spec, sleep))
}

func serve(ctx context.Context, cfg aion.Config, dispatchers ...aion.Dispatcher) error {
	worker, err := aion.NewWorker(cfg, dispatchers...)
	if err != nil {
		return err
	}

	return worker.Run(ctx)
}
