package aion

import (
	"cmp"
	"slices"
)

const (
	// maxFresh is how many outcomes without an ack are held as they are. More are
	// under way only when acks are late.
	maxFresh = 512
	// maxArchivedBytes bounds the input and the result of an activity whose outcome is
	// archived, because they are copied.
	maxArchivedBytes = 4 << 10
)

// archive holds outcomes that were sent and have no ack yet, when there are many. There
// each is one piece of memory without pointers, in place of an execution, of which the
// collector would follow some twenty each time; and the books that every task is looked
// up in stay small. All that happens to an outcome besides its ack happens to it outside:
// it is restored first. It is guarded by the lock of its Tracker.
type archive struct {
	outcomes map[keyHash]archivedOutcome
	filter   *archiveFilter // Nil before there was an outcome.
	added    uint64         // How many there were so far.
}

// archiveFilter counts outcomes by some bits of their hashes. Nearly all that is looked
// for is not there, and to learn that from the map, which does not fit into the
// processor's cache, is slow.
type archiveFilter [1 << 17]uint8

// fullCount is a count that is not exact any more. It stays as it is.
const fullCount = 255

func (f *archiveFilter) of(hash keyHash) *uint8 { return &f[hash>>47] }

// add adds an outcome under a hash that has none.
func (a *archive) add(hash keyHash, outcome archivedOutcome) {
	if a.outcomes == nil {
		a.outcomes = map[keyHash]archivedOutcome{}
	}
	if a.filter == nil {
		a.filter = new(archiveFilter)
	}
	a.added++
	outcome.number = a.added
	a.outcomes[hash] = outcome
	if count := a.filter.of(hash); *count < fullCount {
		*count++
	}
}

// get returns what there is under a hash.
func (a *archive) get(hash keyHash) (outcome archivedOutcome, ok bool) {
	if len(a.outcomes) == 0 || *a.filter.of(hash) == 0 {
		return archivedOutcome{}, false
	}
	outcome, ok = a.outcomes[hash]

	return outcome, ok
}

// remove removes what there is under a hash.
func (a *archive) remove(hash keyHash) {
	delete(a.outcomes, hash)
	if len(a.outcomes) == 0 {
		a.outcomes = nil // A map does not shrink.
	}
	if count := a.filter.of(hash); *count < fullCount {
		*count--
	}
}

// archiveNext moves an outcome into the archive when too many are not there, and
// returns what it is of, which is to be forgotten; nil when there is nothing to do. The
// caller holds the lock of Executions.
func (t *Tracker) archiveNext() *execution {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.pending.fresh > t.maxFresh {
		p := t.pending.takeFresh()
		if !p.archivable() {
			continue
		}
		hash := p.execution.task.key().hash()
		sent := p.outbox.sends[hash]
		times := sent.times()
		if _, taken := t.archive.get(hash); taken || times == 0 {
			continue
		}
		delete(p.outbox.sends, hash)
		t.pending.remove(p)
		t.archive.add(hash, newArchivedOutcome(p, times))

		return p.execution
	}

	return nil
}

// archivable reports whether there is no more to p than an outcome of moderate size
// that was sent on the stream which brought its task. The caller holds the locks of
// the Tracker and of Executions.
func (p *pendingResult) archivable() bool {
	e := p.execution

	return e.known && !e.adopted && p.outbox == e.stream.outbox && !p.queued && p.bytes <= maxArchivedBytes
}

// acknowledgeArchived takes an ack that came on o for an outcome in the archive, which
// nothing is known of any more then. It is false when there is none.
func (t *Tracker) acknowledgeArchived(o *outbox, key ActivityKey, hash keyHash) bool {
	outcome, ok := t.archive.get(hash)
	if !ok || outcome.stream.outbox != o || !outcome.isOf(key) {
		return false
	}
	t.archive.remove(hash)
	t.bytes -= outcome.bytes
	o.outstanding--
	o.reported++
	if outcome.times > 1 { // The other acks are not to be taken for those of a later outcome.
		sent := o.sends[hash]
		sent.addFirst(outcome.execution().report, outcome.times)
		sent.take(key)
		o.sends[hash] = sent
	}

	return true
}

// restore takes the outcome of an activity out of the archive, and returns what it is
// of, to be remembered; nil when there is none.
func (t *Tracker) restore(key ActivityKey, hash keyHash) *execution {
	t.mu.Lock()
	defer t.mu.Unlock()
	if outcome, ok := t.archive.get(hash); ok && outcome.isOf(key) {
		return t.unarchive(hash, outcome)
	}

	return nil
}

// restoreSent is restore for all that was sent last on o, not after a time.
func (t *Tracker) restoreSent(o *outbox, before instant) []*execution {
	t.mu.Lock()
	defer t.mu.Unlock()
	var hashes []keyHash
	for hash, outcome := range t.archive.outcomes {
		if outcome.stream.outbox == o && outcome.sentAt <= before {
			hashes = append(hashes, hash)
		}
	}
	// The newest first: the place of each among those that are pending is before it.
	slices.SortFunc(hashes, func(a, b keyHash) int {
		return cmp.Compare(t.archive.outcomes[b].number, t.archive.outcomes[a].number)
	})
	executions := make([]*execution, len(hashes))
	for i, hash := range hashes {
		executions[i] = t.unarchive(hash, t.archive.outcomes[hash])
	}

	return executions
}

// unarchive makes an outcome that is archived under a hash one like others. The caller
// holds mu.
func (t *Tracker) unarchive(hash keyHash, outcome archivedOutcome) *execution {
	t.archive.remove(hash)
	e, o := outcome.execution(), outcome.stream.outbox
	e.report.tracked, e.report.outbox, e.report.sentAt = true, o, outcome.sentAt
	t.pending.insert(e.report)
	sent := o.sends[hash]
	sent.addFirst(e.report, outcome.times)
	o.sends[hash] = sent

	return e
}

// archiveLate makes room in the books when acks are late. The caller holds mu.
func (x *Executions) archiveLate(t *Tracker) {
	for e := t.archiveNext(); e != nil; e = t.archiveNext() {
		x.forget(e)
	}
}

// restore brings back what is known of an activity that s brings. The caller holds mu.
func (x *Executions) restore(s *stream, key ActivityKey, hash keyHash) {
	if e := s.tracker.restore(key, hash); e != nil {
		x.rememberAgain(e, hash)
	}
}

// restoreSent brings back what was sent last on s, not after a time: there is more to do
// for it than to wait. The caller holds mu.
func (x *Executions) restoreSent(s *stream, before instant) {
	for _, e := range s.tracker.restoreSent(s.outbox, before) {
		x.rememberAgain(e, e.task.key().hash())
	}
}

// resend hands out again what was sent on s, not after a time, and has no ack.
func (x *Executions) resend(s *stream, before instant) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.restoreSent(s, before)
	s.tracker.resend(s.outbox, before)
}

// rememberAgain adds e to what is known under a hash, as the oldest. The caller holds
// mu.
func (x *Executions) rememberAgain(e *execution, hash keyHash) {
	e.known, e.newer = true, x.activities[hash]
	if e.newer != nil {
		e.newer.older = e
	}
	x.activities[hash] = e
}
