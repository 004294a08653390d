// Package history keeps what a development engine's runs did, those that have
// ended within bounds.
package history

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aion-go/aion/cmd/aion-dev/internal/api"
	"github.com/aion-go/aion/runtime/devengine"
)

// Bounds of what is kept of ended runs. Runs that have not ended are always kept.
const (
	// KeptRuns is how many ended runs are kept.
	KeptRuns = 10_000
	// KeptBytes bounds their inputs, results, progress and errors together.
	KeptBytes = 256 << 20
)

// History is fed by its Watcher. It is safe for concurrent use; the zero value
// is not usable.
type History struct {
	keptRuns, keptBytes int

	// mu guards what follows.
	mu sync.Mutex
	// revision grows with every change.
	revision uint64
	// changed is closed and replaced at every change.
	changed chan struct{}
	last    int // number of a run
	byID    map[string]*entry
	// byNumber has the same entries.
	byNumber map[int]*entry
	// recent are all entries, the one that changed last at the back.
	recent *list.List
	// ended are those of runs that have ended, the first one that ended in front.
	ended *list.List
	bytes int // of ended runs
	// removed are the removals that are remembered, oldest first.
	removed []removal
	// forgotten is the revision of the newest removal that is not remembered.
	forgotten uint64
}

// removal is a run that is kept no more.
type removal struct {
	revision uint64
	number   int
}

// New returns an empty history with the bounds KeptRuns and KeptBytes.
func New() *History { return newBounded(KeptRuns, KeptBytes) }

func newBounded(runs, bytes int) *History {
	return &History{
		keptRuns:  runs,
		keptBytes: bytes,
		changed:   make(chan struct{}),
		byID:      map[string]*entry{},
		byNumber:  map[int]*entry{},
		recent:    list.New(),
		ended:     list.New(),
	}
}

// Watcher feeds the history.
func (h *History) Watcher() devengine.Watcher {
	return devengine.Watcher{
		RunStarted: h.started,
		Attempt:    h.attempt,
		Progress:   h.progress,
		RunEnded:   h.end,
	}
}

func (h *History) started(run *devengine.Run) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last++
	e := newEntry(h.last, run, time.Now())
	h.byID[run.WorkflowID()] = e
	h.byNumber[h.last] = e
	e.recent = h.recent.PushBack(e)
	h.touch(e)
}

func (h *History) attempt(run *devengine.Run, attempt devengine.Attempt) {
	h.change(run, func(e *entry) { e.attempted(attempt) })
}

func (h *History) progress(run *devengine.Run, progress devengine.Progress) {
	h.change(run, func(e *entry) { e.progressed(progress) })
}

func (h *History) end(run *devengine.Run, output []byte, err error) {
	h.change(run, func(e *entry) {
		e.end(output, err, time.Now())
		h.ended.PushBack(e)
		h.bytes += e.bytes()
		h.prune()
	})
}

// change changes a run that was started before.
func (h *History) change(run *devengine.Run, change func(*entry)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if e, ok := h.byID[run.WorkflowID()]; ok {
		h.touch(e)
		change(e)
	}
}

// touch makes e the entry that changed last.
func (h *History) touch(e *entry) {
	h.revision++
	e.revision = h.revision
	h.recent.MoveToBack(e.recent)
	h.signal()
}

func (h *History) signal() {
	close(h.changed)
	h.changed = make(chan struct{})
}

// prune drops the runs that ended first until the rest is within the bounds. The
// newest one stays, whatever its size.
func (h *History) prune() {
	for h.ended.Len() > h.keptRuns || h.bytes > h.keptBytes && h.ended.Len() > 1 {
		e := entryOf(h.ended.Front())
		h.ended.Remove(h.ended.Front())
		h.bytes -= e.bytes()
		delete(h.byID, e.short.WorkflowID)
		delete(h.byNumber, e.short.Number)
		h.recent.Remove(e.recent)
		h.revision++
		h.removed = append(h.removed, removal{revision: h.revision, number: e.short.Number})
	}
	// Half of them go at once, so that each is moved once at most.
	if len(h.removed) > h.keptRuns {
		cut := len(h.removed) - h.keptRuns/2
		h.forgotten = h.removed[cut-1].revision
		h.removed = append([]removal(nil), h.removed[cut:]...)
	}
}

// ErrUnknown is within the error of a call that names a run that is not, or no
// longer, known.
var ErrUnknown = errors.New("not known, or no longer")

func (h *History) entry(number int) (*entry, error) {
	e, ok := h.byNumber[number]
	if !ok {
		return nil, fmt.Errorf("run %d: %w", number, ErrUnknown)
	}

	return e, nil
}

// Run returns everything that is kept of a run.
func (h *History) Run(number int) (api.RunDetail, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e, err := h.entry(number)
	if err != nil {
		return api.RunDetail{}, err
	}

	return e.detail(), nil
}

// Cancel cancels a run; one that has ended stays as it is.
func (h *History) Cancel(number int) error {
	run, err := h.engineRun(number)
	if run != nil {
		run.Cancel()
	}

	return err
}

// engineRun is the run itself, nil once it has ended.
func (h *History) engineRun(number int) (*devengine.Run, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e, err := h.entry(number)
	if err != nil {
		return nil, err
	}

	return e.run, nil
}

// Newest returns up to limit runs, the newest first.
func (h *History) Newest(limit int) []api.Run {
	h.mu.Lock()
	defer h.mu.Unlock()
	numbers := slices.Sorted(maps.Keys(h.byNumber))
	slices.Reverse(numbers)
	runs := make([]api.Run, 0, min(limit, len(numbers)))
	for _, number := range numbers[:cap(runs)] {
		runs = append(runs, h.byNumber[number].short)
	}

	return runs
}

// Await returns the run of a workflow once the engine has told about it.
func (h *History) Await(ctx context.Context, workflowID string) (api.RunDetail, error) {
	for {
		h.mu.Lock()
		e, ok := h.byID[workflowID]
		if ok {
			defer h.mu.Unlock()
			return e.detail(), nil
		}
		changed := h.changed
		h.mu.Unlock()

		select {
		case <-changed:
		case <-ctx.Done():
			return api.RunDetail{}, fmt.Errorf(
				"run of workflow %s: %w",
				workflowID,
				context.Cause(ctx),
			)
		}
	}
}

// Changed is closed at the next change.
func (h *History) Changed() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()

	return h.changed
}
