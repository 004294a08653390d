package aiontest

import (
	"context"
	"errors"
	"net"
	"sync"

	"google.golang.org/grpc/test/bufconn"
)

// bufferSize is how many bytes are on their way in one direction at most.
const bufferSize = 64 << 10

var errAway = errors.New("aiontest: the engine is away until Reconnect")

// network connects a worker and an engine in memory, and can be taken away. It
// is safe for concurrent use.
type network struct {
	listener *bufconn.Listener // The engine closes it.

	mu    sync.Mutex
	away  bool               // Guarded by mu.
	lines map[*line]struct{} // Guarded by mu: those that are open.
}

func newNetwork() *network {
	return &network{listener: bufconn.Listen(bufferSize), lines: map[*line]struct{}{}}
}

// line is the worker's end of a connection.
type line struct {
	net.Conn

	network *network
}

// Close ends the connection in both directions.
func (l *line) Close() error {
	l.network.mu.Lock()
	delete(l.network.lines, l)
	l.network.mu.Unlock()

	return l.Conn.Close()
}

// dial connects to the engine, wherever it is.
func (n *network) dial(ctx context.Context, _ string) (net.Conn, error) {
	if n.isAway() {
		return nil, errAway
	}
	conn, err := n.listener.DialContext(ctx)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.away {
		_ = conn.Close() // It has never been used.

		return nil, errAway
	}
	l := &line{Conn: conn, network: n}
	n.lines[l] = struct{}{}

	return l, nil
}

func (n *network) isAway() bool {
	n.mu.Lock()
	defer n.mu.Unlock()

	return n.away
}

// cut ends all connections, and lets none come about.
func (n *network) cut() {
	n.mu.Lock()
	n.away = true
	lines := n.lines
	n.lines = map[*line]struct{}{}
	n.mu.Unlock()
	for l := range lines {
		_ = l.Close() // One that is closed already is as good.
	}
}

// restore lets connections come about again.
func (n *network) restore() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.away = false
}
