// Command payments is a worker whose activities must not act twice, on a real
// database. Run it from the folder of the repository:
//
//	go run -C examples/payments .
//
// starts a development engine, its worker and an SQLite database in one process
// and shows a charge, a refund, a card that declines, and a retry.
//
//	go run -C examples/payments . -demonstrate-crash
//
// kills workers with SIGKILL, before and after they have committed a charge, and
// shows that it is charged once.
//
//	go run -C examples/payments . -endpoint 127.0.0.1:50051 -database postgres://…
//
// is a worker for an engine that is already running.
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
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "payments:", err)
		os.Exit(1) //nolint:gocritic // The signal handler need not outlive the process.
	}
}

// options are what the command line says.
type options struct {
	endpoint string
	database string
	crash    bool
	wait     point
}

func run(ctx context.Context, args []string, out io.Writer) error {
	opts, err := parse(args)
	switch {
	case err != nil:
		return err
	case opts.endpoint != "":
		return serve(ctx, opts, out)
	case opts.crash:
		return withDatabase(opts.database, func(database string) error {
			return demonstrateCrash(ctx, database, out)
		})
	default:
		return withDatabase(opts.database, func(database string) error {
			return demonstrate(ctx, database, out)
		})
	}
}

func parse(args []string) (options, error) {
	var opts options
	flags := flag.NewFlagSet("payments", flag.ContinueOnError)
	flags.StringVar(&opts.endpoint, "endpoint", "", "serve the engine at `HOST:PORT` until SIGINT or "+
		"SIGTERM; the AION_ variables of the environment set the rest")
	flags.StringVar(&opts.database, "database", os.Getenv("PAYMENTS_DATABASE"), "`NAME` of the database: "+
		"postgres://… or a file for SQLite (default $PAYMENTS_DATABASE, else the file payments.db with "+
		"-endpoint, and a new one without)")
	flags.BoolVar(&opts.crash, "demonstrate-crash", false, "kill workers, and show that all is charged once")
	flags.StringVar((*string)(&opts.wait), "wait", "", "for the demonstration: let charges wait for ever "+
		"at the `POINT` before-commit or after-commit, so that the worker can be killed there")
	if err := flags.Parse(args); err != nil {
		return opts, err
	}
	switch {
	case flags.NArg() > 0:
		return opts, fmt.Errorf("unexpected argument %q: see -help", flags.Arg(0))
	case opts.wait != "" && opts.wait != beforeCommit && opts.wait != afterCommit:
		return opts, fmt.Errorf("flag -wait is %q: want %s or %s", opts.wait, beforeCommit, afterCommit)
	case opts.wait != "" && opts.endpoint == "":
		return opts, errors.New("flag -wait is for a worker: give it an -endpoint")
	case opts.crash && opts.endpoint != "":
		return opts, errors.New("flag -demonstrate-crash starts its own engine: leave -endpoint out")
	}
	if opts.endpoint != "" {
		opts.database = cmp.Or(opts.database, "payments.db")
	}

	return opts, nil
}
