package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"syscall"
	"time"

	"github.com/aion-go/aion/runtime/devengine"
)

// Exit codes.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

// drainTime bounds how long running tasks are waited for at the end.
const drainTime = 5 * time.Second

// run is the program: it serves until ctx ends, and returns its exit code. Its
// reader of stdin is left behind when stdin does not end by itself.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	cfg, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage
	}

	cfg.Logger = slog.New(slog.NewTextHandler(stderr, nil))
	engine, err := devengine.Start(cfg) //nolint:contextcheck // It ends by Close.
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "aion-dev:", startError(err))
		return exitError
	}
	out := &lines{w: stdout}
	greet(out, engine, cfg)
	prompt := newPrompt(engine, out)
	go prompt.read(stdin) //nolint:contextcheck // Runs end with the engine.

	<-ctx.Done()
	stop(engine, out) //nolint:contextcheck // ctx has ended.
	prompt.finish()

	return exitOK
}

// parse reports mistakes to stderr itself.
func parse(args []string, stderr io.Writer) (devengine.Config, error) {
	flags := flag.NewFlagSet("aion-dev", flag.ContinueOnError)
	flags.SetOutput(stderr)
	listen := flags.String("listen", "127.0.0.1:50051", "`host:port` to listen on")
	namespaces := flags.String(
		"namespace",
		"default",
		"`names` of the namespaces, separated by commas",
	)
	window := flags.Duration(
		"window",
		30*time.Second,
		"heartbeat window: how long a worker may be silent",
	)
	token := flags.String(
		"token",
		"",
		"`text` that workers must send as a bearer token; empty for none",
	)
	pings := flags.Bool("pings", true, "send liveness pings")
	if err := flags.Parse(args); err != nil {
		return devengine.Config{}, err //nolint:wrapcheck // Reported already.
	}

	cfg := devengine.Config{
		Listen:          *listen,
		Namespaces:      strings.Split(*namespaces, ","),
		HeartbeatWindow: *window,
		Token:           *token,
		DisablePings:    !*pings,
	}
	err := cfg.Validate()
	if flags.NArg() > 0 {
		err = errors.Join(err, fmt.Errorf("argument %q: want flags only", flags.Arg(0)))
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "aion-dev:", err)
		flags.Usage()
	}

	return cfg, err
}

// startError adds what to do about an address that is taken.
func startError(err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf(
			"%w: stop the program that has it, or choose another address with -listen",
			err,
		)
	}

	return err
}

func greet(out *lines, engine *devengine.Engine, cfg devengine.Config) {
	out.printf("development engine on %s: nothing is kept; production is the Aion engine itself",
		engine.Addr())
	out.printf("a worker finds it by:")
	out.printf("  export AION_WORKER_ENDPOINT=%s", engine.Addr())
	out.printf("  export AION_WORKER_NAMESPACE=%s", cfg.Namespaces[0])
	if cfg.Token != "" {
		out.printf("  export AION_TOKEN=%s", cfg.Token)
	}
	out.printf("run an activity by a line: QUEUE ACTIVITY JSON")
}

// stop gives running tasks a short time. It does not use the ended context.
func stop(engine *devengine.Engine, out *lines) {
	out.printf("stopping")
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	if err := engine.Drain(ctx); err != nil {
		out.printf("%v", err)
	}
	_ = engine.Close() // Always nil.
}
