package aion

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/status"

	aionpb "github.com/aion-go/aion/gen/aion"
)

const (
	// maxStreams is how many streams share a connection: the least that an
	// HTTP/2 server should allow (RFC 9113, section 6.5.2).
	maxStreams = 100
	// probeMethod is answered by every gRPC server, if only with Unimplemented.
	probeMethod = "/grpc.health.v1.Health/Check"
	// silentTicks is how many eighths of a window an engine may be silent.
	silentTicks = 4
)

var (
	errConnectionUnused = errors.New("no session uses the connection any more")
	errHalfOpen         = errors.New("the connection is half open: the engine has been silent " +
		"and does not answer within its heartbeat window")
)

// target says where and how to open sessions.
type target struct {
	endpoint    string // host:port
	tls         *tls.Config
	token       TokenSource
	dialOptions []grpc.DialOption
}

func (t target) options() []grpc.DialOption {
	creds := insecure.NewCredentials()
	if t.tls != nil {
		creds = credentials.NewTLS(t.tls.Clone())
	}

	return append([]grpc.DialOption{
		grpc.WithTransportCredentials(yieldingCredentials{creds}),
		grpc.WithDefaultCallOptions(
			grpc.ForceCodecV2(frameCodec{encoding.GetCodecV2("proto")}),
			grpc.MaxCallRecvMsgSize(math.MaxInt32),
			grpc.MaxCallSendMsgSize(MaxFrameBytes),
		),
	}, t.dialOptions...)
}

// connections are those to one engine server, as few as its sessions need. It
// is safe for concurrent use.
type connections struct {
	target target

	mu   sync.Mutex
	open []*connection // Guarded by mu.
}

// connection is a gRPC connection that several sessions share.
type connection struct {
	*grpc.ClientConn

	ctx      context.Context //nolint:containedctx // Ends with the connection; its sessions' derive from it.
	cancel   context.CancelCauseFunc
	heard    atomic.Bool // The engine was heard since it was last asked for.
	once     sync.Once   // Starts the watch.
	watching sync.WaitGroup

	// Both are guarded by connections.mu.
	sessions int
	suspect  bool // Something went wrong on it: no further session begins there.
}

// acquire returns a connection for one more session, which releases it.
// Nothing is dialled before the session's first use of it.
func (p *connections) acquire(ctx context.Context) (*connection, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.open {
		if !c.suspect && c.sessions < maxStreams {
			c.sessions++

			return c, nil
		}
	}
	conn, err := grpc.NewClient(p.target.endpoint, p.target.options()...)
	if err != nil {
		return nil, fmt.Errorf("endpoint %q: %w", p.target.endpoint, err)
	}
	c := &connection{ClientConn: conn, sessions: 1}
	c.ctx, c.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	p.open = append(p.open, c)

	return c, nil
}

// suspect keeps further sessions off a connection.
func (p *connections) suspect(c *connection) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.suspect = true
}

// release ends the part of one session; the last one closes the connection.
func (p *connections) release(c *connection) {
	p.mu.Lock()
	c.sessions--
	last := c.sessions == 0
	if last {
		p.open = slices.DeleteFunc(p.open, func(other *connection) bool { return other == c })
	}
	p.mu.Unlock()
	if last {
		c.close()
	}
}

func (c *connection) close() {
	c.cancel(errConnectionUnused)
	c.watching.Wait()
	_ = c.Close() // It only fails when it is closed already.
}

// hear notes that the engine was heard.
func (c *connection) hear() {
	if !c.heard.Load() { // Which is cheaper than to write each time.
		c.heard.Store(true)
	}
}

// watchFor ends the connection when the engine is not heard for a window. The
// first session's window counts for all: they are with the same server.
func (c *connection) watchFor(window time.Duration) {
	c.once.Do(func() { c.watching.Go(func() { c.watch(window) }) })
}

// watch ends the connection, and so its sessions, when nothing comes from the
// engine any more. An engine need not send anything, so one that has been
// silent for half a window is asked something that every gRPC server answers.
// That takes an eighth of a window at most to begin and a quarter to fail,
// which is less than a window. gRPC's own keepalive would ask once in ten
// seconds at the most, servers and proxies end connections that ask more often
// than every five minutes, and it reads the clock for each frame.
func (c *connection) watch(window time.Duration) {
	tick := time.NewTicker(max(window/8, time.Millisecond))
	defer tick.Stop()
	for silent := 0; ; silent++ {
		select {
		case <-c.ctx.Done():
			return
		case <-tick.C:
		}
		if c.heard.Swap(false) {
			silent = 0
		}
		if silent < silentTicks {
			continue
		}
		if !c.probe(window / 4) {
			c.cancel(errHalfOpen)

			return
		}
		silent = 0
	}
}

// probe reports whether the engine is heard within the timeout: by its answer,
// whatever it says, or by any frame.
func (c *connection) probe(timeout time.Duration) bool {
	ctx, cancel := context.WithTimeout(c.ctx, timeout)
	defer cancel()
	err := c.Invoke(ctx, probeMethod, &aionpb.DrainRequest{}, &aionpb.DrainRequest{})

	return status.Code(err) != codes.DeadlineExceeded || c.heard.Load()
}
