package aion

import "slices"

// pendingResult is an outcome on its way to the engine. Its first part does not
// change; the rest is guarded by the Tracker's lock.
type pendingResult struct {
	execution *execution // Whose outcome it is.
	token     string     // Of the delivery that it answers.
	bytes     int        // What it holds in memory, about.

	tracked        bool // No ack has come yet.
	queued         bool // It waits in outbox.
	fresh          bool // It was not looked at since it was put into its list.
	previous, next *pendingResult
	outbox         *outbox // The stream it was handed to; nil when there is none.
	sentAt         instant // When it was sent there last; zero when it was not.
}

func (p *pendingResult) frame() Frame {
	return Frame{
		Kind:    FrameResult,
		Key:     p.execution.task.key(),
		RunID:   p.execution.task.RunID,
		Token:   p.token,
		Outcome: p.execution.outcome,
	}
}

// pendingResults is a list of them. It is guarded by the Tracker's lock.
type pendingResults struct {
	first, last *pendingResult
	unseen      *pendingResult // No fresh one comes before it; nil when there is none.
	len, fresh  int
}

// pushBack adds p, which is in no list.
func (l *pendingResults) pushBack(p *pendingResult) {
	l.link(p, nil)
	p.fresh = true
	l.fresh++
	if l.unseen == nil {
		l.unseen = p
	}
}

// insert adds p, which is in no list, after those that were sent before it. It is not
// fresh.
func (l *pendingResults) insert(p *pendingResult) {
	next := l.first
	for next != nil && next.sentAt < p.sentAt {
		next = next.next
	}
	l.link(p, next)
}

// link makes p the one before next, or the last one when that is nil.
func (l *pendingResults) link(p, next *pendingResult) {
	p.previous, p.next = l.last, next
	if next != nil {
		p.previous, next.previous = next.previous, p
	} else {
		l.last = p
	}
	if p.previous != nil {
		p.previous.next = p
	} else {
		l.first = p
	}
	l.len++
}

// takeFresh returns the first fresh one, of at least one, which is it no longer.
func (l *pendingResults) takeFresh() *pendingResult {
	for !l.unseen.fresh {
		l.unseen = l.unseen.next
	}
	p := l.unseen
	p.fresh, l.unseen = false, p.next
	l.fresh--

	return p
}

// remove removes p, which is in the list.
func (l *pendingResults) remove(p *pendingResult) {
	if l.unseen == p {
		l.unseen = p.next
	}
	if p.fresh {
		p.fresh = false
		l.fresh--
	}
	if p.previous == nil {
		l.first = p.next
	} else {
		p.previous.next = p.next
	}
	if p.next == nil {
		l.last = p.previous
	} else {
		p.next.previous = p.previous
	}
	p.previous, p.next = nil, nil
	l.len--
}

// unacked are the sends on one stream, of outcomes whose activities have the same
// hash, that have no ack yet, the oldest first: nearly always it is one.
type unacked struct {
	only *pendingResult // What was sent, once; nil when there is nothing, or more.
	more *[]send        // All sends, when there are more.
}

// send is one outcome that was sent, so many times in a row.
type send struct {
	result *pendingResult // Nil when an ack has come for it since.
	key    ActivityKey
	token  string
	times  int
}

func sendOf(p *pendingResult, times int) send {
	return send{result: p, key: p.execution.task.key(), token: p.token, times: times}
}

// add adds a send of p.
func (u *unacked) add(p *pendingResult) {
	if u.empty() {
		u.only = p

		return
	}
	u.spread()
	next := sendOf(p, 1)
	if last := &(*u.more)[len(*u.more)-1]; last.key == next.key && last.token == next.token {
		last.times++
		last.result = p
	} else {
		*u.more = append(*u.more, next)
	}
}

// addFirst adds so many sends of p, which were before all others.
func (u *unacked) addFirst(p *pendingResult, times int) {
	if u.empty() && times == 1 {
		u.only = p

		return
	}
	u.spread()
	*u.more = slices.Insert(*u.more, 0, sendOf(p, times))
}

// spread makes room for more than one.
func (u *unacked) spread() {
	if u.more == nil {
		u.more = &[]send{}
	}
	if u.only != nil {
		*u.more = append(*u.more, sendOf(u.only, 1))
		u.only = nil
	}
}

// times is how many sends there are of the only outcome; 0 when there are several.
func (u *unacked) times() int {
	switch {
	case u.only != nil:
		return 1
	case u.more != nil && len(*u.more) == 1:
		return (*u.more)[0].times
	default:
		return 0
	}
}

// take takes the oldest send of an activity's outcome out, and returns what was
// sent; nil when an ack has come for it before, and false when there is none.
func (u *unacked) take(key ActivityKey) (p *pendingResult, ok bool) {
	if u.more == nil {
		if p = u.only; p == nil || p.execution.task.key() != key {
			return nil, false
		}
		u.only = nil

		return p, true
	}
	i := slices.IndexFunc(*u.more, func(s send) bool { return s.key == key })
	if i < 0 {
		return nil, false
	}
	oldest := &(*u.more)[i]
	p, oldest.result = oldest.result, nil
	if oldest.times--; oldest.times == 0 {
		*u.more = slices.Delete(*u.more, i, i+1)
	}
	if len(*u.more) == 0 {
		u.more = nil
	}

	return p, true
}

func (u *unacked) empty() bool { return u.only == nil && u.more == nil }
