package engine

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// run is one stretch of work: the worker's slots are kept full until a time, or
// until each stream has had its share of a number of tasks.
type run struct {
	tasks   []template
	acks    bool
	began   time.Time
	until   time.Time
	share   int           // Tasks of each stream; 0 for no bound.
	streams atomic.Int64  // Those whose results are not all there.
	done    chan struct{} // Closed when there are none.
	failed  chan error    // Capacity 1.
}

// streamDone is the end of a stream's part.
func (r *run) streamDone() {
	if r.streams.Add(-1) == 0 {
		close(r.done)
	}
}

// fail ends the wait for the run.
func (r *run) fail(err error) {
	select {
	case r.failed <- err:
	default:
	}
}

// over reports whether a stream that has had so many tasks gets no more.
func (r *run) over(had int, now time.Time) bool {
	if r.share > 0 {
		return had >= r.share
	}

	return !now.Before(r.until)
}

// Totals is what came of a run.
type Totals struct {
	// Tasks is how many were sent and had exactly one result.
	Tasks int `json:"tasks"`
	// Elapsed is from the first task to the last result.
	Elapsed time.Duration `json:"elapsed"`
	// P50 and P99 are of the time from a task to its result.
	P50 time.Duration `json:"p50"`
	P99 time.Duration `json:"p99"`
}

// run keeps free slots full with tasks of the command's types, in turn.
func (e *Engine) run(c Command) (Totals, error) {
	templates, err := e.tasks(c.Types)
	if err != nil {
		return Totals{}, err
	}
	streams, free := e.withFreeSlots(c.Window)
	if len(streams) == 0 {
		return Totals{}, errors.New("the worker has no free slot")
	}
	now := time.Now()
	r := &run{
		tasks: templates, acks: !c.NoAcks, began: now, until: now.Add(c.Duration),
		share: (c.Tasks + len(streams) - 1) / len(streams),
		done:  make(chan struct{}), failed: make(chan error, 1),
	}
	r.streams.Store(int64(len(streams)))
	for i, s := range streams {
		if err := s.begin(r, free[i]); err != nil {
			return Totals{}, err
		}
	}

	return r.wait(streams, c.Duration)
}

// withFreeSlots returns streams that have about so many free slots together, all
// for 0, and the free slots of each. It begins with the last one, since fill begins
// with the first.
func (e *Engine) withFreeSlots(window int) (streams []*stream, free []int) {
	found := 0
	for _, s := range slices.Backward(e.all()) {
		if n := s.free(); n > 0 && (window == 0 || found < window) {
			streams, free = append(streams, s), append(free, n)
			found += n
		}
	}

	return streams, free
}

// wait waits for the last result.
func (r *run) wait(streams []*stream, duration time.Duration) (Totals, error) {
	timeout := time.NewTimer(duration + patience)
	defer timeout.Stop()
	select {
	case <-r.done:
	case err := <-r.failed:
		return Totals{}, err
	case <-timeout.C:
		return Totals{}, fmt.Errorf("results are missing %s after the run", patience)
	}
	totals := Totals{Elapsed: time.Since(r.began)}
	var latencies []time.Duration
	for _, s := range streams {
		latencies = append(latencies, s.latencies...)
	}
	slices.Sort(latencies)
	totals.Tasks = len(latencies)
	if totals.Tasks > 0 {
		totals.P50 = latencies[len(latencies)/2]
		totals.P99 = latencies[len(latencies)*99/100]
	}

	return totals, nil
}

// fill sends so many tasks that keep their slots for good.
func (e *Engine) fill(types []string, tasks int) error {
	templates, err := e.tasks(types)
	if err != nil {
		return err
	}
	for _, s := range e.all() {
		n := min(tasks, s.free())
		if err := s.fill(templates, n); err != nil {
			return err
		}
		tasks -= n
	}
	if tasks > 0 {
		return fmt.Errorf("the worker has %d slots too few", tasks)
	}

	return nil
}
