package aiontest

import (
	"errors"
	"slices"
	"sync"

	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

var errSecondActivity = errors.New("aiontest: Start runs one activity: start each one by itself")

// record is what is known of an activity that Start has started. Engine, worker
// and handlers write it, the test reads it and waits for what it knows. It is
// safe for concurrent use.
type record struct {
	options []Option

	// All that follows is guarded by mu.
	mu          sync.Mutex
	changed     sync.Cond // Whenever something of it has changed.
	attached    bool      // An engine runs the activity, or has run it.
	over        bool      // The caller has its result.
	enumCase    aion.EnumCase
	attempts    []devengine.Attempt
	progress    [][]byte // JSON texts.
	running     int      // Handlers.
	handlerRuns []HandlerRun
	resultsSent int
}

func newRecord(options []Option) *record {
	r := &record{options: options}
	r.changed.L = &r.mu

	return r
}

// note changes the record. There may be none.
func (r *record) note(change func()) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
	r.changed.Broadcast()
}

// attach makes r the record of a run, and returns the options of that.
func (r *record) attach(activity aion.ActivitySpec) ([]devengine.RunOption, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.attached {
		return nil, errSecondActivity
	}
	r.attached, r.enumCase = true, activity.EnumCase
	var opts []devengine.RunOption
	for _, option := range r.options {
		opts = append(opts, option.run)
	}

	return append(opts,
		devengine.WithAttempts(func(a devengine.Attempt) {
			r.note(func() { r.attempts = append(r.attempts, a) })
		}),
		devengine.WithProgress(func(p devengine.Progress) {
			r.note(func() { r.progress = append(r.progress, slices.Clone(p.JSON)) })
		}),
	), nil
}

// await waits until met, or until the call is over, and reports whether it was
// met. It calls met with mu held.
func (r *record) await(met func() bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for !met() {
		if r.over {
			return false
		}
		r.changed.Wait()
	}

	return true
}

func (r *record) isAttached() bool {
	r.mu.Lock()
	defer r.mu.Unlock()

	return r.attached
}
