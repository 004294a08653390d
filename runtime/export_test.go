package aion

import "context"

// SetOpen replaces how the worker opens its sessions.
func (w *Worker) SetOpen(open func(ctx context.Context, reg Registration) (Session, error)) {
	for _, l := range w.links {
		l.open = open
	}
}
