package aion

import "context"

// SetOpen replaces how the worker opens its sessions.
func (w *Worker) SetOpen(open func(ctx context.Context, reg Registration) (Session, error)) {
	for _, l := range w.links {
		l.open = open
	}
}

// SendsKept is the number of sends whose acks are waited for.
func (t *Tracker) SendsKept() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for _, o := range t.streams {
		for _, sends := range o.sends {
			n += len(sends)
		}
	}

	return n
}
