package aion

import (
	"slices"
	"sync"
)

// Tracker holds the outcomes that an engine server has not acknowledged yet.
// An outcome enters before it is sent for the first time, and only the
// engine's ack takes it out; it outlives the streams it was sent on. One
// Tracker belongs to one engine server. It is safe for concurrent use.
type Tracker struct {
	mu sync.Mutex
	// pending are the outcomes, guarded by mu. Those that were sent longest ago
	// come first, with those that are on no stream or not sent yet anywhere among
	// them.
	pending pendingResults
	archive archive   // Guarded by mu: outcomes that were sent and are not among pending.
	bytes   int       // Guarded by mu: the sum over all outcomes.
	streams []*outbox // Guarded by mu: the streams to send on, oldest first.

	maxFresh int // The constant, except in tests.
}

// NewTracker returns an empty tracker.
func NewTracker() *Tracker { return &Tracker{maxFresh: maxFresh} }

// Len is the number of unacknowledged outcomes.
func (t *Tracker) Len() int {
	outcomes, _ := t.size()

	return outcomes
}

// size is the number of unacknowledged outcomes, and of their bytes.
func (t *Tracker) size() (outcomes, bytes int) {
	t.mu.Lock()
	defer t.mu.Unlock()

	return t.pending.len + len(t.archive.outcomes), t.bytes
}

// exceeds reports whether there are so many unacknowledged outcomes, or as many
// bytes of them.
func (t *Tracker) exceeds(outcomes, bytes int) bool {
	tracked, held := t.size()

	return tracked >= outcomes || held >= bytes
}

// record adds an outcome, or makes one that is there to be sent again. It goes
// to the stream preferred, or to another one of the same server when that has
// ended; without any, it waits for attach. It reports whether there is something to
// archive.
func (t *Tracker) record(p *pendingResult, preferred *outbox) (many bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p.tracked {
		t.remove(p)
	}
	p.tracked = true
	t.pending.pushBack(p)
	t.bytes += p.bytes
	t.hand(p, preferred)

	return t.pending.fresh > t.maxFresh
}

// hand gives a result to a stream. The caller holds mu.
func (t *Tracker) hand(p *pendingResult, preferred *outbox) {
	p.queued, p.sentAt = false, 0
	if preferred == nil || !preferred.attached {
		if len(t.streams) == 0 {
			p.outbox = nil

			return
		}
		preferred = t.streams[0]
	}
	p.outbox, p.queued = preferred, true
	preferred.outstanding++
	preferred.putResult(p)
}

// remove forgets a result. The caller holds mu.
func (t *Tracker) remove(p *pendingResult) {
	p.tracked = false
	t.pending.remove(p)
	t.bytes -= p.bytes
	if p.outbox != nil {
		p.outbox.outstanding--
	}
}

// attach makes o a stream to send on. What is on no stream goes to it at once,
// the oldest first.
func (t *Tracker) attach(o *outbox) {
	t.mu.Lock()
	defer t.mu.Unlock()
	o.attached, t.streams = true, append(t.streams, o)
	for p := t.pending.first; p != nil; p = p.next {
		if p.outbox == nil {
			t.hand(p, o)
		}
	}
}

// detach ends a stream. What it was to send or had sent without an ack goes to
// another stream, or waits for the next one.
func (t *Tracker) detach(o *outbox) {
	t.mu.Lock()
	defer t.mu.Unlock()
	o.attached = false
	t.streams = slices.DeleteFunc(t.streams, func(other *outbox) bool { return other == o })
	for p := t.pending.first; p != nil; p = p.next {
		if p.outbox == o {
			t.hand(p, nil)
		}
	}
}

// send notes that o sends p at a time, which is now, and returns its frame. It is false when p
// needs no sending any more. Sends are noted before they happen, so that an ack
// always finds its own.
func (t *Tracker) send(o *outbox, p *pendingResult, now instant) (Frame, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !p.tracked || p.outbox != o || !p.queued {
		return Frame{}, false
	}
	p.queued, p.sentAt = false, now
	t.pending.remove(p)
	t.pending.pushBack(p)
	hash := p.execution.task.key().hash()
	sent := o.sends[hash]
	sent.add(p)
	o.sends[hash] = sent

	return p.frame(), true
}

// acknowledge takes an ack that came on o. Acks name the activity and not the
// delivery, and come in the order of the sends: each belongs to the oldest send
// that has none. It returns what was sent; nil when it was sent more than once
// and acknowledged before, or was archived; and false when nothing was sent.
func (t *Tracker) acknowledge(o *outbox, key ActivityKey) (p *pendingResult, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	hash := key.hash()
	if t.acknowledgeArchived(o, key, hash) { // It was sent before all that is in o.sends.
		return nil, true
	}
	sent := o.sends[hash]
	if p, ok = sent.take(key); !ok {
		return nil, false
	}
	o.reported++
	if sent.empty() {
		delete(o.sends, hash)
	} else {
		o.sends[hash] = sent
	}
	if p != nil && p.tracked {
		t.remove(p)
	}

	return p, true
}

// resend hands out again what o sent before the given time without an ack: the
// engine drops acks when its channel is full.
func (t *Tracker) resend(o *outbox, before instant) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for p := t.pending.first; p != nil; p = p.next {
		if p.sentAt > before {
			return
		}
		if p.outbox == o && !p.queued && p.sentAt != 0 {
			p.queued = true
			o.putResult(p)
		}
	}
}

// outstanding is the number of results that o has yet to send or to see
// acknowledged.
func (t *Tracker) outstanding(o *outbox) int {
	t.mu.Lock()
	defer t.mu.Unlock()

	return o.outstanding
}

// reported is the number of acks that came on o.
func (t *Tracker) reported(o *outbox) int {
	t.mu.Lock()
	defer t.mu.Unlock()

	return o.reported
}
