package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aion-go/aion/cmd/aion-dev/internal/api"
)

// listRuns prints the newest runs, oldest first, and with -watch from then on
// each one that changes.
func listRuns(ctx context.Context, args []string, t terminal) error {
	const usual = 20
	c := t.newCommand("runs", "[flags]")
	n := c.flags.Int("n", usual, "`number` of runs, the newest")
	watch := c.flags.Bool("watch", false, "go on with every change, until interrupted")
	if _, err := c.parse(args, 0); err != nil {
		return err
	}
	if *n < 1 {
		return c.misuse("-n: want a number from 1, got %d", *n)
	}
	client, err := c.client()
	if err != nil {
		return err
	}
	defer client.Close()
	if *watch {
		return c.watchRuns(ctx, client, *n)
	}

	runs, err := client.Runs(ctx, *n)
	if err != nil {
		return err //nolint:wrapcheck // The server's words.
	}
	if *c.json {
		return c.print(runs)
	}
	table := newTable(c.terminal)
	_, _ = fmt.Fprintln(table, "RUN\tACTIVITY\tQUEUE\tSTATE\tATTEMPT\tTIME\tERROR")
	for _, run := range slices.Backward(runs) {
		_, _ = fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%d of %d\t%v\t%s\n", run.Number, run.Activity,
			run.Queue, stateText(run), run.Attempt, run.Attempts, spent(run), oneLine(run.Error))
	}

	return table.Flush() //nolint:wrapcheck // Stdout's own.
}

// watchRuns first prints the newest n runs, and then every change. Being
// interrupted is its ordinary end.
func (c command) watchRuns(ctx context.Context, client *api.Client, n int) error {
	var present []api.Run // Everything until the stream has caught up.
	caughtUp := false
	err := client.Watch(ctx, func(update api.Update) {
		if caughtUp {
			c.printRuns(update.Runs)
			return
		}
		present = append(present, update.Runs...)
		if caughtUp = !update.More; caughtUp {
			slices.SortStableFunc(present, func(a, b api.Run) int { return a.Number - b.Number })
			c.printRuns(present[max(0, len(present)-n):])
			present = nil
		}
	})
	if errors.Is(err, context.Canceled) {
		return nil
	}

	return err //nolint:wrapcheck // Says all.
}

func (c command) printRuns(runs []api.Run) {
	for _, run := range runs {
		if *c.json {
			_ = c.print(run) // Nobody reads it, then.
			continue
		}
		_, _ = fmt.Fprintln(c.out, runLine(run))
	}
}

// runLine is a run in one line that may be followed by others of it.
func runLine(run api.Run) string {
	line := fmt.Sprintf("run %d: %s on %s: %s", run.Number, run.Activity, run.Queue, stateText(run))
	if run.Attempt > 0 {
		line += fmt.Sprintf(", attempt %d of %d, %v", run.Attempt, run.Attempts, spent(run))
	}
	if run.Error != "" {
		line += ": " + oneLine(run.Error)
	}

	return line
}

func stateText(run api.Run) string {
	if run.Percent != nil && !run.State.Ended() {
		return fmt.Sprintf("%s %.0f %%", run.State, *run.Percent)
	}

	return string(run.State)
}

// spent is how long a run took, or has taken so far.
func spent(run api.Run) time.Duration {
	end := time.Now()
	if run.Ended != nil {
		end = *run.Ended
	}

	return end.Sub(run.Started).Round(time.Millisecond)
}

// oneLine keeps a text of many lines in one.
func oneLine(text string) string {
	first := text
	for i, r := range text {
		if r == '\n' || r == '\r' {
			first = text[:i] + " …"
			break
		}
	}

	return first
}
