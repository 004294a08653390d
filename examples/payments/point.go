package main

import (
	"context"
	"fmt"
	"io"
)

// point is a place in a charge. A worker can be made to wait there, so that it
// can be killed there: before the commit the charge must not have happened,
// after it the charge must not happen again.
type point string

const (
	beforeCommit point = "before-commit"
	afterCommit  point = "after-commit"
)

// reached tells that a charge has come to a point.
func (p *payments) reached(ctx context.Context, at point) error {
	if p.at == nil {
		return nil
	}

	return p.at(ctx, at)
}

// waitsAt is the line that a worker prints when a charge waits at a point.
func waitsAt(p point) string { return "waits " + string(p) }

// waitAt makes charges wait at a point, for ever, and say so.
func waitAt(wanted point, out io.Writer) func(ctx context.Context, p point) error {
	return func(ctx context.Context, p point) error {
		if p != wanted {
			return nil
		}
		fmt.Fprintln(out, waitsAt(p))
		<-ctx.Done()

		return context.Cause(ctx)
	}
}
