// Command greeter is a whole worker program. Without arguments it starts a
// development engine and its worker in one process and shows what activities
// do; with -endpoint it is a worker for an engine that is already running.
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

	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
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
		fmt.Fprintln(os.Stderr, "greeter:", err)
		os.Exit(1) //nolint:gocritic // The signal handler need not outlive the process.
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("greeter", flag.ContinueOnError)
	endpoint := flags.String("endpoint", "", "serve the engine at `HOST:PORT` until SIGINT or SIGTERM; "+
		"the AION_ variables of the environment set the rest")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q: see -help", flags.Arg(0))
	}
	if *endpoint == "" {
		return demonstrate(ctx, out)
	}

	return serve(ctx, *endpoint)
}

// serve runs the worker for an engine that is already there.
func serve(ctx context.Context, endpoint string) error {
	cfg, err := aion.ConfigFromEnv()
	if err != nil {
		return err
	}
	cfg.Endpoint = endpoint
	cfg.MaxConcurrency = cmp.Or(cfg.MaxConcurrency, defaultConcurrency)
	worker, err := newWorker(cfg)
	if err != nil {
		return err
	}

	return worker.Run(ctx)
}

// newWorker makes the worker of both services.
func newWorker(cfg aion.Config) (*aion.Worker, error) {
	return aion.NewWorker(cfg,
		greeterv1.NewGreeterDispatcher(greeter{}),
		greeterv1.NewConciergeDispatcher(concierge{}),
	)
}
