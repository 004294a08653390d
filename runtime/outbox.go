package aion

import "sync"

// outbox is what one stream has still to send. Everybody may put into it
// without waiting; the stream's sender alone takes out. It is safe for
// concurrent use.
type outbox struct {
	ready chan struct{} // Capacity 1: a signal that something is there.

	mu      sync.Mutex
	urgent  queue[Frame]          // Guarded by mu: answers, refusals, progress; bounded by the send deadline.
	results queue[*pendingResult] // Guarded by mu: each of them is in the Tracker as well.
	expects bool                  // Guarded by mu: there is progress to look for, once its time has come.
	closing bool                  // Guarded by mu: nothing is taken any more; the rest is still sent.

	// Owned by the Tracker, guarded by its lock.
	attached    bool                // It is one of the Tracker's streams.
	sends       map[keyHash]unacked // By the activity that was sent for.
	outstanding int                 // Results to send or to see acknowledged.
	reported    int                 // Outcomes that were acknowledged.
}

func newOutbox() *outbox {
	return &outbox{ready: make(chan struct{}, 1), sends: map[keyHash]unacked{}}
}

// putUrgent adds a frame that goes before all results.
func (o *outbox) putUrgent(f Frame) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closing {
		o.urgent.push(f)
		o.signal()
	}
}

// putResult adds a result. The caller holds the Tracker's lock.
func (o *outbox) putResult(p *pendingResult) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closing {
		o.results.push(p)
		o.signal()
	}
}

// expectProgress tells the sender that there is progress which it is too early for.
func (o *outbox) expectProgress() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.expects {
		o.expects = true
		o.signal()
	}
}

// takeExpected reports whether expectProgress was called since it was last asked.
func (o *outbox) takeExpected() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	expects := o.expects
	o.expects = false

	return expects
}

// close refuses further frames and wakes the sender up, which sends the rest.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closing = true
	o.signal()
}

// end drops everything, now and later: the stream is gone.
func (o *outbox) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closing, o.urgent, o.results = true, queue[Frame]{}, queue[*pendingResult]{}
}

func (o *outbox) signal() {
	select {
	case o.ready <- struct{}{}:
	default:
	}
}

// take returns what is to be sent next: the oldest urgent frame, or else the
// oldest result.
func (o *outbox) take() (f Frame, p *pendingResult, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if f, ok := o.urgent.pop(); ok {
		return f, nil, true
	}
	p, ok = o.results.pop()

	return Frame{}, p, ok
}

// drained reports whether the outbox is closed and empty.
func (o *outbox) drained() bool {
	o.mu.Lock()
	defer o.mu.Unlock()

	return o.closing && o.urgent.empty() && o.results.empty()
}
