package aion

import (
	"fmt"
	"strconv"
	"testing"
)

// BenchmarkTracker is the way of one result through the books, beside so many that
// have no ack.
func BenchmarkTracker(b *testing.B) {
	for _, unacknowledged := range []int{0, 10_000} {
		b.Run(fmt.Sprintf("beside %d", unacknowledged), func(b *testing.B) {
			tracker, o := NewTracker(), newOutbox()
			tracker.attach(o)
			for i := range unacknowledged {
				tracker.record(resultOf(strconv.Itoa(i), "token"), o)
			}
			sendAllOf(tracker, o)
			key := ActivityKey{WorkflowID: "measured"}
			b.ReportAllocs()
			for b.Loop() {
				tracker.record(resultOf(key.WorkflowID, "token"), o)
				_, p, ok := o.take()
				if !ok {
					b.Fatal("the outbox is empty")
				}
				tracker.send(o, p, instantNow())
				if _, ok := tracker.acknowledge(o, key); !ok {
					b.Fatal("the ack belongs to nothing")
				}
			}
		})
	}
}
