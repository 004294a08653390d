package otelaion

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	aion "github.com/aion-go/aion/runtime"
)

var _ aion.Observer = (*Observer)(nil)

// Observer keeps the metrics of workers. It goes into aion.Config.Observer, and
// Watch then shows it the worker that NewWorker has made of that. Several workers
// may share one; what is a state, such as the slots, is then their sum. It is safe
// for concurrent use.
type Observer struct {
	aion.NopObserver

	cfg         observerConfig
	instruments *instruments
	usual       usualTimes
	watched     watchedWorkers
}

// NewObserver makes an observer.
func NewObserver(opts ...ObserverOption) *Observer {
	cfg := newObserverConfig(opts)

	return &Observer{
		cfg:         cfg,
		instruments: newInstruments(cfg.meterProvider),
		usual:       usualTimes{byName: map[activityName]*usualTime{}},
		watched:     watchedWorkers{counts: map[*aion.Worker]int{}},
	}
}

// ActivityStarted notes that the activity exists.
func (o *Observer) ActivityStarted(info aion.Info) { o.usual.know(nameOf(&info)) }

// ActivityEnded measures aion.activity.duration.
func (o *Observer) ActivityEnded(info aion.Info, end aion.ActivityEnd) {
	name := nameOf(&info)
	o.instruments.duration.Record(context.Background(), end.Duration.Seconds(),
		metric.WithAttributes(append(name.attributes(), endAttributes(end.Failure)...)...))
	if end.Failure == nil {
		o.usual.learn(name, end.Duration)
	}
}

// TaskRefused counts aion.worker.task.refused.
func (o *Observer) TaskRefused(session aion.Registered, reason aion.RefusalReason) {
	o.instruments.refused.Add(context.Background(), 1, metric.WithAttributes(
		keyNamespace.String(session.Namespace), keyTaskQueue.String(session.TaskQueue),
		keyRefusalReason.String(refusalName(reason))))
}

// SessionStarted counts aion.worker.session.started.
func (o *Observer) SessionStarted(session aion.Registered) {
	o.instruments.sessionStarted.Add(context.Background(), 1, metric.WithAttributes(
		keyNamespace.String(session.Namespace), keyTaskQueue.String(session.TaskQueue)))
}

// SessionEnded counts aion.worker.session.ended.
func (o *Observer) SessionEnded(session aion.Registered, err error) {
	attributes := []attribute.KeyValue{
		keyNamespace.String(session.Namespace), keyTaskQueue.String(session.TaskQueue),
	}
	if err != nil {
		attributes = append(attributes, semconv.ErrorTypeKey.String(sessionErrorType(err)))
	}
	o.instruments.sessionEnded.Add(context.Background(), 1, metric.WithAttributes(attributes...))
}

// SessionFailed counts aion.worker.session.failed.
func (o *Observer) SessionFailed(_ string, reg aion.Registration, err error) {
	o.instruments.sessionFailed.Add(context.Background(), 1, metric.WithAttributes(
		keyNamespace.String(reg.Namespace), keyTaskQueue.String(reg.TaskQueue),
		semconv.ErrorTypeKey.String(sessionErrorType(err))))
}

// HeartbeatSent measures aion.worker.heartbeat.lag.
func (o *Observer) HeartbeatSent(session aion.Registered, late time.Duration) {
	o.instruments.heartbeatLag.Record(context.Background(), late.Seconds(), metric.WithAttributes(
		keyNamespace.String(session.Namespace), keyTaskQueue.String(session.TaskQueue)))
}

func (n activityName) attributes() []attribute.KeyValue {
	return []attribute.KeyValue{
		keyNamespace.String(n.namespace),
		keyTaskQueue.String(n.taskQueue),
		keyActivityType.String(n.activityType),
	}
}

// endAttributes say how a run ended. Unlike that of a span, this error.type is one of
// a few, since each value is a series of its own.
func endAttributes(failure *aion.Failure) []attribute.KeyValue {
	if failure == nil {
		return []attribute.KeyValue{keyActivityOutcome.String("completed")}
	}
	t := causeType(failure)
	if t == "" {
		t = errorOther
	}

	return []attribute.KeyValue{
		keyActivityOutcome.String(kindName(failure.Kind)), semconv.ErrorTypeKey.String(t),
	}
}

// refusalName is how attributes write a reason.
func refusalName(reason aion.RefusalReason) string {
	switch reason {
	case aion.RefusedForSlot:
		return "slot"
	case aion.RefusedForLimit:
		return "limit"
	case aion.RefusedForStop:
		return "stop"
	case aion.RefusedForUnacknowledged:
		return "unacknowledged"
	case aion.RefusedForAttempt:
		return "attempt"
	default:
		return errorOther
	}
}
