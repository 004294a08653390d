package aiontest

import (
	"log/slog"
	"testing"
	"time"

	"google.golang.org/grpc"

	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

// endpoint is what the worker dials: any address, since the dialer goes to the
// engine in memory.
const endpoint = "127.0.0.1:50051"

// The defaults that differ from those of a worker and an engine, so that a test
// which does not run in fake time is over soon.
const (
	defaultConcurrency    = 8
	defaultStopGrace      = time.Second
	defaultStopTimeout    = 5 * time.Second
	defaultInitialBackoff = 10 * time.Millisecond
	defaultMaxBackoff     = 100 * time.Millisecond
	defaultRetries        = 3
)

// Config is for tests whose worker or engine is not the usual one. The zero value
// is that of Run.
type Config struct {
	// Worker configures the worker. Its Endpoint must be empty. The defaults are
	// those of aion.Config, except for MaxConcurrency (8), StopGrace (1 s),
	// StopTimeout (5 s), InitialBackoff (10 ms), MaxBackoff (100 ms), MaxAttempts
	// (no bound) and Logger (the log of the test).
	Worker aion.Config

	// Engine configures the engine. Its Listen and Listener must be empty. The
	// defaults are those of devengine.Config, except for Retry (3 retries, 10 ms
	// doubling), Namespaces (that of Worker) and Logger (the log of the test).
	Engine devengine.Config
}

// Run starts an engine and a worker that serves dispatchers, for the time of the
// test. Mistakes in the configuration end the test at once. At the end of the
// test, both are stopped; the error of the worker, and each activity that still
// runs although its context has ended, is an error of the test.
func Run(tb testing.TB, dispatchers ...aion.Dispatcher) *Engine {
	tb.Helper()

	return Config{}.Run(tb, dispatchers...)
}

// Run does what the function Run does, with a worker and an engine as the
// configuration says.
func (c Config) Run(tb testing.TB, dispatchers ...aion.Dispatcher) *Engine {
	tb.Helper()
	if c.Worker.Endpoint != "" || c.Engine.Listen != "" || c.Engine.Listener != nil {
		tb.Fatalf("aiontest: Worker.Endpoint, Engine.Listen and Engine.Listener must be empty: " +
			"worker and engine meet in memory")
	}
	log, net := &testLog{tb: tb}, newNetwork()
	tb.Cleanup(log.close) // The last to go.
	c = c.withDefaults(slog.New(slog.NewTextHandler(log, nil)))
	c.Engine.Listener = net.listener
	engine, err := devengine.Start(c.Engine)
	if err != nil {
		tb.Fatalf("aiontest: %v", err)
	}
	e := newEngine(tb, engine, net)
	e.newWorker = func() (*aion.Worker, error) {
		return aion.NewWorker(c.workerConfig(e), e.watch(dispatchers)...)
	}
	if err := e.startWorker(); err != nil {
		_ = engine.Close() // It is always nil.
		tb.Fatalf("aiontest: %v", err)
	}
	tb.Cleanup(e.close)
	for _, d := range dispatchers {
		e.queues[d.TaskQueue()] = true
	}

	return e
}

func (c Config) withDefaults(log *slog.Logger) Config {
	w, e := &c.Worker, &c.Engine
	setDefault(&w.MaxConcurrency, defaultConcurrency)
	setDefault(&w.StopTimeout, defaultStopTimeout)
	setDefault(&w.StopGrace, defaultStopGrace)
	setDefault(&w.MaxBackoff, max(defaultMaxBackoff, w.InitialBackoff))
	setDefault(&w.InitialBackoff, min(defaultInitialBackoff, w.MaxBackoff))
	setDefault(&w.MaxAttempts, -1)
	setDefault(&w.Logger, log)
	setDefault(&e.Logger, log)
	setDefault(&e.Retry, devengine.RetryPolicy{
		MaxRetries: defaultRetries, InitialBackoff: defaultInitialBackoff,
	})
	if len(e.Namespaces) == 0 && w.Namespace != "" {
		e.Namespaces = []string{w.Namespace}
	}

	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// workerConfig makes the worker dial the engine in memory.
func (c Config) workerConfig(e *Engine) aion.Config {
	cfg := c.Worker
	cfg.Endpoint = endpoint
	cfg.DialOptions = append([]grpc.DialOption{
		grpc.WithContextDialer(e.net.dial),
		grpc.WithChainStreamInterceptor(e.countResults),
	}, cfg.DialOptions...)

	return cfg
}
