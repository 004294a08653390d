package history

import (
	"container/list"

	"github.com/aion-go/aion/cmd/aion-dev/internal/api"
)

// Changes are what has changed since a revision.
type Changes struct {
	// Revision is the one from which the next call goes on.
	Revision uint64
	// Reset says that removals since the revision are forgotten: Runs are those
	// since the beginning, and whatever was known before is void.
	Reset bool
	// More says that the limit kept some back.
	More    bool
	Runs    []api.Run
	Removed []int
}

// Since returns what has changed since the revision, of runs at most limit, in
// the order of their last change. However often a run has changed, it comes
// once, as it is now: who asks rarely gets less, and nothing is kept for them.
func (h *History) Since(revision uint64, limit int) Changes {
	h.mu.Lock()
	defer h.mu.Unlock()
	changes := Changes{Revision: h.revision}
	if revision > h.revision || revision > 0 && revision < h.forgotten {
		revision, changes.Reset = 0, true
	}

	for element := h.after(revision); element != nil; element = element.Next() {
		if len(changes.Runs) == limit {
			changes.More = true
			changes.Revision = entryOf(element.Prev()).revision
			break
		}
		changes.Runs = append(changes.Runs, entryOf(element).short)
	}
	// A removal that comes before its reader has got so far is told twice, which
	// does no harm; one of a run that the reader never saw neither.
	for i := len(h.removed) - 1; i >= 0 && h.removed[i].revision > revision && revision > 0; i-- {
		changes.Removed = append(changes.Removed, h.removed[i].number)
	}

	return changes
}

// after is the first entry that has changed since the revision, nil for none.
func (h *History) after(revision uint64) *list.Element {
	var first *list.Element
	for element := h.recent.Back(); element != nil; element = element.Prev() {
		if entryOf(element).revision <= revision {
			break
		}
		first = element
	}

	return first
}
