package devengine

import (
	"cmp"
	"slices"
)

// Watcher is what Engine.Watch calls. Functions that are nil are not called.
type Watcher struct {
	// WorkerConnected is called for each registration that was admitted.
	WorkerConnected func(w Worker)
	// WorkerGone is called when a worker's stream has ended, with the reason. What
	// it held then is given away next.
	WorkerGone func(w Worker, reason string)
	// RunStarted is called for each run.
	RunStarted func(run *Run)
	// Attempt is called when an attempt of a run is sent to a worker, and when a
	// worker lets go of it or loses it.
	Attempt func(run *Run, attempt Attempt)
	// Progress is called for every progress of a running attempt.
	Progress func(run *Run, progress Progress)
	// RunEnded is called once for each run, with what its Wait returns. Wait itself
	// may still have to wait for the observers of the run.
	RunEnded func(run *Run, output []byte, err error)
}

// Watch calls the functions of w for everything that happens in the engine: in
// order, one at a time, from a goroutine of its own. The workers and runs that
// are there already come first, runs with the attempt that is under way. Bytes
// that are handed over must not be changed.
//
// It goes on until stop is called, or until the engine is closed and the ends of
// its runs have been told. stop drops what has not been told yet and waits for a
// call that is under way, so w must not call it, nor the engine's Close. What a
// slow watcher has not been told yet takes memory without bound.
func (e *Engine) Watch(w Watcher) (stop func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return func() {}
	}

	watch := &watch{
		watcher: w,
		calls:   newMailbox[func(Watcher)](),
		stop:    make(chan struct{}),
		done:    make(chan struct{}),
	}
	e.watches = append(e.watches, watch)
	e.tellPresent(watch)
	e.joined.Go(watch.run)

	return func() {
		e.unwatch(watch)
		<-watch.done
	}
}

// Runs returns the runs that have not ended, oldest first.
func (e *Engine) Runs() []*Run {
	e.mu.Lock()
	defer e.mu.Unlock()

	return e.runsByAge()
}

func (e *Engine) runsByAge() []*Run {
	runs := make([]*Run, 0, len(e.runs))
	for _, r := range e.runs {
		runs = append(runs, r)
	}
	slices.SortFunc(runs, func(a, b *Run) int { return cmp.Compare(a.number, b.number) })

	return runs
}

// watch is one call of Watch on its way.
type watch struct {
	watcher Watcher
	calls   *mailbox[func(Watcher)]
	stop    chan struct{} // closed by unwatch
	done    chan struct{} // closed when run has returned
}

// run does not hold the mutex. It ends by stop, or when calls is closed.
func (w *watch) run() {
	defer close(w.done)
	for {
		call, ok := w.calls.take(w.stop)
		if !ok {
			return
		}
		select {
		case <-w.stop:
			return
		default:
			call(w.watcher)
		}
	}
}

// unwatch takes the mutex. Doing it twice is the same as once.
func (e *Engine) unwatch(w *watch) {
	e.mu.Lock()
	defer e.mu.Unlock()
	i := slices.Index(e.watches, w)
	if i < 0 {
		return
	}
	e.watches = slices.Delete(e.watches, i, i+1)
	close(w.stop)
}

// tell has every watcher called.
func (e *Engine) tell(call func(Watcher)) {
	for _, w := range e.watches {
		w.calls.put(call)
	}
}

// tellPresent tells a new watcher what is there.
func (e *Engine) tellPresent(w *watch) {
	for _, present := range e.workersByID() {
		snapshot := present.snapshot()
		w.calls.put(func(w Watcher) { w.workerConnected(snapshot) })
	}
	for _, r := range e.runsByAge() {
		w.calls.put(func(w Watcher) { w.runStarted(r) })
		if r.current != nil {
			started := r.current.started
			w.calls.put(func(w Watcher) { w.attempt(r, started) })
		}
	}
}

func (w Watcher) workerConnected(worker Worker) {
	if w.WorkerConnected != nil {
		w.WorkerConnected(worker)
	}
}

func (w Watcher) workerGone(worker Worker, reason string) {
	if w.WorkerGone != nil {
		w.WorkerGone(worker, reason)
	}
}

func (w Watcher) runStarted(run *Run) {
	if w.RunStarted != nil {
		w.RunStarted(run)
	}
}

func (w Watcher) attempt(run *Run, attempt Attempt) {
	if w.Attempt != nil {
		w.Attempt(run, attempt)
	}
}

func (w Watcher) progress(run *Run, progress Progress) {
	if w.Progress != nil {
		w.Progress(run, progress)
	}
}

func (w Watcher) runEnded(run *Run, output []byte, err error) {
	if w.RunEnded != nil {
		w.RunEnded(run, output, err)
	}
}
