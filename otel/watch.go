package otelaion

import (
	"context"
	"maps"
	"slices"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"

	aion "github.com/aion-go/aion/runtime"
)

// watchedWorkers are the workers whose state an Observer reads.
type watchedWorkers struct {
	// changing is held while a worker is added or removed. The callback does not take
	// it: meters run callbacks under locks that (un)registering takes.
	changing sync.Mutex
	// registration is that of the callback; nil when no worker is watched. Guarded
	// by changing.
	registration metric.Registration

	mu sync.Mutex
	// counts says how often each worker is watched. Guarded by mu.
	counts map[*aion.Worker]int
}

// change changes how often a worker is watched, and returns how many are then.
func (w *watchedWorkers) change(worker *aion.Worker, by int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.counts[worker] += by; w.counts[worker] == 0 {
		delete(w.counts, worker)
	}

	return len(w.counts)
}

func (w *watchedWorkers) all() []*aion.Worker {
	w.mu.Lock()
	defer w.mu.Unlock()

	return slices.Collect(maps.Keys(w.counts))
}

// Watch reads the worker's state whenever metrics are collected, until the function
// that it returns is called; call it when Run has returned:
//
//	defer observer.Watch(worker)()
//
// Without it there are no metrics of what is a state: slots, waiting tasks,
// unacknowledged outcomes, open sessions and stuck activities. The function may be
// called more than once.
func (o *Observer) Watch(worker *aion.Worker) (unwatch func()) {
	w := &o.watched
	w.changing.Lock()
	defer w.changing.Unlock()
	w.change(worker, 1)
	if w.registration == nil {
		w.registration = o.register()
	}

	return sync.OnceFunc(func() { o.unwatch(worker) })
}

func (o *Observer) unwatch(worker *aion.Worker) {
	w := &o.watched
	w.changing.Lock()
	defer w.changing.Unlock()
	if w.change(worker, -1) > 0 || w.registration == nil {
		return
	}
	if err := w.registration.Unregister(); err != nil {
		otel.Handle(err)
	}
	w.registration = nil
}

// register begins to read workers.
func (o *Observer) register() metric.Registration {
	i := o.instruments
	registration, err := i.meter.RegisterCallback(o.observe,
		i.stuck, i.slots, i.waiting, i.unacknowledged, i.unacknowledgedBytes,
		i.sessions, i.sessionsWanted)
	if err != nil {
		otel.Handle(err)
	}

	return registration
}

// observe is the callback.
func (o *Observer) observe(_ context.Context, to metric.Observer) error {
	var sum aion.Stats
	for _, w := range o.watched.all() {
		stats := w.Stats()
		sum.Slots += stats.Slots
		sum.Running += stats.Running
		sum.Waiting += stats.Waiting
		sum.Unacknowledged += stats.Unacknowledged
		sum.UnacknowledgedBytes += stats.UnacknowledgedBytes
		sum.Sessions += stats.Sessions
		sum.Streams += stats.Streams
	}
	i := o.instruments
	to.ObserveInt64(i.slots, int64(sum.Running), metric.WithAttributes(keySlotState.String("used")))
	to.ObserveInt64(i.slots, int64(sum.Slots-sum.Running),
		metric.WithAttributes(keySlotState.String("free")))
	to.ObserveInt64(i.waiting, int64(sum.Waiting))
	to.ObserveInt64(i.unacknowledged, int64(sum.Unacknowledged))
	to.ObserveInt64(i.unacknowledgedBytes, int64(sum.UnacknowledgedBytes))
	to.ObserveInt64(i.sessions, int64(sum.Sessions))
	to.ObserveInt64(i.sessionsWanted, int64(sum.Streams))
	o.observeStuck(to)

	return nil
}

// observeStuck tells how many activities are stuck, also where that is none: an
// alarm can tell that from a worker without metrics.
func (o *Observer) observeStuck(to metric.Observer) {
	type series struct {
		activityName

		reason StuckReason
	}
	counts := map[series]int64{}
	for _, name := range o.usual.names() {
		for _, reason := range []StuckReason{StuckSlow, StuckPastDeadline, StuckDeaf} {
			counts[series{name, reason}] = 0
		}
	}
	for _, s := range o.Stuck() {
		counts[series{nameOf(&s.Info), s.Reason}]++
	}
	for s, n := range counts {
		attributes := append(s.attributes(), keyStuckReason.String(string(s.reason)))
		to.ObserveInt64(o.instruments.stuck, n, metric.WithAttributes(attributes...))
	}
}
