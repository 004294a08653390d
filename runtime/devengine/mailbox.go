package devengine

import "sync"

// mailbox is an unbounded queue with one reader, so that nobody who holds the
// engine's mutex ever waits for a slow worker or a slow observer. It is safe
// for concurrent use.
type mailbox[T any] struct {
	// ready holds one signal at most: that there is something to look at.
	ready chan struct{}

	mu     sync.Mutex
	items  []T
	closed bool
}

func newMailbox[T any]() *mailbox[T] {
	return &mailbox[T]{ready: make(chan struct{}, 1)}
}

// put appends item; after close it drops it.
func (m *mailbox[T]) put(item T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return
	}
	m.items = append(m.items, item)
	m.signal()
}

// close lets take return what is left and then false.
func (m *mailbox[T]) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.signal()
}

func (m *mailbox[T]) signal() {
	select {
	case m.ready <- struct{}{}:
	default:
	}
}

// take waits for the next item. It returns false when the mailbox is closed and
// empty, or when stop is closed.
func (m *mailbox[T]) take(stop <-chan struct{}) (T, bool) {
	for {
		if item, ok, more := m.next(); ok || !more {
			return item, ok
		}
		select {
		case <-m.ready:
		case <-stop:
			var none T
			return none, false
		}
	}
}

// next pops the first item; more is whether another one may still come.
func (m *mailbox[T]) next() (item T, ok, more bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.items) == 0 {
		return item, false, !m.closed
	}

	var none T
	item, m.items[0] = m.items[0], none // Nothing keeps what was taken.
	m.items = m.items[1:]

	return item, true, true
}
