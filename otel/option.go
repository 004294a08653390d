package otelaion

import (
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// scope is the name of the instrumentation scope of all spans and metrics.
const scope = "github.com/aion-go/aion/otel"

// The defaults of when an activity counts as stuck.
const (
	DefaultStuckFactor = 10
	DefaultStuckAfter  = 30 * time.Second
)

// InterceptorOption changes what NewInterceptor makes.
type InterceptorOption interface{ applyToInterceptor(cfg *interceptorConfig) }

// ObserverOption changes what NewObserver makes.
type ObserverOption interface{ applyToObserver(cfg *observerConfig) }

type interceptorConfig struct {
	tracerProvider trace.TracerProvider
	propagator     propagation.TextMapPropagator
	links          bool
	redact         func(text string) string
}

type observerConfig struct {
	meterProvider metric.MeterProvider
	stuckFactor   float64
	stuckAfter    time.Duration
}

type interceptorOption func(cfg *interceptorConfig)

func (o interceptorOption) applyToInterceptor(cfg *interceptorConfig) { o(cfg) }

type observerOption func(cfg *observerConfig)

func (o observerOption) applyToObserver(cfg *observerConfig) { o(cfg) }

// WithTracerProvider says where spans go. Default: the global provider, as it is
// when NewInterceptor is called.
func WithTracerProvider(provider trace.TracerProvider) InterceptorOption {
	return interceptorOption(func(cfg *interceptorConfig) { cfg.tracerProvider = provider })
}

// WithPropagator says how a trace context is read from the labels of an activity.
// Default: the global propagator, as it is when NewInterceptor is called; that
// reads nothing until otel.SetTextMapPropagator has set one, such as
// propagation.TraceContext.
func WithPropagator(propagator propagation.TextMapPropagator) InterceptorOption {
	return interceptorOption(func(cfg *interceptorConfig) { cfg.propagator = propagator })
}

// WithLinks begins a trace of its own with each run, and links it to the trace
// context in the activity's labels: for workflows that last so long, or have so
// many activities, that one trace of all is of no use. Default: the run is a child
// of that context.
func WithLinks() InterceptorOption {
	return interceptorOption(func(cfg *interceptorConfig) { cfg.links = true })
}

// WithRedaction says what may stand in a span of the text of an error or of a
// panic. It is called concurrently. Default: all of it.
func WithRedaction(redact func(text string) string) InterceptorOption {
	return interceptorOption(func(cfg *interceptorConfig) { cfg.redact = redact })
}

// WithMeterProvider says where metrics go. Default: the global provider, as it is
// when NewObserver is called.
func WithMeterProvider(provider metric.MeterProvider) ObserverOption {
	return observerOption(func(cfg *observerConfig) { cfg.meterProvider = provider })
}

// WithStuckFactor says that a running activity is stuck once it has taken so many
// times the usual time of its type. Default: 10. A factor of 0 or less looks at no
// times.
func WithStuckFactor(factor float64) ObserverOption {
	return observerOption(func(cfg *observerConfig) { cfg.stuckFactor = factor })
}

// WithStuckAfter says how long an activity may run on after the end of its context
// before it is stuck, and how long it takes at least until one is that takes more
// than its usual time. Default: 30 s.
func WithStuckAfter(d time.Duration) ObserverOption {
	return observerOption(func(cfg *observerConfig) { cfg.stuckAfter = d })
}

func newInterceptorConfig(opts []InterceptorOption) interceptorConfig {
	cfg := interceptorConfig{
		tracerProvider: otel.GetTracerProvider(),
		propagator:     otel.GetTextMapPropagator(),
		redact:         func(text string) string { return text },
	}
	for _, o := range opts {
		o.applyToInterceptor(&cfg)
	}

	return cfg
}

func newObserverConfig(opts []ObserverOption) observerConfig {
	cfg := observerConfig{
		meterProvider: otel.GetMeterProvider(),
		stuckFactor:   DefaultStuckFactor,
		stuckAfter:    DefaultStuckAfter,
	}
	for _, o := range opts {
		o.applyToObserver(&cfg)
	}

	return cfg
}
