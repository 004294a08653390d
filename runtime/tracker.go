package aion

import (
	"container/list"
	"slices"
	"sync"
	"time"
)

// Tracker holds the outcomes that an engine server has not acknowledged yet.
// An outcome enters before it is sent for the first time, and only the
// engine's ack takes it out; it outlives the streams it was sent on. One
// Tracker belongs to one engine server. It is safe for concurrent use.
type Tracker struct {
	mu sync.Mutex
	// pending and order hold the same results, guarded by mu. The results that
	// were sent longest ago come first in order, with those that are on no
	// stream or not sent yet anywhere among them.
	pending map[resultKey]*pendingResult
	order   list.List // of *pendingResult
	bytes   int       // Guarded by mu: the sum over pending.
	streams []*outbox // Guarded by mu: the streams to send on, oldest first.
}

// resultKey names one outcome: of the activity, for one delivery.
type resultKey struct {
	ActivityKey

	token string
}

// sends are those of one outcome, one after the other, that have no ack yet.
type sends struct {
	resultKey

	times int
}

// pendingResult is an outcome on its way. All but frame and bytes is
// guarded by the Tracker's lock.
type pendingResult struct {
	frame   Frame
	bytes   int // What it holds in memory, about.
	element *list.Element
	outbox  *outbox   // The stream it was handed to; nil when there is none.
	queued  bool      // It waits in outbox.
	sentAt  time.Time // When it was sent there last; zero when it was not.
}

func (p *pendingResult) key() resultKey {
	return resultKey{ActivityKey: p.frame.Key, token: p.frame.Token}
}

// NewTracker returns an empty tracker.
func NewTracker() *Tracker {
	return &Tracker{pending: map[resultKey]*pendingResult{}}
}

// Len is the number of unacknowledged outcomes.
func (t *Tracker) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()

	return len(t.pending)
}

// exceeds reports whether there are so many unacknowledged outcomes, or as many
// bytes of them.
func (t *Tracker) exceeds(outcomes, bytes int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()

	return len(t.pending) >= outcomes || t.bytes >= bytes
}

// record adds an outcome that holds so many bytes in memory, and hands it to
// the stream preferred, or to another one of the same server when that has
// ended. Without any, it waits for attach.
func (t *Tracker) record(frame Frame, bytes int, preferred *outbox) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := &pendingResult{frame: frame, bytes: bytes}
	if old, ok := t.pending[p.key()]; ok {
		t.remove(old)
	}
	p.element = t.order.PushBack(p)
	t.pending[p.key()] = p
	t.bytes += bytes
	t.hand(p, preferred)
}

// hand gives a result to a stream. The caller holds mu.
func (t *Tracker) hand(p *pendingResult, preferred *outbox) {
	p.queued, p.sentAt = false, time.Time{}
	if !slices.Contains(t.streams, preferred) {
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
	t.order.Remove(p.element)
	delete(t.pending, p.key())
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
	t.streams = append(t.streams, o)
	for e := t.order.Front(); e != nil; e = e.Next() {
		if p := resultIn(e); p.outbox == nil {
			t.hand(p, o)
		}
	}
}

// detach ends a stream. What it was to send or had sent without an ack goes to
// another stream, or waits for the next one.
func (t *Tracker) detach(o *outbox) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.streams = slices.DeleteFunc(t.streams, func(other *outbox) bool { return other == o })
	for e := t.order.Front(); e != nil; e = e.Next() {
		if p := resultIn(e); p.outbox == o {
			t.hand(p, nil)
		}
	}
}

// send notes that o sends p now, and returns its frame. It is false when p
// needs no sending any more. Sends are noted before they happen, so that an ack
// always finds its own.
func (t *Tracker) send(o *outbox, p *pendingResult) (Frame, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.pending[p.key()] != p || p.outbox != o {
		return Frame{}, false
	}
	p.queued, p.sentAt = false, time.Now()
	t.order.MoveToBack(p.element)
	sent := o.sends[p.frame.Key]
	if last := len(sent) - 1; last >= 0 && sent[last].resultKey == p.key() {
		sent[last].times++
	} else {
		o.sends[p.frame.Key] = append(sent, sends{resultKey: p.key(), times: 1})
	}

	return p.frame, true
}

// acknowledge takes an ack that came on o. Acks name the activity and not the
// delivery, and come in the order of the sends: each belongs to the oldest send
// that has none. It returns the delivery's token, and false when nothing was
// sent.
func (t *Tracker) acknowledge(o *outbox, key ActivityKey) (token string, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	sent := o.sends[key]
	if len(sent) == 0 {
		return "", false
	}
	o.reported++
	acked := sent[0].resultKey
	switch sent[0].times--; {
	case sent[0].times > 0:
	case len(sent) == 1:
		delete(o.sends, key)
	default:
		o.sends[key] = sent[1:]
	}
	if p, pending := t.pending[acked]; pending {
		t.remove(p)
	}

	return acked.token, true
}

// resend hands out again what o sent before the given time without an ack: the
// engine drops acks when its channel is full.
func (t *Tracker) resend(o *outbox, before time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for e := t.order.Front(); e != nil; e = e.Next() {
		p := resultIn(e)
		if p.sentAt.After(before) {
			return
		}
		if p.outbox == o && !p.queued && !p.sentAt.IsZero() {
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

func resultIn(e *list.Element) *pendingResult {
	return e.Value.(*pendingResult) //nolint:forcetypeassert // The list holds nothing else.
}
