package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aion-go/aion/cmd/aion-dev/internal/api"
)

// cancelTime bounds how long the end of a run is waited for that a signal has
// cancelled.
const cancelTime = 5 * time.Second

// runActivity runs an activity, shows how far it has come on stderr, and prints
// its result. A signal cancels it.
func runActivity(ctx context.Context, args []string, t terminal) error {
	c := t.newCommand("run", "ACTIVITY [flags]")
	input := c.flags.String("input", "{}", "input of the activity, a `JSON` text; - reads stdin")
	queue := c.flags.String("queue", "",
		"task `queue`; not needed when connected workers list the activity on one only")
	node := c.flags.String("node", "", "`node` whose workers are to run it; empty for any")
	namespace := c.flags.String(
		"namespace",
		"",
		"`name` of the namespace; empty for the engine's first",
	)
	names, err := c.parse(args, 1)
	if err != nil {
		return err
	}
	text, err := c.text(*input)
	if err != nil {
		return err
	}
	client, err := c.client()
	if err != nil {
		return err
	}
	defer client.Close()

	run, err := client.Start(ctx, api.Start{
		Queue: *queue, Activity: names[0], Namespace: *namespace, Node: *node, Input: text,
	})
	if err != nil {
		return err //nolint:wrapcheck // The server's words.
	}
	show := newProgressView(c.err)
	ended, err := follow(ctx, client, run, show.see)
	show.finish()
	if err != nil {
		return err
	}

	return c.report(ended)
}

// text is the input that -input asks for.
func (c command) text(input string) (json.RawMessage, error) {
	text := []byte(input)
	if input == "-" {
		var err error
		if text, err = io.ReadAll(c.in); err != nil {
			return nil, fmt.Errorf("stdin: %w", err)
		}
	}
	if !json.Valid(text) {
		return nil, c.misuse("-input: want a JSON text, got %q", text)
	}

	return text, nil
}

// follow returns the run once it has ended.
func follow(
	ctx context.Context, client *api.Client, run api.RunDetail, see func(api.RunDetail),
) (api.RunDetail, error) {
	take := func(newest api.RunDetail) {
		run = newest
		see(run)
	}
	err := client.Follow(ctx, run.Number, take)
	if ctx.Err() == nil {
		return run, err //nolint:wrapcheck // Says all.
	}

	ctx, stop := context.WithTimeoutCause(context.WithoutCancel(ctx), cancelTime,
		fmt.Errorf("run %d: not ended %v after its cancel", run.Number, cancelTime))
	defer stop()
	err = errors.Join(client.Cancel(ctx, run.Number), client.Follow(ctx, run.Number, take))

	return run, err
}

// report prints what an ended run came to.
func (c command) report(run api.RunDetail) error {
	if *c.json {
		if err := c.print(run); err != nil {
			return err
		}
	}
	if run.State != api.StateCompleted {
		return errors.New(run.Failure)
	}
	if *c.json {
		return nil
	}
	_, err := fmt.Fprintln(c.out, string(bytes.TrimSpace(run.Output)))

	return err //nolint:wrapcheck // Stdout's own.
}
