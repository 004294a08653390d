// Package faultproxy is a TCP proxy between a worker and an engine, which
// breaks connections as networks do, for tests.
package faultproxy

import (
	"errors"
	"net"
	"sync"
	"testing"
	"time"
)

// Direction is one of the two ways through a proxy.
type Direction int

const (
	// ToEngine is the way from who connected to the proxy's target.
	ToEngine Direction = iota
	// ToWorker is the way back.
	ToWorker
)

const (
	// chunkBytes is what is read at once.
	chunkBytes = 32 << 10
	// dialTimeout bounds how long a connection to the target takes.
	dialTimeout = time.Second
	// chunksInFlight bounds what is on its way while latency delays it.
	chunksInFlight = 64
)

// Proxy forwards connections to a target, and damages them as it is told. All
// of its methods are safe for concurrent use; what they set holds for
// connections that exist and those to come, until it is set otherwise.
type Proxy struct {
	target   string
	listener net.Listener
	ending   chan struct{}
	workers  sync.WaitGroup // Everything that runs; the cleanup waits for it.

	mu      sync.Mutex
	links   map[*link]struct{}
	faults  faults
	changed chan struct{} // Closed, and replaced, by each change of faults.
	total   int           // Connections that were accepted.
}

// faults is what a proxy does to its connections.
type faults struct {
	held    [2]bool
	budget  [2]int // Bytes until the cut; negative: none.
	latency time.Duration
	slice   int           // The most bytes a write has; 0: all.
	every   time.Duration // The time between two cuts; 0: none.
	refuse  bool
}

// Start starts a proxy to a target, host:port, which need not be there yet. It
// ends, and all of its connections with it, at the end of the test.
func Start(tb testing.TB, target string) *Proxy {
	tb.Helper()
	listener, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &Proxy{
		target: target, listener: listener, ending: make(chan struct{}),
		links: map[*link]struct{}{}, changed: make(chan struct{}),
		faults: faults{budget: [2]int{-1, -1}},
	}
	p.workers.Go(p.accept)
	p.workers.Go(p.cutRegularly)
	tb.Cleanup(p.close)

	return p
}

// Addr is where to connect, as host:port.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Connections is how many connections there have been.
func (p *Proxy) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()

	return p.total
}

// Cut resets all connections, on both sides.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.reset()
	}
}

// CutAfter lets n further bytes through in a direction, over all connections,
// and resets the connection that carries the last of them: in the middle of a
// frame, most likely. It does so once.
func (p *Proxy) CutAfter(direction Direction, n int) {
	p.change(func(f *faults) { f.budget[direction] = n })
}

// CutEvery resets all connections regularly, the first time after the interval;
// 0 stops it.
func (p *Proxy) CutEvery(interval time.Duration) {
	p.change(func(f *faults) { f.every = interval })
}

// Hold lets nothing through in the given directions, in both when none is
// given: no byte, and no end of a connection. Release lets it through, in order.
func (p *Proxy) Hold(directions ...Direction) {
	if len(directions) == 0 {
		directions = []Direction{ToEngine, ToWorker}
	}
	p.change(func(f *faults) {
		for _, direction := range directions {
			f.held[direction] = true
		}
	})
}

// Release ends every Hold.
func (p *Proxy) Release() { p.change(func(f *faults) { f.held = [2]bool{} }) }

// Delay makes each byte arrive that much later, in both directions. The rate
// stays as it is.
func (p *Proxy) Delay(latency time.Duration) {
	p.change(func(f *faults) { f.latency = latency })
}

// Slice writes at most n bytes at once, each as a packet of its own; 0 ends it.
func (p *Proxy) Slice(n int) { p.change(func(f *faults) { f.slice = n }) }

// Refuse resets each new connection at once, or no longer does.
func (p *Proxy) Refuse(refuse bool) { p.change(func(f *faults) { f.refuse = refuse }) }

func (p *Proxy) change(set func(*faults)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	set(&p.faults)
	close(p.changed)
	p.changed = make(chan struct{})
}

// look returns the faults, and what closes when they change.
func (p *Proxy) look() (faults, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()

	return p.faults, p.changed
}

// spend takes n bytes from a direction's budget and returns how many of them go
// through; short of n, the connection is to be cut.
func (p *Proxy) spend(direction Direction, n int) (allowed int, cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	budget := &p.faults.budget[direction]
	switch {
	case *budget < 0:
		return n, false
	case n < *budget:
		*budget -= n
		return n, false
	default:
		n, *budget = *budget, -1
		return n, true
	}
}

// accept forwards each connection, until the listener is closed.
func (p *Proxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			p.workers.Go(func() { p.forward(conn) })
		}
	}
}

// forward serves one connection to its end.
func (p *Proxy) forward(worker net.Conn) {
	if f, _ := p.look(); f.refuse {
		reset(worker)
		return
	}
	engine, err := net.DialTimeout("tcp", p.target, dialTimeout) //nolint:noctx // Bounded.
	if err != nil {
		reset(worker)
		return
	}
	l := &link{proxy: p, worker: worker, engine: engine, cut: make(chan struct{})}
	if !p.add(l) {
		l.reset()
	}
	l.run()
	p.remove(l)
}

// add takes a connection into the books, unless the proxy ends.
func (p *Proxy) add(l *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.links[l] = struct{}{}
	p.total++
	select {
	case <-p.ending:
		return false
	default:
		return true
	}
}

func (p *Proxy) remove(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
}

// cutRegularly is what CutEvery asks for.
func (p *Proxy) cutRegularly() {
	for {
		f, changed := p.look()
		var due <-chan time.Time
		if f.every > 0 {
			due = time.After(f.every)
		}
		select {
		case <-due:
			p.Cut()
		case <-changed:
		case <-p.ending:
			return
		}
	}
}

func (p *Proxy) close() {
	close(p.ending)
	_ = p.listener.Close() // It is always nil.
	p.Cut()
	p.workers.Wait()
}
