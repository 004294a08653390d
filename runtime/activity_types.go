package aion

import (
	"maps"
	"sync"
)

// activityTypes are the texts of activity types that tasks share. All sessions with a
// server share them as well: of a worker's many streams, each would otherwise have a
// table of its own, more than a processor's cache holds. The zero value is ready for
// use, and safe for concurrent use.
type activityTypes struct {
	mu    sync.Mutex
	texts map[string]string // The pointer is guarded by mu; the map itself never changes.
}

// of returns a map that has the types of the activities, each by itself. It must not
// be changed.
func (t *activityTypes) of(activities []ActivityContract) map[string]string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.have(activities) {
		texts := maps.Clone(t.texts)
		if texts == nil {
			texts = make(map[string]string, len(activities))
		}
		for _, a := range activities {
			texts[a.Type] = a.Type
		}
		t.texts = texts
	}

	return t.texts
}

// have reports whether all types are there. The caller holds mu.
func (t *activityTypes) have(activities []ActivityContract) bool {
	for _, a := range activities {
		if _, ok := t.texts[a.Type]; !ok {
			return false
		}
	}

	return true
}
