package aion

import "testing"

func TestAQueueIsInOrderAndBounded(t *testing.T) {
	t.Parallel()
	var q queue[int]
	next, want := 0, 0
	push := func(n int) {
		for range n {
			q.push(next)
			next++
		}
	}
	pop := func(n int) {
		for range n {
			if got, ok := q.pop(); !ok || got != want {
				t.Fatalf("got %d, %t, want %d", got, ok, want)
			}
			want++
		}
	}
	push(3)
	for range 100_000 { // It is never empty.
		push(2)
		pop(2)
	}
	if cap(q.items) > 64 {
		t.Errorf("got memory for %d items, want little for the 5 that are there at once", cap(q.items))
	}
	push(10_000)
	pop(10_003)
	if _, ok := q.pop(); ok || cap(q.items) > queueMemory {
		t.Errorf("got memory for %d items in an empty queue, want %d at most", cap(q.items), queueMemory)
	}
}
