package aion

import (
	"context"
	"sync"
	"time"
)

// gate decides which of a link's streams may try to register, and when. As long
// as attempts succeed, all may. After a failure, or the end of a session, one
// stream at a time tries on behalf of all, so that an engine that is away or
// refuses the worker is asked once, and each of its troubles counts once, however
// many streams there are. It is safe for concurrent use.
type gate struct {
	turn chan struct{} // Capacity 1: full while a stream tries on behalf of all.

	mu      sync.Mutex
	backoff backoff   // Guarded by mu.
	open    bool      // Guarded by mu: all may try.
	round   int       // Guarded by mu: how often the gate was opened.
	next    time.Time // Guarded by mu: when the next attempt on behalf of all is due.
	over    bool      // Guarded by mu: there is no further attempt.
}

// pass is the leave to try once.
type pass struct {
	scout bool // The stream tries on behalf of all and holds the turn.
	round int
}

func newGate(b backoff) *gate {
	return &gate{turn: make(chan struct{}, 1), backoff: b}
}

// enter waits until the stream may try. It is false when ctx has ended, or
// another stream has given up.
func (g *gate) enter(ctx context.Context) (pass, bool) {
	if p, ok := g.walkIn(); ok {
		return p, true
	}
	select {
	case g.turn <- struct{}{}:
	case <-ctx.Done():
		return pass{}, false
	}
	if p, ok := g.walkIn(); ok {
		<-g.turn

		return p, true
	}
	wait, ok := g.wait()
	if !ok {
		return pass{}, false
	}
	if wait <= 0 {
		return pass{scout: true}, ctx.Err() == nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return pass{scout: true}, true
	case <-ctx.Done():
		return pass{}, false
	}
}

// walkIn passes an open gate.
func (g *gate) walkIn() (pass, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()

	return pass{round: g.round}, g.open
}

// wait is how long it is to the next attempt; false says that there is none.
func (g *gate) wait() (time.Duration, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()

	return time.Until(g.next), !g.over
}

// registered notes that an attempt has succeeded and returns the round that its
// session belongs to.
func (g *gate) registered(p pass) int {
	if !p.scout {
		return p.round
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = true
	g.round++
	<-g.turn

	return g.round
}

// verdict is what follows from a failure or from the end of a session.
type verdict struct {
	counts   bool          // It is the round's first, and was counted.
	failures int           // In a row.
	wait     time.Duration // Until the next attempt on behalf of all.
	giveUp   bool          // There is no further attempt.
}

// refused notes that an attempt has failed. Only one on behalf of all counts;
// another one shuts the gate. Whoever gives up keeps the turn.
func (g *gate) refused(p pass) verdict {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !p.scout {
		g.shut(p.round)

		return verdict{}
	}
	v := g.fail()
	if !v.giveUp {
		<-g.turn
	}

	return v
}

// ended notes that a session of a round has ended. The first of a round shuts
// the gate. One that was useful starts the count of failures anew, one that the
// engine drained costs nothing, and any other is a failure.
func (g *gate) ended(round int, useful, drained bool) verdict {
	g.mu.Lock()
	defer g.mu.Unlock()
	if useful {
		g.backoff.reset()
	}
	if !g.shut(round) {
		return verdict{}
	}
	if !useful && !drained {
		return g.fail()
	}
	v := verdict{counts: true, wait: g.backoff.next()}
	g.next = time.Now().Add(v.wait)

	return v
}

// shut ends a round. It is false when that has ended already. The caller holds
// mu.
func (g *gate) shut(round int) bool {
	if !g.open || g.round != round {
		return false
	}
	g.open = false

	return true
}

// fail counts a failure. The caller holds mu.
func (g *gate) fail() verdict {
	wait, more := g.backoff.failed()
	g.next, g.over = time.Now().Add(wait), !more

	return verdict{counts: true, failures: g.backoff.failures, wait: wait, giveUp: !more}
}
