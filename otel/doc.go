// Package otelaion tells OpenTelemetry what a worker does: NewInterceptor makes a
// span of each run of an activity, and NewObserver keeps the metrics of a worker.
//
//	observer := otelaion.NewObserver()
//	worker, err := aion.NewWorker(aion.Config{Observer: observer, …},
//		shopv1.NewShopDispatcher(shop{}, aion.WithInterceptors(otelaion.NewInterceptor())))
//	defer observer.Watch(worker)()
//	err = worker.Run(ctx)
//
// The one works without the other. Both use the global providers unless options
// say otherwise. All metrics and attributes are listed in docs/telemetry.md.
//
// A span has the trace context that the activity's labels carry, as traceparent
// and tracestate, for its parent; see WithLinks. Nothing here reads a payload, but
// the text of an error goes to its span, and handlers decide what is in that; see
// WithRedaction.
//
// The package is a module of its own, so that workers without it do not depend on
// OpenTelemetry.
package otelaion
