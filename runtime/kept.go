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

// keep holds an outcome for d, as far as the bounds allow. The caller holds mu.
func (x *Executions) keep(e *execution, d time.Duration) {
	e.keptUntil = time.Now().Add(d)
	x.kept = append(x.kept, e)
	x.keptBytes += e.size()
	x.purge()
}

// unkeep takes an outcome out of those that are kept. The caller holds mu.
func (x *Executions) unkeep(e *execution) {
	if e.keptUntil.IsZero() {
		return
	}
	e.keptUntil = time.Time{}
	x.keptBytes -= e.size()
	x.kept = slices.DeleteFunc(x.kept, func(other *execution) bool { return other == e })
}

// purge forgets the outcomes whose time is over or that are too many. The
// caller holds mu.
func (x *Executions) purge() {
	for len(x.kept) > 0 {
		e := x.kept[0]
		if len(x.kept) <= maxKept && x.keptBytes <= maxKeptBytes && time.Now().Before(e.keptUntil) {
			return
		}
		x.kept = x.kept[1:]
		x.keptBytes -= e.size()
		e.keptUntil = time.Time{}
		x.forget(e)
	}
}
