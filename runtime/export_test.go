package aion

import "context"

// SetOpen replaces how the worker opens its sessions.
func (w *Worker) SetOpen(open func(ctx context.Context, reg Registration) (Session, error)) {
	for _, l := range w.links {
		l.open = open
	}
}

// CollidingKey is an activity of a workflow whose key has the same hash for all
// workflows.
func CollidingKey(workflowID string) ActivityKey {
	inverse := uint64(oddFactor) // Right in its last three bits, and in twice as many each time.
	for range 5 {
		inverse *= 2 - oddFactor*inverse
	}
	key := ActivityKey{WorkflowID: workflowID}
	key.ActivityID = -uint64(key.hash()) * inverse

	return key
}

// EntriesOfSends is how many entries the books about sends have.
func (t *Tracker) EntriesOfSends() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for _, o := range t.streams {
		for _, sent := range o.sends {
			n++
			if sent.more != nil {
				n += len(*sent.more) - 1
			}
		}
	}

	return n
}

// ArchiveAll archives all that can be, and not only what is late among much else.
func (t *Tracker) ArchiveAll() { t.maxFresh = 0 }

// Archived is how many of the unacknowledged outcomes are archived.
func (t *Tracker) Archived() int {
	t.mu.Lock()
	defer t.mu.Unlock()

	return len(t.archive.outcomes)
}

// Bytes is how many of them the unacknowledged outcomes hold.
func (t *Tracker) Bytes() int {
	_, bytes := t.size()

	return bytes
}

// SetLimit sets the limit of an activity of any worker.
func (x *Executions) SetLimit(limit Limit) { x.setLimit(limit) }

// Waiting is how many tasks wait.
func (x *Executions) Waiting() int { return x.stats().Waiting }

// Kept is how many outcomes are kept though they were acknowledged.
func (x *Executions) Kept() int {
	x.mu.Lock()
	defer x.mu.Unlock()

	return len(x.kept)
}
