package faultproxy

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// link is one connection through a proxy: two connections, and two ways between
// them.
type link struct {
	proxy          *Proxy
	worker, engine net.Conn
	cutOnce        sync.Once
	cut            chan struct{} // Closed by reset, and at the end of run.
}

// chunk is bytes on their way, or the end of them.
type chunk struct {
	bytes []byte
	end   bool
	due   time.Time
}

// run forwards both ways, until both have ended or the link is reset.
func (l *link) run() {
	var ways sync.WaitGroup
	ways.Go(func() { l.pump(ToEngine, l.worker, l.engine) })
	ways.Go(func() { l.pump(ToWorker, l.engine, l.worker) })
	ways.Wait()
	l.cutOnce.Do(func() { // They have ended by themselves: what was written still arrives.
		close(l.cut)
		_ = l.worker.Close()
		_ = l.engine.Close()
	})
}

// reset breaks the link: both ends see a reset and not an end.
func (l *link) reset() {
	l.cutOnce.Do(func() {
		close(l.cut)
		reset(l.worker)
		reset(l.engine)
	})
}

func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // Else it ends like any other.
	}
	_ = conn.Close() // There is nobody to tell.
}

// pump forwards one way: one goroutine reads, this one writes.
func (l *link) pump(direction Direction, from, to net.Conn) {
	flight := make(chan chunk, chunksInFlight)
	var reader sync.WaitGroup
	reader.Go(func() {
		defer close(flight)
		l.read(from, flight)
	})
	for c := range flight {
		if !l.write(direction, to, c) {
			l.reset()
			break
		}
	}
	for range flight { // What is left is lost.
	}
	reader.Wait()
}

// read reads until the end, a failure, which resets the link, or a reset.
func (l *link) read(from net.Conn, flight chan<- chunk) {
	for {
		buffer := make([]byte, chunkBytes)
		n, err := from.Read(buffer)
		f, _ := l.proxy.look()
		end := errors.Is(err, io.EOF)
		select {
		case flight <- chunk{buffer[:n], end, time.Now().Add(f.latency)}:
		case <-l.cut:
			return
		}
		if err != nil && !end {
			l.reset()
		}
		if err != nil {
			return
		}
	}
}

// passable waits until a chunk that is due then may pass. It is false when the
// link is reset meanwhile.
func (l *link) passable(direction Direction, due time.Time) bool {
	for {
		f, changed := l.proxy.look()
		var arrival <-chan time.Time
		if !f.held[direction] {
			wait := time.Until(due)
			if wait <= 0 {
				return true
			}
			arrival = time.After(wait)
		}
		select {
		case <-arrival:
		case <-changed:
		case <-l.cut:
			return false
		}
	}
}

// write writes a chunk when it may pass, in the slices of the moment, and passes
// on the end. It is false when the link is to be reset.
func (l *link) write(direction Direction, to net.Conn, c chunk) bool {
	for rest := c.bytes; len(rest) > 0; {
		if !l.passable(direction, c.due) {
			return false
		}
		f, _ := l.proxy.look()
		n := len(rest)
		if f.slice > 0 {
			n = min(n, f.slice)
		}
		allowed, cut := l.proxy.spend(direction, n)
		if _, err := to.Write(rest[:allowed]); err != nil || cut {
			return false
		}
		rest = rest[n:]
	}
	if !c.end {
		return true
	}
	tcp, ok := to.(*net.TCPConn)

	return ok && l.passable(direction, c.due) && tcp.CloseWrite() == nil
}
