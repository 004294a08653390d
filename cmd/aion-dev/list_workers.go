package main

import (
	"cmp"
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/aion-go/aion/cmd/aion-dev/internal/api"
)

// listWorkers prints the connected workers.
func listWorkers(ctx context.Context, args []string, t terminal) error {
	c := t.newCommand("workers", "[flags]")
	if _, err := c.parse(args, 0); err != nil {
		return err
	}
	client, err := c.client()
	if err != nil {
		return err
	}
	defer client.Close()
	workers, err := client.Workers(ctx)
	if err != nil {
		return err //nolint:wrapcheck // The server's words.
	}
	if *c.json {
		return c.print(workers)
	}

	table := newTable(c.terminal)
	_, _ = fmt.Fprintln(table, "ID\tIDENTITY\tQUEUE\tNODE\tSLOTS\tSTATE\tLAST BEAT")
	for _, w := range workers {
		_, _ = fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%d of %d\t%s\t%v ago\n",
			w.ID, cmp.Or(w.Identity, "-"), w.Queue, cmp.Or(w.Node, "-"), w.Held, w.Slots,
			workerState(w), time.Since(w.LastBeat).Round(time.Second))
	}

	return table.Flush() //nolint:wrapcheck // Stdout's own.
}

func workerState(w api.Worker) string {
	switch {
	case w.Draining:
		return "draining"
	case w.Ready:
		return "ready"
	default:
		return "not ready"
	}
}

// newTable aligns columns that tabs end.
func newTable(t terminal) *tabwriter.Writer {
	const gap = 2

	return tabwriter.NewWriter(t.out, 0, 0, gap, ' ', 0)
}
