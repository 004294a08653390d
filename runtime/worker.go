package aion

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
)

// Worker serves dispatchers to an engine: one session for each task queue and
// endpoint. It runs once.
type Worker struct {
	cfg        Config
	links      []*link
	executions *Executions
	started    atomic.Bool
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
		for _, q := range queues {
			w.links = append(w.links, newLink(cfg, t, q, w.executions))
		}
	}

	return w, nil
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
			errs = append(
				errs,
				fmt.Errorf("dispatcher %d of %d has no task queue: name one", i+1, len(dispatchers)),
			)
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
	serving, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, len(w.links))
	var links sync.WaitGroup
	for i, l := range w.links {
		links.Go(func() {
			errs[i] = l.run(serving)
			if errs[i] != nil {
				cancel()
			}
		})
	}
	<-serving.Done()
	w.cfg.Logger.Info("worker stopping", "running", w.executions.Running(),
		"stop_grace", w.cfg.StopGrace, "stop_timeout", w.cfg.StopTimeout)
	w.executions.Stop(w.cfg.StopGrace, w.cfg.StopTimeout)
	links.Wait()
	for _, task := range w.executions.join() {
		w.cfg.Logger.Error("activity still runs after StopTimeout: let it return when its context ends",
			taskAttrs(&task)...)
	}
	w.cfg.Logger.Info("worker stopped")

	return errors.Join(errs...)
}

// link keeps one session to one engine server for one task queue. It belongs
// to the goroutine that runs it.
type link struct {
	cfg          Config
	registration Registration
	dispatcher   Dispatcher
	executions   *Executions
	tracker      *Tracker
	backoff      backoff
	endpoint     string
	open         func(ctx context.Context, reg Registration) (Session, error)
}

func newLink(cfg Config, t target, q *queueDispatcher, executions *Executions) *link {
	return &link{
		cfg: cfg,
		registration: Registration{
			Namespace:      cfg.Namespace,
			TaskQueue:      q.TaskQueue(),
			Identity:       cfg.Identity,
			MaxConcurrency: cfg.MaxConcurrency,
			Activities:     q.Activities(),
		},
		dispatcher: q,
		executions: executions,
		tracker:    NewTracker(),
		backoff: backoff{
			initial: cfg.InitialBackoff, longest: cfg.MaxBackoff, maxAttempts: cfg.MaxAttempts,
		},
		endpoint: t.endpoint,
		open: func(ctx context.Context, reg Registration) (Session, error) {
			return openSession(ctx, t, reg)
		},
	}
}

// run holds a session until ctx ends, and opens another one when it is gone.
func (l *link) run(ctx context.Context) error {
	for {
		wait, err := l.serveOnce(ctx)
		if err != nil || ctx.Err() != nil {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()

			return nil
		}
	}
}

// serveOnce opens a session and serves it to its end. It returns how long to
// wait before the next one, or why there is none.
func (l *link) serveOnce(ctx context.Context) (time.Duration, error) {
	session, err := l.open(ctx, l.registration)
	if err != nil {
		return l.notOpened(ctx, err)
	}
	registered := session.Registered()
	log := l.cfg.Logger.With("endpoint", l.endpoint, "task_queue", l.registration.TaskQueue)
	log.Info("worker registered", "worker_id", registered.WorkerID, "namespace", registered.Namespace,
		"identity", l.registration.Identity, "max_concurrency", registered.MaxConcurrency,
		"heartbeat_window", registered.HeartbeatWindow)
	began := time.Now()
	end, health, err := Serve(ctx, session, l.dispatcher, l.executions, l.tracker, ServeConfig{
		ActivityTimeout: l.cfg.ActivityTimeout,
		StopGrace:       l.cfg.StopGrace,
		StopTimeout:     l.cfg.StopTimeout,
		Logger:          l.cfg.Logger,
	})
	if end == ShutDown {
		return 0, nil
	}
	if health.Reported > 0 || health.Ended.Sub(began) > l.cfg.MaxBackoff {
		l.backoff.reset()
	} else if !health.Drained {
		return l.failed(
			fmt.Errorf("session on task queue %q at %s: %w", l.registration.TaskQueue, l.endpoint, err),
		)
	}
	wait := l.backoff.next()
	log.Info(
		"session ended",
		"end",
		end.String(),
		"reason",
		err,
		"unacknowledged",
		l.tracker.Len(),
		"wait",
		wait,
	)

	return wait, nil
}

// notOpened handles a session that could not be opened.
func (l *link) notOpened(ctx context.Context, err error) (time.Duration, error) {
	if ctx.Err() != nil {
		return 0, nil //nolint:nilerr // The worker stops; that is no failure.
	}
	var refused *RegistrationError
	if errors.As(err, &refused) && refused.Denied() {
		l.cfg.Logger.Error("the engine denies the worker", refused.attrs()...)

		return 0, err
	}

	return l.failed(err)
}

// failed counts a failure, and logs it with the wait that follows.
func (l *link) failed(err error) (time.Duration, error) {
	wait, ok := l.backoff.failed()
	if !ok {
		return 0, fmt.Errorf("gave up after %d attempts: %w", l.backoff.failures, err)
	}
	attrs := []any{
		"endpoint",
		l.endpoint,
		"task_queue",
		l.registration.TaskQueue,
		"attempt",
		l.backoff.failures,
		"max_attempts",
		l.cfg.MaxAttempts,
		"wait",
		wait,
		"error",
		err.Error(),
	}
	log := l.cfg.Logger.Warn
	var refused *RegistrationError
	if errors.As(err, &refused) &&
		(refused.Code == codes.FailedPrecondition || refused.Code == codes.Internal) {
		log = l.cfg.Logger.Error
	}
	log("no session with the engine", attrs...)

	return wait, nil
}
