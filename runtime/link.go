package aion

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
)

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
		return l.failed(fmt.Errorf("session on task queue %q at %s: %w",
			l.registration.TaskQueue, l.endpoint, err))
	}
	wait := l.backoff.next()
	log.Info("session ended", "end", end.String(), "reason", err,
		"unacknowledged", l.tracker.Len(), "wait", wait)

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
	log := l.cfg.Logger.Warn
	var refused *RegistrationError
	if errors.As(err, &refused) &&
		(refused.Code == codes.FailedPrecondition || refused.Code == codes.Internal) {
		log = l.cfg.Logger.Error
	}
	log("no session with the engine", "endpoint", l.endpoint, "task_queue", l.registration.TaskQueue,
		"connect_attempt", l.backoff.failures, "max_attempts", l.cfg.MaxAttempts,
		"wait", wait, "error", err.Error())

	return wait, nil
}
