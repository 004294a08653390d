package aion

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// Worker serves dispatchers to an engine: for each task queue and endpoint it
// holds as many sessions as MaxConcurrency is spread over. It runs once.
type Worker struct {
	cfg        Config
	links      []*link
	trackers   []*Tracker // One for each endpoint.
	executions *Executions
	started    atomic.Bool
	stopped    atomic.Bool
}

// NewWorker makes a worker that serves dispatchers. Nothing is dialled yet. All
// that is wrong with cfg or the dispatchers is returned at once: values out of
// range, no dispatcher, a nil implementation, two dispatchers with one activity
// type on one task queue.
func NewWorker(cfg Config, dispatchers ...Dispatcher) (*Worker, error) {
	cfg, targets, cfgErr := cfg.validated()
	queues, queuesErr := queuesOf(dispatchers)
	if err := errors.Join(cfgErr, queuesErr); err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	w := &Worker{cfg: cfg, executions: NewExecutions(cfg.MaxConcurrency)}
	for _, t := range targets {
		w.addServer(t, queues)
	}
	var errs []error
	for _, limit := range cfg.Limits {
		errs = append(errs, w.SetLimit(limit))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}

	return w, nil
}

// addServer adds the links to one engine server. They share its connections,
// and the outcomes that it has not acknowledged.
func (w *Worker) addServer(t target, queues []*queueDispatcher) {
	tracker, connections := NewTracker(), &connections{target: t}
	w.trackers = append(w.trackers, tracker)
	for _, q := range queues {
		for _, registrations := range registrationsOf(w.cfg, q) {
			w.links = append(w.links, &link{
				cfg:           w.cfg,
				registrations: registrations,
				dispatcher:    q,
				executions:    w.executions,
				tracker:       tracker,
				gate: newGate(backoff{
					initial: w.cfg.InitialBackoff, longest: w.cfg.MaxBackoff, maxAttempts: w.cfg.MaxAttempts,
				}),
				endpoint: t.endpoint,
				open:     connections.openSession,
			})
		}
	}
}

// queuesOf joins dispatchers by their task queues.
func queuesOf(dispatchers []Dispatcher) ([]*queueDispatcher, error) {
	if len(dispatchers) == 0 {
		return nil, errors.New("no dispatcher: pass at least one, such as NewGreeterDispatcher(impl)")
	}
	var errs []error
	var names []string
	byQueue := map[string][]Dispatcher{}
	for i, d := range dispatchers {
		if isNil(d) {
			errs = append(errs, fmt.Errorf("dispatcher %d of %d is nil: pass one", i+1, len(dispatchers)))
			continue
		}
		if v, ok := d.(interface{ Validate() error }); ok {
			errs = append(errs, v.Validate())
		}
		name := d.TaskQueue()
		if name == "" {
			errs = append(errs, fmt.Errorf("dispatcher %d of %d has no task queue: name one",
				i+1, len(dispatchers)))
		}
		if byQueue[name] == nil {
			names = append(names, name)
		}
		byQueue[name] = append(byQueue[name], d)
	}
	var queues []*queueDispatcher
	for _, name := range names {
		q, err := newQueueDispatcher(name, byQueue[name])
		errs = append(errs, err)
		queues = append(queues, q)
	}

	return queues, errors.Join(errs...)
}

var errRunTwice = errors.New("the worker has run already: make another one with NewWorker")

// Run serves until ctx ends, then stops as Config.StopGrace and
// Config.StopTimeout say, and returns nil. It returns an error when an engine
// denies a registration, which holds a *RegistrationError, or when
// Config.MaxAttempts attempts in a row have failed; then it stops its other
// sessions in the same way first.
//
// No goroutine of the worker is left when Run returns, unless a handler has
// ignored the end of its context until StopTimeout was over; such activities
// are logged as errors, and the engine gives them to another worker.
func (w *Worker) Run(ctx context.Context) error {
	if w.started.Swap(true) {
		return errRunTwice
	}
	defer w.stopped.Store(true)
	ballast := newBallast(w.cfg.HeapBallast)
	defer runtime.KeepAlive(ballast)
	serving, cancel := context.WithCancel(ctx)
	defer cancel()
	var streams sync.WaitGroup
	var mu sync.Mutex
	var errs []error // Guarded by mu.
	for _, l := range w.links {
		for _, reg := range l.registrations {
			streams.Go(func() {
				if err := l.keep(serving, reg); err != nil {
					mu.Lock()
					defer mu.Unlock()
					errs = append(errs, err)
					cancel()
				}
			})
		}
	}
	<-serving.Done()
	w.cfg.Logger.Info("worker stopping", "running", w.executions.Running(),
		"stop_grace", w.cfg.StopGrace, "stop_timeout", w.cfg.StopTimeout)
	w.executions.Stop(w.cfg.StopGrace, w.cfg.StopTimeout)
	streams.Wait()
	for _, task := range w.executions.join() {
		w.cfg.Logger.Error("activity still runs after StopTimeout: let it return when its context ends",
			taskAttrs(&task)...)
	}
	w.cfg.Logger.Info("worker stopped")

	return errors.Join(errs...)
}
