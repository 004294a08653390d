// Command order is a worker with two services, for a workflow that uses both: it
// reserves what is ordered, ships it, and releases it again where that cannot be.
//
//	go run ./examples/order
//
// starts a development engine and both services in one process and calls them as
// the workflow does. The development engine knows no workflows; the workflow
// itself, order.awl, runs on the real one. Start the engine and the worker, each in
// a terminal of its own, and the workflow:
//
//	aion server --config examples/greeter/aion.toml
//	go run ./examples/order -endpoint 127.0.0.1:50051
//	aion run examples/order/order.awl --endpoint http://127.0.0.1:50051 \
//		--input '{"order":"1","article":"tea","quantity":2,"address":"Paris"}'
//
// Its result is the tracking number of the parcel. With the address "Atlantis" the
// articles go back.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	aion "github.com/aion-go/aion/runtime"
)

// defaultConcurrency is what the worker takes on when the environment names no
// other number.
const defaultConcurrency = 8

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "order:", err)
		os.Exit(1) //nolint:gocritic // The signal handler need not outlive the process.
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("order", flag.ContinueOnError)
	endpoint := flags.String("endpoint", "", "serve the engine at `HOST:PORT` until SIGINT or SIGTERM; "+
		"the AION_ variables of the environment set the rest")
	names := flags.String("services", bothServices, "with -endpoint: what to serve, `NAMES` with commas")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q: see -help", flags.Arg(0))
	}
	if *endpoint == "" && *names != bothServices {
		return errors.New("flag -services is for a worker: give it an -endpoint")
	}
	dispatchers, err := services(*names)
	if err != nil {
		return err
	}
	if *endpoint == "" {
		return demonstrate(ctx, out, dispatchers)
	}

	return serve(ctx, *endpoint, dispatchers)
}

// serve runs the worker for an engine that is already there.
func serve(ctx context.Context, endpoint string, dispatchers []aion.Dispatcher) error {
	cfg, err := aion.ConfigFromEnv()
	if err != nil {
		return err
	}
	cfg.Endpoint = endpoint
	cfg.MaxConcurrency = cmp.Or(cfg.MaxConcurrency, defaultConcurrency)
	worker, err := aion.NewWorker(cfg, dispatchers...)
	if err != nil {
		return err
	}

	return worker.Run(ctx)
}
