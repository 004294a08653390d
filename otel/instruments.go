package otelaion

import (
	"errors"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/aion-go/aion/internal/version"
)

// The bounds of histograms, in seconds.
var (
	// durationBounds reach from a look into a cache to a job of hours.
	durationBounds = []float64{
		.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400,
	}
	// lagBounds reach to the heartbeat window of an engine, 30 s.
	lagBounds = []float64{.001, .005, .01, .05, .1, .5, 1, 2.5, 5, 10, 30}
)

// instruments are what an Observer measures with. They are safe for concurrent use.
type instruments struct {
	meter metric.Meter

	duration       metric.Float64Histogram
	refused        metric.Int64Counter
	sessionStarted metric.Int64Counter
	sessionEnded   metric.Int64Counter
	sessionFailed  metric.Int64Counter
	heartbeatLag   metric.Float64Histogram

	stuck               metric.Int64ObservableUpDownCounter
	slots               metric.Int64ObservableUpDownCounter
	waiting             metric.Int64ObservableUpDownCounter
	unacknowledged      metric.Int64ObservableUpDownCounter
	unacknowledgedBytes metric.Int64ObservableUpDownCounter
	sessions            metric.Int64ObservableUpDownCounter
	sessionsWanted      metric.Int64ObservableUpDownCounter
}

// newInstruments makes the instruments. What a provider objects to goes to
// OpenTelemetry's own error handler, as is usual there.
func newInstruments(provider metric.MeterProvider) *instruments {
	m := maker{meter: provider.Meter(scope,
		metric.WithInstrumentationVersion(version.Version), metric.WithSchemaURL(semconv.SchemaURL))}
	i := &instruments{
		meter: m.meter,

		duration: m.seconds("aion.activity.duration", durationBounds,
			"How long runs of activities took."),
		refused: m.counter("aion.worker.task.refused", "{task}",
			"Tasks that were handed back to the engine."),
		sessionStarted: m.counter("aion.worker.session.started", "{session}",
			"Streams that the engine has registered."),
		sessionEnded: m.counter("aion.worker.session.ended", "{session}",
			"Streams that have ended."),
		sessionFailed: m.counter("aion.worker.session.failed", "{session}",
			"Attempts to register that have failed."),
		heartbeatLag: m.seconds("aion.worker.heartbeat.lag", lagBounds,
			"How late the regular heartbeats of a stream were sent."),

		stuck: m.level("aion.activity.stuck", "{activity}",
			"Running activities that are stuck."),
		slots: m.level("aion.worker.slot.count", "{slot}",
			"Slots for activities."),
		waiting: m.level("aion.worker.task.waiting", "{task}",
			"Tasks that wait for a slot or for their limit."),
		unacknowledged: m.level("aion.worker.unacknowledged.count", "{result}",
			"Outcomes that the engine has not acknowledged."),
		unacknowledgedBytes: m.level("aion.worker.unacknowledged.size", "By",
			"What the unacknowledged outcomes take in memory, about."),
		sessions: m.level("aion.worker.session.open", "{session}",
			"Streams that are registered."),
		sessionsWanted: m.level("aion.worker.session.wanted", "{session}",
			"Streams that are registered when all goes well."),
	}
	if err := errors.Join(m.errs...); err != nil {
		otel.Handle(err)
	}

	return i
}

// maker makes instruments and keeps what went wrong.
type maker struct {
	meter metric.Meter
	errs  []error
}

func (m *maker) keep(err error) {
	if err != nil {
		m.errs = append(m.errs, err)
	}
}

func (m *maker) counter(name, unit, description string) metric.Int64Counter {
	c, err := m.meter.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(description))
	m.keep(err)

	return c
}

func (m *maker) seconds(name string, bounds []float64, description string) metric.Float64Histogram {
	h, err := m.meter.Float64Histogram(name, metric.WithUnit("s"),
		metric.WithDescription(description), metric.WithExplicitBucketBoundaries(bounds...))
	m.keep(err)

	return h
}

// level makes an instrument whose values are read from workers, and can be added up.
func (m *maker) level(name, unit, description string) metric.Int64ObservableUpDownCounter {
	c, err := m.meter.Int64ObservableUpDownCounter(name,
		metric.WithUnit(unit), metric.WithDescription(description))
	m.keep(err)

	return c
}
