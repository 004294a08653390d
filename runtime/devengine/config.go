package devengine

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"time"
)

const (
	defaultListen = "127.0.0.1:0"
	defaultWindow = 30 * time.Second
	// minWindow keeps a quarter of a window, the shortest interval that is
	// derived from it, clear of the wire's unit of one millisecond.
	minWindow = 40 * time.Millisecond
)

// Config configures an Engine. The zero value is an engine on a free port of
// 127.0.0.1 with the namespace "default".
type Config struct {
	// Listen is the host:port to listen on. Default "127.0.0.1:0", any free
	// port. There is no TLS: anything but loopback is open to the network.
	Listen string

	// Listener is served instead of listening on Listen, such as an in-memory
	// one in tests. The engine closes it. Default nil.
	Listener net.Listener

	// Namespaces are those that workers may register for and runs may use. The
	// first one is the namespace of runs that name none. Default {"default"}.
	Namespaces []string

	// HeartbeatWindow is how long a worker's connection may be silent before it
	// is removed and its tasks go to others; workers learn it at registration.
	// Silence is looked for, and pings are sent, every quarter of it. Default
	// 30 s, at least 40 ms.
	HeartbeatWindow time.Duration

	// Token, when set, is what registrations must carry in the metadata
	// `authorization: Bearer TOKEN`; all others are Unauthenticated. Default "",
	// anyone may register.
	Token string

	// DisablePings stops liveness pings. Workers then get tasks as soon as they
	// are registered; with pings, only after two answers in a row, and again
	// after a missed one. Default false. Aion engines come with and without.
	DisablePings bool

	// Retry is the retry policy of runs that are started without WithRetry.
	// Default: 3 retries, 100 ms doubling up to 10 s.
	Retry RetryPolicy

	// Timeout bounds each attempt of runs that are started without WithTimeout.
	// It counts from the moment the task is sent. Default 0, no bound.
	Timeout time.Duration

	// Logger receives what happens, with the keys worker_id, identity,
	// task_queue, workflow_id and activity. Default slog.Default().
	Logger *slog.Logger
}

// Validate reports everything that is wrong with the configuration in one
// error, nil for none. Start calls it.
func (c Config) Validate() error {
	c = c.withDefaults()

	return errors.Join(
		c.validateListen(),
		c.validateNamespaces(),
		c.validateDurations(),
		c.validateToken(),
		prefixed("config: Retry", c.Retry.validate()),
	)
}

func (c Config) withDefaults() Config {
	if c.Listen == "" {
		c.Listen = defaultListen
	}
	if len(c.Namespaces) == 0 {
		c.Namespaces = []string{"default"}
	}
	if c.HeartbeatWindow == 0 {
		c.HeartbeatWindow = defaultWindow
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	c.Namespaces = slices.Clone(c.Namespaces)
	c.Retry = c.Retry.withDefaults()

	return c
}

func (c Config) validateListen() error {
	if c.Listener != nil {
		return nil
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("config: Listen: want host:port, got %q: %w", c.Listen, err)
	}

	return nil
}

// validateNamespaces refuses commas too: the acknowledgement of a registration
// joins namespaces by them.
func (c Config) validateNamespaces() error {
	var mistakes []error
	for i, namespace := range c.Namespaces {
		if namespace == "" || strings.Contains(namespace, ",") {
			mistakes = append(mistakes, fmt.Errorf(
				"config: Namespaces[%d]: want a name without commas, got %q", i, namespace))
		}
	}

	return errors.Join(mistakes...)
}

func (c Config) validateDurations() error {
	var mistakes []error
	if c.HeartbeatWindow < minWindow {
		mistakes = append(mistakes, fmt.Errorf(
			"config: HeartbeatWindow: want at least %v, got %v", minWindow, c.HeartbeatWindow))
	}
	if c.Timeout < 0 {
		mistakes = append(mistakes, fmt.Errorf(
			"config: Timeout: want 0 for none or more, got %v", c.Timeout))
	}

	return errors.Join(mistakes...)
}

// validateToken refuses what no header can carry.
func (c Config) validateToken() error {
	for i := range len(c.Token) {
		if b := c.Token[i]; b <= ' ' || b > '~' {
			return fmt.Errorf(
				"config: Token: byte %d is not visible ASCII, so no header carries it",
				i,
			)
		}
	}

	return nil
}

// prefixed is err with where it belongs, nil for none.
func prefixed(where string, err error) error {
	if err == nil {
		return nil
	}

	return fmt.Errorf("%s: %w", where, err)
}
