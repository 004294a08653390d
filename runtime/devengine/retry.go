package devengine

import (
	"errors"
	"fmt"
	"time"
)

const (
	defaultRetries        = 3
	defaultInitialBackoff = 100 * time.Millisecond
	defaultMaxBackoff     = 10 * time.Second
)

// NoRetries as RetryPolicy.MaxRetries gives a run a single attempt.
const NoRetries = -1

// RetryPolicy says how often an activity that failed retryably or timed out is
// tried again, and how long after. Lost streams and refusals use up no retry.
type RetryPolicy struct {
	// MaxRetries is the number of further attempts after the first. Default 3;
	// NoRetries for none.
	MaxRetries int
	// InitialBackoff is the wait before the first retry; it doubles with each
	// further one. Default 100 ms, or MaxBackoff if that is shorter.
	InitialBackoff time.Duration
	// MaxBackoff bounds the wait before any retry. Default 10 s, or
	// InitialBackoff if that is longer.
	MaxBackoff time.Duration
}

func (p RetryPolicy) withDefaults() RetryPolicy {
	if p.MaxRetries == 0 {
		p.MaxRetries = defaultRetries
	}
	if p.InitialBackoff == 0 {
		p.InitialBackoff = defaultInitialBackoff
		if p.MaxBackoff > 0 {
			p.InitialBackoff = min(p.InitialBackoff, p.MaxBackoff)
		}
	}
	if p.MaxBackoff == 0 {
		p.MaxBackoff = max(defaultMaxBackoff, p.InitialBackoff)
	}

	return p
}

func (p RetryPolicy) validate() error {
	var mistakes []error
	if p.MaxRetries < NoRetries {
		mistakes = append(mistakes, fmt.Errorf(
			"MaxRetries: want NoRetries or more, got %d", p.MaxRetries))
	}
	if p.InitialBackoff < 0 {
		mistakes = append(mistakes, fmt.Errorf(
			"InitialBackoff: want a positive duration, got %v", p.InitialBackoff))
	}
	if p.MaxBackoff < p.InitialBackoff {
		mistakes = append(mistakes, fmt.Errorf(
			"MaxBackoff: want at least InitialBackoff (%v), got %v",
			p.InitialBackoff,
			p.MaxBackoff,
		))
	}

	return errors.Join(mistakes...)
}

// attempts is the number of attempts in all, at least 1.
func (p RetryPolicy) attempts() int { return max(p.MaxRetries, 0) + 1 }

// backoff is the wait after the given attempt, from 1.
func (p RetryPolicy) backoff(attempt int) time.Duration {
	wait := p.InitialBackoff
	for range attempt - 1 {
		if wait >= p.MaxBackoff/2 {
			return p.MaxBackoff
		}
		wait *= 2
	}

	return wait
}
