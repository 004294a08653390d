package aion

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"google.golang.org/grpc/codes"
)

// link keeps the sessions of a task queue, or of one node of it, at one engine
// server: a session for each of the streams that MaxConcurrency is spread over.
type link struct {
	cfg           Config
	registrations []Registration // One for each stream.
	dispatcher    Dispatcher
	executions    *Executions
	tracker       *Tracker
	gate          *gate
	endpoint      string
	open          func(ctx context.Context, reg Registration) (Session, error)
}

// keep holds the session of one stream until ctx ends, and opens another one
// when it is gone.
func (l *link) keep(ctx context.Context, reg Registration) error {
	for {
		session, round, err := l.register(ctx, reg)
		if session == nil {
			return err
		}
		if err := l.serve(ctx, session, round); err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// register opens a session, however many attempts that takes. Without a session
// and an error, the worker stops.
func (l *link) register(ctx context.Context, reg Registration) (Session, int, error) {
	for {
		p, ok := l.gate.enter(ctx)
		if !ok {
			return nil, 0, nil
		}
		session, err := l.open(ctx, reg)
		if err == nil {
			l.logRegistered(p, reg, session.Registered())
			l.cfg.Observer.SessionStarted(session.Registered())

			return session, l.gate.registered(p), nil
		}
		if ctx.Err() != nil {
			return nil, 0, nil //nolint:nilerr // The worker stops; that is no failure.
		}
		l.cfg.Observer.SessionFailed(l.endpoint, reg, err)
		var refused *RegistrationError
		if errors.As(err, &refused) && refused.Denied() {
			l.cfg.Logger.Error("the engine denies the worker", refused.attrs()...)

			return nil, 0, err
		}
		if err := l.failed(l.gate.refused(p), err); err != nil {
			return nil, 0, err
		}
	}
}

// serve serves a session to its end. The error says why none is to follow.
func (l *link) serve(ctx context.Context, session Session, round int) error {
	began := time.Now()
	end, health, err := Serve(ctx, session, l.dispatcher, l.executions, l.tracker, ServeConfig{
		MaxUnacknowledged:      l.cfg.MaxUnacknowledged,
		MaxUnacknowledgedBytes: l.cfg.MaxUnacknowledgedBytes,
		ActivityTimeout:        l.cfg.ActivityTimeout,
		StopGrace:              l.cfg.StopGrace,
		StopTimeout:            l.cfg.StopTimeout,
		Observer:               l.cfg.Observer,
		RedactLog:              l.cfg.RedactLog,
		Logger:                 l.cfg.Logger,
	})
	l.cfg.Observer.SessionEnded(session.Registered(), err)
	if end == ShutDown {
		return nil
	}
	useful := health.Reported > 0 || health.Ended.Sub(began) > l.cfg.MaxBackoff
	v := l.gate.ended(round, useful, health.Drained)
	if !useful && !health.Drained {
		return l.failed(v, fmt.Errorf("session on task queue %q at %s: %w",
			l.registrations[0].TaskQueue, l.endpoint, err))
	}
	l.log().Log(ctx, l.level(v.counts), "session ended", "end", end.String(), "reason", err,
		"unacknowledged", l.tracker.Len(), "wait", v.wait)

	return nil
}

// failed logs a failure with the wait that follows. It returns an error when
// nothing follows.
func (l *link) failed(v verdict, err error) error {
	if v.giveUp {
		return fmt.Errorf("gave up after %d attempts: %w", v.failures, err)
	}
	if !v.counts {
		l.log().Debug("no session with the engine for one more stream", "error", err.Error())

		return nil
	}
	log := l.log().Warn
	var refused *RegistrationError
	if errors.As(err, &refused) &&
		(refused.Code == codes.FailedPrecondition || refused.Code == codes.Internal) {
		log = l.log().Error
	}
	log("no session with the engine", "connect_attempt", v.failures,
		"max_attempts", l.cfg.MaxAttempts, "wait", v.wait, "error", err.Error())

	return nil
}

func (l *link) logRegistered(p pass, reg Registration, registered Registered) {
	l.log().Log(context.Background(), l.level(p.scout), "worker registered",
		"worker_id", registered.WorkerID, "namespace", registered.Namespace,
		"identity", reg.Identity, "streams", len(l.registrations),
		"max_concurrency", registered.MaxConcurrency, "heartbeat_window", registered.HeartbeatWindow)
}

// level is that of a log line which one stream writes for all, or each for
// itself.
func (l *link) level(forAll bool) slog.Level {
	if forAll {
		return slog.LevelInfo
	}

	return slog.LevelDebug
}

func (l *link) log() *slog.Logger {
	log := l.cfg.Logger.With("endpoint", l.endpoint, "task_queue", l.registrations[0].TaskQueue)
	if node := l.registrations[0].Node; node != "" {
		log = log.With("node", node)
	}

	return log
}
