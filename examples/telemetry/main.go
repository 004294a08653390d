// Command telemetry is a worker that tells OpenTelemetry what it does. It starts a
// development engine and the worker in one process and keeps it busy: some of the
// activities fail, and one is slow. It prints each span, and serves the metrics for
// Prometheus beside the probes of the worker's health.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "telemetry:", err)
		os.Exit(1) //nolint:gocritic // The signal handler need not outlive the process.
	}
}

// settings are what the flags say.
type settings struct {
	listen   string
	duration time.Duration
	otlp     bool
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var s settings
	flags := flag.NewFlagSet("telemetry", flag.ContinueOnError)
	flags.StringVar(&s.listen, "listen", "127.0.0.1:0", "serve metrics and probes at `HOST:PORT`")
	flags.DurationVar(&s.duration, "for", 0, "end after this `time`; 0 is at SIGINT or SIGTERM")
	flags.BoolVar(&s.otlp, "otlp", false, "send the spans to OTEL_EXPORTER_OTLP_ENDPOINT, "+
		"http://localhost:4318 by default, instead of printing them")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q: see -help", flags.Arg(0))
	}
	if s.duration < 0 {
		return fmt.Errorf("flag -for is %s: set a positive time, or 0 for no end", s.duration)
	}
	if s.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.duration)
		defer cancel()
	}

	return demonstrate(ctx, s, &lockedWriter{to: out})
}
