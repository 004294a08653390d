package devengine

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	aionpb "github.com/aion-go/aion/gen/aion"
	aion "github.com/aion-go/aion/runtime"
)

// worker is one registration: one stream, with slots of its own.
type worker struct {
	id             uint64
	identity       string
	taskQueue      string
	namespaces     []string
	node           string
	activityTypes  []string
	activities     []aion.ActivityContract
	maxConcurrency int
	log            *slog.Logger
	conn           *connection

	// held are the deliveries that take the worker's slots, by token.
	held      map[string]*delivery
	turn      uint64 // when it last got a task, in the engine's count
	lastFrame time.Time
	draining  bool
	gone      bool
	pings     probation
}

// renew renews the lease of the worker's connection.
func (w *worker) renew() { w.lastFrame = time.Now() }

func (w *worker) send(frame *aionpb.ServerToWorker) { w.conn.outgoing.put(frame) }

// ready says whether the worker takes tasks at all.
func (w *worker) ready() bool { return !w.gone && !w.draining && !w.pings.onProbation }

// remove forgets the worker and ends its stream with the status error err.
func (e *Engine) remove(w *worker, err error) {
	e.forget(w, status.Convert(err).Message())
	w.conn.end(err)
}

// forget gives away everything that the worker holds.
func (e *Engine) forget(w *worker, reason string) {
	if w.gone {
		return
	}

	w.gone = true
	w.pings.clock.stop()
	delete(e.workers, w.id)
	snapshot := w.snapshot()
	e.tell(func(w Watcher) { w.workerGone(snapshot, reason) })
	w.log.Info("worker gone", "reason", reason, "held_tasks", len(w.held))
	e.giveAway(w)
	e.signalChange()
}

// Worker is a snapshot of one registration. A worker process may have several.
type Worker struct {
	// ID is the engine's number of the registration; another one on each stream.
	ID uint64
	// Identity is the name that the worker gave; it need not be unique.
	Identity string
	// TaskQueue is the queue whose tasks it takes.
	TaskQueue string
	// Namespaces are those whose tasks it takes.
	Namespaces []string
	// Node is the node it named, empty for none. It takes the tasks that are
	// pinned to it beside those that are pinned nowhere.
	Node string
	// ActivityTypes are the types that it listed; tasks of the queue's others reach
	// it all the same.
	ActivityTypes []string
	// Activities are the contracts that it advertised.
	Activities []aion.ActivityContract
	// MaxConcurrency is the number of tasks that it may hold at once.
	MaxConcurrency int
	// Held is the number of tasks that take a slot of it, those of ended
	// attempts included whose outcome it has not reported.
	Held int
	// Ready is whether it takes tasks: not draining and not on probation.
	Ready bool
	// Draining is whether it was sent a DrainRequest.
	Draining bool
	// LastFrame is when its newest frame arrived.
	LastFrame time.Time
}

func (w *worker) snapshot() Worker {
	return Worker{
		ID:             w.id,
		Identity:       w.identity,
		TaskQueue:      w.taskQueue,
		Namespaces:     slices.Clone(w.namespaces),
		Node:           w.node,
		ActivityTypes:  slices.Clone(w.activityTypes),
		Activities:     slices.Clone(w.activities),
		MaxConcurrency: w.maxConcurrency,
		Held:           len(w.held),
		Ready:          w.ready(),
		Draining:       w.draining,
		LastFrame:      w.lastFrame,
	}
}

// Workers returns the registered workers, oldest first.
func (e *Engine) Workers() []Worker {
	e.mu.Lock()
	defer e.mu.Unlock()

	workers := make([]Worker, 0, len(e.workers))
	for _, w := range e.workersByID() {
		workers = append(workers, w.snapshot())
	}

	return workers
}

func (e *Engine) workersByID() []*worker {
	return slices.SortedFunc(maps.Values(e.workers), func(a, b *worker) int {
		return cmp.Compare(a.id, b.id)
	})
}

// WaitForWorkers waits until n workers or more of the task queue are ready to
// take tasks. Its error wraps the cause of ctx, or is ErrClosed.
func (e *Engine) WaitForWorkers(ctx context.Context, taskQueue string, n int) error {
	var ready int
	err := e.await(ctx, func() bool {
		ready = 0
		for _, w := range e.workers {
			if w.taskQueue == taskQueue && w.ready() {
				ready++
			}
		}

		return ready >= n
	})
	if err != nil {
		return fmt.Errorf("task queue %q: %d of %d workers are ready: %w", taskQueue, ready, n, err)
	}

	return nil
}

// Disconnect ends the stream of one worker, Unavailable, as a lost connection
// would: its tasks go to others at once. It is for trying a worker against it.
// Its error says that there is no such worker.
func (e *Engine) Disconnect(id uint64) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	w, err := e.worker(id)
	if err != nil {
		return err
	}
	e.remove(w, status.Errorf(codes.Unavailable, "disconnected"))

	return nil
}

func (e *Engine) worker(id uint64) (*worker, error) {
	w, ok := e.workers[id]
	if !ok {
		return nil, fmt.Errorf("worker %d is not registered", id)
	}

	return w, nil
}
