package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/aion-go/aion/cmd/aion-dev/internal/page"
	"github.com/aion-go/aion/runtime/devengine"
)

// drainTime bounds how long running tasks are waited for at the end.
const drainTime = 5 * time.Second

// config is what the flags say.
type config struct {
	devengine.Config

	page string // Empty for none.
}

// serve is the engine: it serves until ctx ends, and returns its exit code. Its
// reader of stdin is left behind when stdin does not end by itself.
func serve(ctx context.Context, args []string, t terminal) int {
	cfg, err := parse(args, t.err)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage
	}

	cfg.Logger = slog.New(slog.NewTextHandler(t.err, nil))
	engine, err := devengine.Start(cfg.Config) //nolint:contextcheck // It ends by Close.
	if err != nil {
		_, _ = fmt.Fprintln(t.err, "aion-dev:", startError(err, "-listen"))
		return exitError
	}
	served, err := startPage(engine, cfg) //nolint:contextcheck // It ends by Close.
	if err != nil {
		_ = engine.Close() // Always nil.
		_, _ = fmt.Fprintln(t.err, "aion-dev:", startError(err, "-page"))

		return exitError
	}
	out := &lines{w: t.out}
	greet(out, engine, cfg, served)
	prompt := newPrompt(engine, out)
	go prompt.read(t.in) //nolint:contextcheck // Runs end with the engine.

	<-ctx.Done()
	stop(engine, served, out) //nolint:contextcheck // ctx has ended.
	prompt.finish()

	return exitOK
}

// startPage starts the page, or returns nil when there is to be none.
func startPage(engine *devengine.Engine, cfg config) (*page.Server, error) {
	if cfg.page == "" {
		return nil, nil //nolint:nilnil // As documented.
	}

	return page.Start(page.Config{ //nolint:wrapcheck // It says that it is the page.
		Listen:     cfg.page,
		Engine:     engine,
		Namespaces: cfg.Namespaces,
		Logger:     cfg.Logger,
	})
}

// parse reports mistakes to stderr itself.
func parse(args []string, stderr io.Writer) (config, error) {
	flags := flag.NewFlagSet("aion-dev", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		_, _ = fmt.Fprint(stderr, "usage: aion-dev [flags], which starts an engine\n"+
			"       aion-dev run|runs|workers [flags], of an engine that runs: see their -help\n"+
			"       aion-dev version\n")
		flags.PrintDefaults()
	}
	listen := flags.String("listen", "127.0.0.1:50051", "`host:port` to listen on")
	pageAddr := flags.String("page", defaultPage, "`host:port` of the web page; empty for none; "+
		"any free port by default when -listen asks for one")
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
		return config{}, err //nolint:wrapcheck // Reported already.
	}

	cfg := config{
		Config: devengine.Config{
			Listen:          *listen,
			Namespaces:      strings.Split(*namespaces, ","),
			HeartbeatWindow: *window,
			Token:           *token,
			DisablePings:    !*pings,
		},
		page: pageAddress(flags, *pageAddr, *listen),
	}
	err := errors.Join(cfg.Validate(), checkPage(cfg.page))
	if flags.NArg() > 0 {
		err = errors.Join(err, fmt.Errorf(
			"argument %q: want flags only, or a command first", flags.Arg(0)))
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "aion-dev:", err)
		flags.Usage()
	}

	return cfg, err
}

// pageAddress keeps engines on any free port from getting into each other's way
// with their pages.
func pageAddress(flags *flag.FlagSet, page, listen string) string {
	given := false
	flags.Visit(func(f *flag.Flag) { given = given || f.Name == "page" })
	if _, port, err := net.SplitHostPort(listen); !given && err == nil && port == "0" {
		return "127.0.0.1:0"
	}

	return page
}

func checkPage(page string) error {
	if page == "" {
		return nil
	}
	if _, _, err := net.SplitHostPort(page); err != nil {
		return fmt.Errorf("page: want host:port, or nothing for no page, got %q: %w", page, err)
	}

	return nil
}

// startError adds what to do about an address that is taken.
func startError(err error, flagName string) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf(
			"%w: stop the program that has it, or choose another address with %s",
			err,
			flagName,
		)
	}

	return err
}

func greet(out *lines, engine *devengine.Engine, cfg config, served *page.Server) {
	out.printf("development engine on %s: nothing is kept; production is the Aion engine itself",
		engine.Addr())
	out.printf("a worker finds it by:")
	out.printf("  export AION_WORKER_ENDPOINT=%s", engine.Addr())
	out.printf("  export AION_WORKER_NAMESPACE=%s", cfg.Namespaces[0])
	if cfg.Token != "" {
		out.printf("  export AION_TOKEN=%s", cfg.Token)
	}
	out.printf("run an activity by a line: QUEUE ACTIVITY JSON")
	if served != nil {
		out.printf("or on the page: %s", served.URL())
	}
}

// stop gives running tasks a short time. It does not use the ended context.
func stop(engine *devengine.Engine, served *page.Server, out *lines) {
	out.printf("stopping")
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	if err := engine.Drain(ctx); err != nil {
		out.printf("%v", err)
	}
	if served != nil {
		served.Close()
	}
	_ = engine.Close() // Always nil.
}
