package devengine

import (
	"context"
	"fmt"
	"maps"
	"slices"

	aionpb "github.com/aion-go/aion/gen/aion"
)

// Drain tells all workers that no further tasks will come, and waits until they
// hold none. From then on registrations are refused, Unavailable, and runs that
// no worker holds wait until they are cancelled or the engine is closed. When
// ctx ends first, the error names the workers that still hold tasks and wraps
// its cause; Drain may be called again to wait longer.
func (e *Engine) Drain(ctx context.Context) error {
	e.startDrain()
	if err := e.await(ctx, func() bool { return len(e.deliveries) == 0 }); err != nil {
		return fmt.Errorf("drain: workers %v still hold tasks: %w", e.holders(), err)
	}

	return nil
}

// startDrain takes the mutex.
func (e *Engine) startDrain() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.draining = true
	for _, w := range e.workers {
		e.drainWorker(w)
	}
}

// holders are the ids of the workers that hold tasks. It takes the mutex.
func (e *Engine) holders() []uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	ids := map[uint64]bool{}
	for _, d := range e.deliveries {
		ids[d.worker.id] = true
	}

	return slices.Sorted(maps.Keys(ids))
}

// DrainWorker tells one worker that no further tasks will come on its stream,
// as an operator may; the engine stays up, and the worker may register again.
// Draining it twice is the same as once. Its error says that there is no such
// worker.
func (e *Engine) DrainWorker(id uint64) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	w, err := e.worker(id)
	if err != nil {
		return err
	}
	e.drainWorker(w)

	return nil
}

func (e *Engine) drainWorker(w *worker) {
	if w.draining {
		return
	}
	w.draining = true
	w.send(&aionpb.ServerToWorker{Message: &aionpb.ServerToWorker_Drain{
		Drain: &aionpb.DrainRequest{},
	}})
	e.signalChange()
}
