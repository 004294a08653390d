package aion

import (
	"slices"
	"time"
)

const (
	// keptWindows is how many heartbeat windows an outcome stays known when the
	// engine may have dropped it.
	keptWindows = 4
	// maxKept and maxKeptBytes bound the outcomes that are kept so.
	maxKept      = 10_000
	maxKeptBytes = 64 << 20
)

// keptOutcome is an execution that has finished and was acknowledged, whose outcome
// may be asked for again until a time.
type keptOutcome struct {
	*execution

	until time.Time
}

// keep holds an outcome for d, as far as the bounds allow. The caller holds mu.
func (x *Executions) keep(e *execution, d time.Duration) {
	e.kept = true
	x.kept = append(x.kept, keptOutcome{e, time.Now().Add(d)})
	x.keptBytes += e.size()
	x.purge()
}

// unkeep takes an outcome out of those that are kept. The caller holds mu.
func (x *Executions) unkeep(e *execution) {
	if !e.kept {
		return
	}
	e.kept = false
	x.keptBytes -= e.size()
	x.kept = slices.DeleteFunc(x.kept, func(o keptOutcome) bool { return o.execution == e })
}

// purge forgets the outcomes whose time is over or that are too many. The
// caller holds mu.
func (x *Executions) purge() {
	for len(x.kept) > 0 {
		oldest := x.kept[0]
		if len(x.kept) <= maxKept && x.keptBytes <= maxKeptBytes && time.Now().Before(oldest.until) {
			return
		}
		x.kept = x.kept[1:]
		x.keptBytes -= oldest.size()
		oldest.kept = false
		x.forget(oldest.execution)
	}
}
