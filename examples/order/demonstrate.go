package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	orderv1 "github.com/aion-go/aion/examples/order/gen/order/v1"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

// demonstrate starts an engine and a worker, and takes some orders.
func demonstrate(ctx context.Context, out io.Writer, dispatchers []aion.Dispatcher) error {
	quiet := slog.New(slog.DiscardHandler)
	engine, err := devengine.Start(devengine.Config{HeartbeatWindow: time.Second, Logger: quiet})
	if err != nil {
		return err
	}
	defer engine.Close() //nolint:errcheck // It is always nil.
	worker, err := aion.NewWorker(aion.Config{
		Endpoint: engine.Addr(), MaxConcurrency: defaultConcurrency, Logger: quiet,
	}, dispatchers...)
	if err != nil {
		return err
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	var workerErr error
	var running sync.WaitGroup
	running.Go(func() {
		defer stop()
		workerErr = worker.Run(working)
	})
	fmt.Fprintf(out, "development engine on %s, one worker for %d queues\n", engine.Addr(), len(dispatchers))
	d := &demonstration{engine: engine, out: out}
	err = errors.Join(
		d.order(working, order{"1", tea, 2, "Paris"}),
		d.order(working, order{"2", tea, 3, "Atlantis"}),
		d.order(working, order{"3", tea, 9, "Rome"}),
	)
	stop()
	running.Wait()

	return errors.Join(err, workerErr)
}

// order is the input of the workflow.
type order struct {
	number, article string
	quantity        int64
	address         string
}

// demonstration prints what happens to each order.
type demonstration struct {
	engine *devengine.Engine
	out    io.Writer
}

// observed is an executor that prints what becomes of an activity, and how often
// it is tried again.
func (d *demonstration) observed(activity string) aion.Executor {
	return d.engine.Executor(devengine.WithAttempts(func(a devengine.Attempt) {
		switch {
		case a.Err != nil:
			fmt.Fprintf(d.out, "  %-8s attempt %d: %v\n", activity, a.Number, a.Err)
		case a.State == devengine.AttemptCompleted:
			fmt.Fprintf(d.out, "  %-8s attempt %d: done\n", activity, a.Number)
		}
	}))
}

// order does what order.awl says. It is here to be looked at: a workflow in Go would
// forget everything when its process ends.
func (d *demonstration) order(ctx context.Context, o order) error {
	fmt.Fprintf(d.out, "\norder %s: %d of %s to %s\n", o.number, o.quantity, o.article, o.address)
	_, err := orderv1.NewStockStub(d.observed("reserve")).Reserve(ctx, &orderv1.ReserveRequest{
		Order: o.number, Article: o.article, Quantity: o.quantity,
	})
	if err != nil {
		return d.release(ctx, o, err)
	}
	out, err := orderv1.NewShippingStub(d.observed("ship")).Ship(ctx, &orderv1.ShipRequest{
		Order: o.number, Address: o.address,
	})
	if err != nil {
		return d.release(ctx, o, err)
	}
	fmt.Fprintf(d.out, "  shipped, tracking number %s\n", out.GetTracking())

	return nil
}

// release makes up for what was done for an order that failed.
func (d *demonstration) release(ctx context.Context, o order, reason error) error {
	if _, ok := errors.AsType[*aion.Failure](reason); !ok {
		return fmt.Errorf("order %s: got %w, want a failure", o.number, reason)
	}
	_, err := orderv1.NewStockStub(d.observed("release")).Release(ctx, &orderv1.ReleaseRequest{
		Order: o.number,
	})

	return err
}
