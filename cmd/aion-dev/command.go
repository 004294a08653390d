package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/aion-go/aion/cmd/aion-dev/internal/api"
	"github.com/aion-go/aion/internal/version"
)

// Exit codes.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

// defaultPage is where the page is unless it is told otherwise.
const defaultPage = "127.0.0.1:50052"

// pageVariable names the page for commands.
const pageVariable = "AION_DEV_PAGE"

// terminal is what a command reads and writes.
type terminal struct {
	in       io.Reader
	out, err io.Writer
}

// run is the program. Without a command it is the engine.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	t := terminal{in: stdin, out: stdout, err: stderr}
	if len(args) == 0 {
		return serve(ctx, args, t)
	}
	switch args[0] {
	case "run":
		return t.exit(runActivity(ctx, args[1:], t))
	case "workers":
		return t.exit(listWorkers(ctx, args[1:], t))
	case "runs":
		return t.exit(listRuns(ctx, args[1:], t))
	case "version", "-version", "--version":
		_, _ = fmt.Fprintln(stdout, "aion-dev", version.Version)
		return exitOK
	default:
		return serve(ctx, args, t)
	}
}

// errUsage is a mistake in the arguments that has been reported.
var errUsage = errors.New("usage")

// exit reports how a command ended and returns its exit code.
func (t terminal) exit(err error) int {
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.Is(err, errUsage):
		return exitUsage
	default:
		_, _ = fmt.Fprintln(t.err, "aion-dev:", err)
		return exitError
	}
}

// command is what all commands have in common.
type command struct {
	terminal

	flags *flag.FlagSet
	page  *string
	json  *bool
}

// newCommand has the flags of every command.
func (t terminal) newCommand(name, usage string) command {
	flags := flag.NewFlagSet("aion-dev "+name, flag.ContinueOnError)
	flags.SetOutput(t.err)
	flags.Usage = func() {
		_, _ = fmt.Fprintf(t.err, "usage: aion-dev %s %s\n", name, usage)
		flags.PrintDefaults()
	}
	page := flags.String("page", cmp.Or(os.Getenv(pageVariable), defaultPage),
		"`host:port` or URL of the page of the running aion-dev; also "+pageVariable)
	asJSON := flags.Bool("json", false, "print JSON, for programs")

	return command{terminal: t, flags: flags, page: page, json: asJSON}
}

// parse reads flags before and after arguments, of which there must be want.
func (c command) parse(args []string, want int) ([]string, error) {
	var rest []string
	for {
		err := c.flags.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			return nil, err //nolint:wrapcheck // As it is.
		}
		if err != nil {
			return nil, errUsage
		}
		if c.flags.NArg() == 0 {
			break
		}
		rest = append(rest, c.flags.Arg(0))
		args = c.flags.Args()[1:]
	}
	if len(rest) != want {
		return nil, c.misuse("%d arguments: want %d", len(rest), want)
	}

	return rest, nil
}

// misuse reports a mistake in the arguments.
func (c command) misuse(format string, args ...any) error {
	_, _ = fmt.Fprintf(c.err, c.flags.Name()+": "+format+"\n", args...)
	c.flags.Usage()

	return errUsage
}

// client is a client of the page.
func (c command) client() (*api.Client, error) {
	return api.NewClient(*c.page) //nolint:wrapcheck // It names the page.
}

// print writes a value as one line of JSON.
func (c command) print(value any) error {
	encoder := json.NewEncoder(c.out)
	encoder.SetEscapeHTML(false)

	return encoder.Encode(value) //nolint:wrapcheck // Stdout's own.
}
