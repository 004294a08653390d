// Command conformance is a worker whose activities make faults visible from
// outside: for harnesses that test workers and engines against each other. The
// AION_ variables of the environment configure it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	conformancev1 "github.com/aion-go/aion/examples/conformance/gen/conformance/v1"
	aion "github.com/aion-go/aion/runtime"
)

// The worker stops sooner than others, for harnesses that wait for it.
const (
	stopGrace   = time.Second
	stopTimeout = 10 * time.Second
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1) //nolint:gocritic // The signal handler need not outlive the process.
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("conformance", flag.ContinueOnError)
	workflows := flags.Bool("workflows", false, "serve the queue \"faults\" instead of "+
		"\"conformance\": the same activities, for AWL workflows")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q: see -help", flags.Arg(0))
	}
	cfg, err := aion.ConfigFromEnv()
	if err != nil {
		return err
	}
	cfg.StopGrace, cfg.StopTimeout = stopGrace, stopTimeout
	worker, err := aion.NewWorker(cfg, dispatcher(*workflows))
	if err != nil {
		return err
	}

	return worker.Run(ctx)
}

// dispatcher returns the activities of one of the two services.
func dispatcher(workflows bool) aion.Dispatcher {
	if workflows {
		return conformancev1.NewFaultsDispatcher(&faults{})
	}

	return conformancev1.NewConformanceDispatcher(&conformance{})
}
