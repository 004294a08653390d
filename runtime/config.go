package aion

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
)

// The defaults of Config.
const (
	DefaultNamespace              = "default"
	DefaultStreamConcurrency      = 8
	DefaultMaxUnacknowledged      = 10_000
	DefaultMaxUnacknowledgedBytes = 256 << 20
	DefaultHeapBallast            = 8 << 20
	DefaultStopGrace              = 10 * time.Second
	DefaultStopTimeout            = 25 * time.Second
	DefaultInitialBackoff         = time.Second
	DefaultMaxBackoff             = 30 * time.Second
	DefaultMaxAttempts            = 10
)

// TokenSource returns the token that authenticates a worker. It is called at
// each dial, so a token that expires is renewed by reconnecting; an error
// counts as a failed attempt to connect. It must return when ctx ends.
type TokenSource func(ctx context.Context) (string, error)

// StaticToken is the source of a token that never changes.
func StaticToken(token string) TokenSource {
	return func(context.Context) (string, error) { return token, nil }
}

// Config configures a Worker. Endpoint and MaxConcurrency are required; the
// zero value of every other field is its default.
type Config struct {
	// Endpoint is where the engine listens for workers, as host:port. A prefix
	// http:// is ignored, https:// stands for TLS with the system's roots.
	// Several endpoints, separated by commas, are the servers of a cluster:
	// the worker serves all of them, because a registration counts for one
	// server only.
	Endpoint string

	// Namespace is the namespace to take tasks from. Default: "default".
	Namespace string

	// Identity names the worker for people: in the engine's views, in logs and
	// in Info. It need not be unique. Default: the host's name and the process
	// id, for example "web-1/4711".
	Identity string

	// MaxConcurrency is how many activities the process runs at once, over all
	// queues, nodes and endpoints; at least 1. Each of them is offered all, and
	// a task that finds none free for 250 ms is handed back.
	MaxConcurrency int

	// StreamConcurrency is how many activities one stream offers the engine at
	// most: MaxConcurrency is spread over as many streams as that takes, on one
	// connection, each a registration of its own whose identity ends in its
	// number, such as "web-1/4711#2". The engine fails activities for good when
	// it has more frames for one stream than fit between both, so a higher
	// value is for engines that are known to bear it. Default: 8.
	StreamConcurrency int

	// Nodes are the nodes that the process stands for; it registers once for
	// each, and runs the activities that are pinned to them beside those that
	// are pinned nowhere. Default: all nodes that its activities are pinned to.
	Nodes []string

	// MaxUnacknowledged is how many outcomes of one endpoint may wait for the
	// engine's acknowledgement before the worker takes no more tasks from it:
	// they are handed back after 250 ms, until an acknowledgement comes. So an
	// engine that takes no results does not fill the memory. What runs by then
	// still ends, up to MaxConcurrency more. Default: 10,000.
	MaxUnacknowledged int

	// MaxUnacknowledgedBytes is the same bound in bytes, for inputs and results
	// together. Default: 256 MiB.
	MaxUnacknowledgedBytes int

	// HeapBallast is how many bytes Run holds and never touches; they take address
	// space, and hardly any memory. The garbage collector takes them for data in
	// use, so about as many bytes more are allocated before it runs again (with a
	// GOGC of 100): the heap of a busy worker is so small that it would run dozens
	// of times a second otherwise. The price is the memory of what is allocated
	// meanwhile. Default: 8 MiB, as far as that is an eighth of GOMEMLIMIT at most,
	// which counts the ballast; 1 GiB is the most. Negative: none.
	HeapBallast int

	// ActivityTimeout is the longest that one activity may run in this worker.
	// Then its context ends with the cause ErrTimedOut. The engine's own
	// timeouts are not on the wire: they end the attempt in the engine only.
	// Default: 0, no limit.
	ActivityTimeout time.Duration

	// Limits bound single activities, beside MaxConcurrency. Worker.SetLimit changes
	// them while the worker runs. Default: none.
	Limits []Limit

	// StopGrace is how long running activities may go on undisturbed once the
	// context of Run has ended; then they are cancelled with the cause
	// ErrWorkerStopping. Default: 10 s. It is cut to StopTimeout.
	StopGrace time.Duration

	// StopTimeout is how long stopping takes at most, StopGrace included. An
	// activity that still runs then is left to the engine, which gives it to
	// another worker. Default: 25 s, which fits into the 30 s that Kubernetes
	// waits before it kills.
	StopTimeout time.Duration

	// InitialBackoff is the wait before the second attempt to reconnect; the
	// first one is made at once. Every further wait doubles, less a random
	// part of up to a half. Default: 1 s.
	InitialBackoff time.Duration

	// MaxBackoff is the longest wait between two attempts. A session that
	// lasts longer, or reports a result, starts the count anew. Default: 30 s,
	// or InitialBackoff when that is longer.
	MaxBackoff time.Duration

	// MaxAttempts is how many attempts to connect may fail in a row before Run
	// returns the last error. Default: 10, at most two minutes with the default
	// backoff. Negative: no bound.
	MaxAttempts int

	// TLS encrypts the connection; the engine speaks plain text, so a proxy in
	// front of it ends TLS. Default: nil, plain text.
	TLS *tls.Config

	// Token is sent as "authorization: Bearer …" with each registration; also
	// over plain text, so leave that to loopback or a trusted network.
	// Default: nil, no token.
	Token TokenSource

	// Observer is told what happens, for metrics and alarms. Default: none.
	Observer Observer

	// RedactLog returns what may be logged of a text that a handler has made: of the
	// text of an error or a panic, which may hold what no log should. It is called
	// concurrently. The engine is sent the text as it is. Default: nil, all of it.
	RedactLog func(text string) string

	// Logger receives what happens, with stable keys; payloads are never
	// logged. Single tasks are logged at the level debug. Default:
	// slog.Default().
	Logger *slog.Logger

	// DialOptions are added to the gRPC connection's own, for example a dialer
	// of the user's. They may break what the worker relies on. Default: none.
	DialOptions []grpc.DialOption
}

// validated returns the configuration with its defaults filled in and its
// endpoints apart, or all of its mistakes at once.
func (c Config) validated() (Config, []target, error) {
	var errs []error
	mistake := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	targets, err := c.targets()
	if err != nil {
		errs = append(errs, err)
	}
	if c.MaxConcurrency < 1 || c.MaxConcurrency > math.MaxInt32 {
		mistake("field MaxConcurrency is %d: set 1 or more (or %s for ConfigFromEnv)",
			c.MaxConcurrency, envConcurrency)
	}
	for _, field := range []struct {
		name  string
		value int
	}{
		{"StreamConcurrency", c.StreamConcurrency},
		{"MaxUnacknowledged", c.MaxUnacknowledged},
		{"MaxUnacknowledgedBytes", c.MaxUnacknowledgedBytes},
	} {
		if field.value < 0 {
			mistake("field %s is %d: set 1 or more, or 0 for the default", field.name, field.value)
		}
	}
	if c.HeapBallast > maxHeapBallast {
		mistake("field HeapBallast is %d: set %d bytes or less, or 0 for the default",
			c.HeapBallast, maxHeapBallast)
	}
	for i, node := range c.Nodes {
		if node == "" || slices.Contains(c.Nodes[:i], node) {
			mistake("field Nodes has %q at %d: name each node once", node, i)
		}
	}
	for _, field := range []struct {
		name  string
		value time.Duration
	}{
		{"ActivityTimeout", c.ActivityTimeout},
		{"StopGrace", c.StopGrace},
		{"StopTimeout", c.StopTimeout},
		{"InitialBackoff", c.InitialBackoff},
		{"MaxBackoff", c.MaxBackoff},
	} {
		if field.value < 0 {
			mistake("field %s is %s: set a positive duration, or 0 for the default",
				field.name, field.value)
		}
	}
	if c.MaxBackoff > 0 && c.InitialBackoff > c.MaxBackoff {
		mistake("field InitialBackoff is %s, longer than MaxBackoff, %s: exchange them",
			c.InitialBackoff, c.MaxBackoff)
	}
	if len(errs) > 0 {
		return Config{}, nil, errors.Join(errs...)
	}

	return c.withDefaults(), targets, nil
}

func (c Config) withDefaults() Config {
	c.Namespace = orDefault(c.Namespace, DefaultNamespace)
	c.Identity = orDefault(c.Identity, defaultIdentity())
	c.StreamConcurrency = orDefault(c.StreamConcurrency, DefaultStreamConcurrency)
	c.MaxUnacknowledged = orDefault(c.MaxUnacknowledged, DefaultMaxUnacknowledged)
	c.MaxUnacknowledgedBytes = orDefault(c.MaxUnacknowledgedBytes, DefaultMaxUnacknowledgedBytes)
	c.HeapBallast = orDefault(c.HeapBallast, DefaultHeapBallast)
	c.StopGrace, c.StopTimeout = stopTimes(c.StopGrace, c.StopTimeout)
	c.InitialBackoff = orDefault(c.InitialBackoff, DefaultInitialBackoff)
	c.MaxBackoff = orDefault(c.MaxBackoff, max(DefaultMaxBackoff, c.InitialBackoff))
	c.MaxAttempts = orDefault(c.MaxAttempts, DefaultMaxAttempts)
	if c.Observer == nil {
		c.Observer = NopObserver{}
	}
	c.Logger = orDefault(c.Logger, slog.Default())

	return c
}

// stopTimes fills in the defaults of StopGrace and StopTimeout, and cuts the
// one to the other.
func stopTimes(grace, timeout time.Duration) (time.Duration, time.Duration) {
	timeout = orDefault(timeout, DefaultStopTimeout)

	return min(orDefault(grace, DefaultStopGrace), timeout), timeout
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}

	return value
}

func defaultIdentity() string {
	host, err := os.Hostname()
	if err != nil {
		host = "worker"
	}

	return fmt.Sprintf("%s/%d", host, os.Getpid())
}

// targets reads Endpoint.
func (c Config) targets() ([]target, error) {
	var errs []error
	var targets []target
	seen := map[string]bool{}
	for endpoint := range strings.SplitSeq(c.Endpoint, ",") {
		t, err := c.target(strings.TrimSpace(endpoint))
		if err == nil && seen[t.endpoint] {
			err = fmt.Errorf("field Endpoint names %s twice: name it once", t.endpoint)
		}
		seen[t.endpoint] = true
		targets, errs = append(targets, t), append(errs, err)
	}

	return targets, errors.Join(errs...)
}

// target reads one endpoint.
func (c Config) target(endpoint string) (target, error) {
	t := target{tls: c.TLS, token: c.Token, dialOptions: c.DialOptions}
	if endpoint == "" {
		return t, fmt.Errorf("field Endpoint is empty: set host:port of the engine (or %s for ConfigFromEnv)",
			envEndpoint)
	}
	address, encrypted := strings.CutPrefix(endpoint, "https://")
	if encrypted && t.tls == nil {
		t.tls = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	t.endpoint = strings.TrimSuffix(strings.TrimPrefix(address, "http://"), "/")
	if host, port, err := net.SplitHostPort(t.endpoint); err != nil || host == "" || port == "" {
		return t, fmt.Errorf("field Endpoint has %q: want host:port, "+
			"for example 127.0.0.1:50051", endpoint)
	}

	return t, nil
}
