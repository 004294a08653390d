package devengine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	aionpb "github.com/aion-go/aion/gen/aion"
)

// ErrClosed is within the error of every run that Close ended, and of every
// call to a closed engine that would need a living one.
var ErrClosed = errors.New("development engine closed")

// Engine is a development engine. All of its methods are safe for concurrent
// use. Whoever starts it closes it.
//
// One mutex owns all state: workers, runs, deliveries and deployments. Methods
// of this package that are not exported expect it to be held, unless they say
// otherwise; nothing waits while it is held.
type Engine struct {
	cfg      Config
	log      *slog.Logger
	listener net.Listener
	server   *grpc.Server

	// joined counts the goroutines of the engine and its armed alarms. Close
	// waits for them.
	joined sync.WaitGroup

	// mu guards everything below and what it leads to.
	mu       sync.Mutex
	closed   bool
	draining bool
	// changed is closed and replaced whenever a worker comes, goes, becomes
	// ready or lets go of a task.
	changed chan struct{}
	// workers by worker id.
	workers    map[uint64]*worker
	lastWorker uint64
	lastTurn   uint64
	// runs that have not ended, by workflow id.
	runs    map[string]*Run
	lastRun uint64
	// deliveries that take a slot of a worker, by completion token.
	deliveries   map[string]*delivery
	lastDelivery uint64
	queues       map[route]*taskQueue
	// deployed contracts by task queue and activity type.
	deployed map[string]map[string]deployment
	sweeper  *alarm
	watches  []*watch
}

// Start listens and serves until Close. Its error names everything that is
// wrong with cfg, or why the address cannot be listened on.
func Start(cfg Config) (*Engine, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()

	listener, err := listen(cfg)
	if err != nil {
		return nil, err
	}

	e := &Engine{
		cfg:        cfg,
		log:        cfg.Logger,
		listener:   listener,
		server:     newServer(),
		changed:    make(chan struct{}),
		workers:    map[uint64]*worker{},
		runs:       map[string]*Run{},
		deliveries: map[string]*delivery{},
		queues:     map[route]*taskQueue{},
		deployed:   map[string]map[string]deployment{},
	}
	aionpb.RegisterWorkerProtocolServer(e.server, service{engine: e})
	e.joined.Go(e.serve)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sweepLater()

	return e, nil
}

func listen(cfg Config) (net.Listener, error) {
	if cfg.Listener != nil {
		return cfg.Listener, nil
	}

	var lc net.ListenConfig
	listener, err := lc.Listen(context.Background(), "tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("development engine: %w", err)
	}

	return listener, nil
}

// newServer allows keepalive pings at any time: workers keep idle connections
// alive by them. It takes frames of any size, because gRPC would answer one over
// its limit with a status of its own, and the engine says nothing: see receive.
func newServer() *grpc.Server {
	const shortestKeepalive = 5 * time.Second

	return grpc.NewServer(
		grpc.WaitForHandlers(true),
		grpc.MaxRecvMsgSize(math.MaxInt32),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{
			MinTime:             shortestKeepalive,
			PermitWithoutStream: true,
		}),
	)
}

// serve runs until Close. It does not hold the mutex.
func (e *Engine) serve() {
	if err := e.server.Serve(e.listener); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		e.log.Error("development engine stopped accepting workers", "error", err)
	}
}

// Addr is the host:port that workers dial.
func (e *Engine) Addr() string { return e.listener.Addr().String() }

// Close ends the engine at once: runs fail with ErrClosed, streams end, and
// every goroutine is joined. It waits for observers of runs and for watchers that
// are being called, so they must not call it. Its error is always nil.
func (e *Engine) Close() error {
	e.shut()
	e.server.Stop() // Returns when all handlers have.
	e.joined.Wait()

	return nil
}

// shut ends all runs and streams. It takes the mutex.
func (e *Engine) shut() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return
	}

	e.closed = true
	e.sweeper.stop()
	for _, r := range e.runs {
		r.close()
	}
	for _, w := range e.workers {
		e.remove(w, errEngineClosed())
	}
	for _, watch := range e.watches {
		watch.calls.close()
	}
	e.signalChange()
}

// signalChange wakes everyone who waits in await.
func (e *Engine) signalChange() {
	close(e.changed)
	e.changed = make(chan struct{})
}

// await returns nil as soon as met is true, which it asks with the mutex held
// and at every change; or ErrClosed, or the cause of ctx. It takes the mutex.
func (e *Engine) await(ctx context.Context, met func() bool) error {
	for {
		e.mu.Lock()
		done, closed, changed := met(), e.closed, e.changed
		e.mu.Unlock()

		switch {
		case done:
			return nil
		case closed:
			return ErrClosed
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx) //nolint:wrapcheck // Callers say what was awaited.
		}
	}
}
