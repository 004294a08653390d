package devengine

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"time"
)

// RunOption changes how a run is run. Options given later win.
type RunOption func(*runOptions)

type runOptions struct {
	namespace string
	attempt   int
	retry     RetryPolicy
	timeout   time.Duration
	labels    map[string]string
	progress  func(Progress)
	attempts  func(Attempt)
}

func (e *Engine) runOptions(opts []RunOption) runOptions {
	options := runOptions{
		namespace: e.cfg.Namespaces[0],
		attempt:   1,
		retry:     e.cfg.Retry,
		timeout:   e.cfg.Timeout,
	}
	for _, opt := range opts {
		opt(&options)
	}

	return options
}

func (o runOptions) validate() error {
	var timeout, attempt error
	if o.attempt < 1 || o.attempt > math.MaxInt32 {
		attempt = fmt.Errorf("WithFirstAttempt: want 1 or more, got %d", o.attempt)
	}
	if o.timeout < 0 {
		timeout = fmt.Errorf("WithTimeout: want 0 for none or more, got %v", o.timeout)
	}

	return errors.Join(attempt, timeout, prefixed("WithRetry", o.retry.validate()))
}

// WithRetry replaces Config.Retry. Fields that are zero have their own default.
func WithRetry(policy RetryPolicy) RunOption {
	return func(o *runOptions) { o.retry = policy.withDefaults() }
}

// WithFirstAttempt is the number of the run's first attempt, as if there had been
// others before it. The retries of the policy come after it. Default 1.
func WithFirstAttempt(attempt int) RunOption {
	return func(o *runOptions) { o.attempt = attempt }
}

// WithTimeout replaces Config.Timeout, the bound of each attempt; 0 is none.
func WithTimeout(d time.Duration) RunOption {
	return func(o *runOptions) { o.timeout = d }
}

// WithLabels are the labels that the tasks of the run carry. Default none.
func WithLabels(labels map[string]string) RunOption {
	labels = maps.Clone(labels)

	return func(o *runOptions) { o.labels = labels }
}

// WithNamespace is the namespace whose workers get the run. Default the first
// one of Config.Namespaces.
func WithNamespace(namespace string) RunOption {
	return func(o *runOptions) { o.namespace = namespace }
}

// WithProgress calls observe for every progress that arrives from the worker
// that holds the run's task, in order, from a goroutine of the run. The run is
// done when observe has returned from its last call; so observe must wait for
// neither the run nor the engine's Close.
func WithProgress(observe func(Progress)) RunOption {
	return func(o *runOptions) { o.progress = observe }
}

// WithAttempts calls observe whenever an attempt is sent to a worker and
// whenever a worker lets go of it or loses it. The rules of WithProgress hold;
// the calls of both come one after the other.
func WithAttempts(observe func(Attempt)) RunOption {
	return func(o *runOptions) { o.attempts = observe }
}
