package main

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"

	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

// wish is what guests want, one after the other. It stands for a workflow.
type wish struct {
	name  string
	pause time.Duration // Between two guests.
	// grant executes the activity for the guest of a number, from 0.
	grant func(ctx context.Context, executor aion.Executor, guest int) error
}

var wishes = []wish{
	{"greet Ada", 100 * time.Millisecond, greet},
	{"find a table", 300 * time.Millisecond, findTable},
	{"meet somebody", 10 * time.Millisecond, meet},
}

func greet(ctx context.Context, executor aion.Executor, _ int) error {
	_, err := greeterv1.NewGreeterStub(executor).Greet(ctx, &greeterv1.GreetRequest{Name: "Ada"})

	return err
}

// findTable asks for more than there is, each third time.
func findTable(ctx context.Context, executor aion.Executor, guest int) error {
	people := int32(2)
	if guest%3 == 2 {
		people = 30
	}
	_, err := greeterv1.NewConciergeStub(executor).BookTable(ctx,
		&greeterv1.BookTableRequest{Restaurant: "Chez Ada", People: people})

	return err
}

func meet(ctx context.Context, executor aion.Executor, _ int) error {
	_, err := greeterv1.NewConciergeStub(executor).WaitForGuest(ctx,
		&greeterv1.WaitForGuestRequest{Name: "Godot"})

	return err
}

// comeAndGo lets guests have the wish, each within a span, until ctx ends.
func (w wish) comeAndGo(ctx context.Context, engine *devengine.Engine) {
	pause := time.NewTicker(w.pause)
	defer pause.Stop()
	for guest := 0; ctx.Err() == nil; guest++ {
		w.inSpan(ctx, engine, guest)
		select {
		case <-pause.C:
		case <-ctx.Done():
		}
	}
}

// inSpan lets a guest have the wish. The labels of the activity tell it the trace that
// it belongs to.
func (w wish) inSpan(ctx context.Context, engine *devengine.Engine, guest int) {
	ctx, span := otel.Tracer("guests").Start(ctx, w.name)
	defer span.End()
	labels := propagation.MapCarrier{}
	otel.GetTextMapPropagator().Inject(ctx, labels)
	executor := engine.Executor(devengine.WithLabels(labels), devengine.WithRetry(devengine.RetryPolicy{
		MaxRetries: 2, InitialBackoff: 50 * time.Millisecond,
	}))
	if err := w.grant(ctx, executor, guest); err != nil {
		span.SetStatus(codes.Error, "not granted")
	}
}
