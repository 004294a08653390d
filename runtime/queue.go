package aion

import "slices"

// queueMemory is how many items an empty queue keeps memory for.
const queueMemory = 1024

// queue is first in, first out.
type queue[T any] struct {
	items []T
	head  int // Of the oldest item.
}

func (q *queue[T]) push(item T) {
	if len(q.items) == cap(q.items) && 2*q.head > len(q.items) {
		q.items, q.head = slices.Delete(q.items, 0, q.head), 0
	}
	q.items = append(q.items, item)
}

// pop takes the oldest item out; false says that there is none.
func (q *queue[T]) pop() (item T, ok bool) {
	if q.empty() {
		return item, false
	}
	var none T
	item, q.items[q.head] = q.items[q.head], none
	q.head++
	if q.empty() {
		q.head = 0
		q.items = q.items[:0]
		if cap(q.items) > queueMemory {
			q.items = nil
		}
	}

	return item, true
}

func (q *queue[T]) empty() bool { return q.head == len(q.items) }
