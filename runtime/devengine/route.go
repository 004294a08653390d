package devengine

import (
	"container/list"
	"slices"
)

// route decides which workers may get a task: never its activity type.
type route struct {
	namespace string
	taskQueue string
	node      string // Empty when any worker of the queue will do.
}

// taskQueue holds the runs of one route that wait for a slot, the next one
// first.
type taskQueue struct {
	waiting *list.List // of *Run
}

// enqueue appends the run to the queue of its route, or puts it at its head
// when it was given back, and hands out what can be.
func (e *Engine) enqueue(r *Run, givenBack bool) {
	q, ok := e.queues[r.route]
	if !ok {
		q = &taskQueue{waiting: list.New()}
		e.queues[r.route] = q
	}

	r.state = runQueued
	if givenBack {
		r.place = q.waiting.PushFront(r)
	} else {
		r.place = q.waiting.PushBack(r)
	}
}

// dequeue takes the run out of its queue, if it is in one.
func (e *Engine) dequeue(r *Run) {
	if r.place == nil {
		return
	}

	q := e.queues[r.route]
	q.waiting.Remove(r.place)
	r.place = nil
	if q.waiting.Len() == 0 {
		delete(e.queues, r.route)
	}
}

// serveRoutes hands tasks out on every route of the worker.
func (e *Engine) serveRoutes(w *worker) {
	for _, namespace := range w.namespaces {
		rt := route{namespace: namespace, taskQueue: w.taskQueue, node: w.node}
		e.serveRoute(rt)
		if rt.node != "" {
			rt.node = ""
			e.serveRoute(rt)
		}
	}
}

// serveRoute hands out the tasks of a route until none waits or no slot is
// free.
func (e *Engine) serveRoute(rt route) {
	for {
		q, ok := e.queues[rt]
		if !ok {
			return
		}
		w := e.nextWorker(rt)
		if w == nil {
			return
		}
		r := q.waiting.Front().Value.(*Run) //nolint:forcetypeassert // Nothing else is put there.
		e.dequeue(r)
		e.deliver(r, w)
	}
}

// nextWorker is the worker of the route with a free slot whose last task is the
// longest ago, nil for none: so tasks go round among those with free slots.
func (e *Engine) nextWorker(rt route) *worker {
	var next *worker
	for _, w := range e.workers {
		if !w.serves(rt) || !w.ready() || len(w.held) >= w.maxConcurrency {
			continue
		}
		if next == nil || w.turn < next.turn || w.turn == next.turn && w.id < next.id {
			next = w
		}
	}

	return next
}

func (w *worker) serves(rt route) bool {
	return w.taskQueue == rt.taskQueue && slices.Contains(w.namespaces, rt.namespace) &&
		(rt.node == "" || rt.node == w.node)
}
