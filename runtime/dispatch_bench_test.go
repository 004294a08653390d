package aion_test

import (
	"testing"
)

// BenchmarkDispatch is what a typed dispatcher does with a task: it decodes, calls
// and encodes.
func BenchmarkDispatch(b *testing.B) {
	dispatcher, task := benchGreeter(), &greetTasks(1)[0]
	b.ReportAllocs()
	for b.Loop() {
		if outcome := dispatcher.Dispatch(b.Context(), task); outcome.Failure != nil {
			b.Fatal(outcome.Failure)
		}
	}
}

// BenchmarkDispatchUnknown is the answer to a task that nobody serves.
func BenchmarkDispatchUnknown(b *testing.B) {
	dispatcher, task := benchGreeter(), &greetTasks(1)[0]
	task.ActivityType = "other"
	b.ReportAllocs()
	for b.Loop() {
		if outcome := dispatcher.Dispatch(b.Context(), task); outcome.Failure == nil {
			b.Fatalf("got %q, want a failure", outcome.Result)
		}
	}
}
