package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

// demonstrate starts an engine and a worker, and calls the activities through
// the engine as a workflow would.
func demonstrate(ctx context.Context, out io.Writer) error {
	quiet := slog.New(slog.DiscardHandler)
	engine, err := devengine.Start(devengine.Config{HeartbeatWindow: time.Second, Logger: quiet})
	if err != nil {
		return err
	}
	defer engine.Close() //nolint:errcheck // It is always nil.
	worker, err := newWorker(aion.Config{
		Endpoint: engine.Addr(), MaxConcurrency: defaultConcurrency, Logger: quiet,
	})
	if err != nil {
		return err
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	var workerErr error
	var running sync.WaitGroup
	running.Go(func() {
		workerErr = worker.Run(working)
		stop()
	})
	fmt.Fprintf(out, "development engine on %s, one worker for both queues\n\n", engine.Addr())
	d := &demonstration{engine: engine, out: out}
	err = errors.Join(d.greet(working), d.tour(working), d.table(working), d.cancel(working))
	stop()
	running.Wait()
	if err := errors.Join(err, workerErr); err != nil {
		return err
	}
	d.linef("stop", "the worker has finished what it held and left")

	return nil
}

// demonstration prints what happens to each activity. Its observers are called
// by the engine, one at a time for each run.
type demonstration struct {
	engine *devengine.Engine
	out    io.Writer
}

func (d *demonstration) linef(activity, format string, args ...any) {
	fmt.Fprintf(d.out, "%-16s%s\n", activity, fmt.Sprintf(format, args...))
}

func (d *demonstration) greet(ctx context.Context) error {
	out, err := greeterv1.NewGreeterStub(d.engine).Greet(ctx, &greeterv1.GreetRequest{Name: "Ada"})
	if err != nil {
		return err
	}
	d.linef("greet", "%s (a name of %d characters)", out.GetMessage(), out.GetLength())

	return nil
}

func (d *demonstration) tour(ctx context.Context) error {
	stub := greeterv1.NewConciergeStub(d.engine.Executor(devengine.WithProgress(func(p devengine.Progress) {
		d.linef("prepare_tour", "progress %s", p.JSON)
	})))
	out, err := stub.PrepareTour(
		ctx,
		&greeterv1.PrepareTourRequest{Guests: []string{"Ada", "Grace", "Barbara"}},
	)
	if err != nil {
		return err
	}
	d.linef("prepare_tour", "%s", strings.Join(out.GetGreetings(), " "))

	return nil
}

// table books a table that is to be had after some attempts, and one that is
// not to be had at all.
func (d *demonstration) table(ctx context.Context) error {
	stub := greeterv1.NewConciergeStub(d.engine.Executor(devengine.WithAttempts(func(a devengine.Attempt) {
		if a.State == devengine.AttemptFailed {
			d.linef("book_table", "attempt %d of %d: %v", a.Number, a.Of, a.Err)
		}
	})))
	out, err := stub.BookTable(ctx, &greeterv1.BookTableRequest{Restaurant: "Chez Ada", People: 2})
	if err != nil {
		return err
	}
	d.linef("book_table", "table %d, on attempt %d", out.GetTable(), out.GetAttempt())
	_, err = stub.BookTable(ctx, &greeterv1.BookTableRequest{Restaurant: "Chez Ada", People: 30})
	var failure *aion.Failure
	if !errors.As(err, &failure) {
		return fmt.Errorf("a table for 30: got %w, want a failure", err)
	}
	d.linef("book_table", "%s failure, no further attempt", failure.Kind)

	return nil
}

// cancel starts an activity and cancels it once it runs.
func (d *demonstration) cancel(ctx context.Context) error {
	started := make(chan struct{})
	ended := make(chan devengine.Attempt, 1)
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	stub := greeterv1.NewConciergeStub(d.engine.Executor(devengine.WithAttempts(func(a devengine.Attempt) {
		if a.State == devengine.AttemptStarted {
			d.linef("wait_for_guest", "started")
			close(started)
		} else {
			ended <- a
		}
	})))
	go func() {
		select {
		case <-started:
			cancel()
		case <-waiting.Done():
		}
	}()
	_, err := stub.WaitForGuest(waiting, &greeterv1.WaitForGuestRequest{Name: "Godot"})
	if !errors.Is(err, devengine.ErrCancelled) {
		return fmt.Errorf("wait for Godot: got %w, want a cancellation", err)
	}
	d.linef("wait_for_guest", "%s", (<-ended).State)

	return nil
}
