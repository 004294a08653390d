package check

import (
	"testing"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

func TestUnusableNames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		queue, active string
		want          string
	}{
		{"empty queue", "", "run", `jobs.proto: service jobs.Jobs: the task queue "" is empty: ` +
			"rename the service"},
		{"empty type", "jobs", "", `jobs.proto: rpc jobs.Jobs.Run: the activity type "" is empty: ` +
			"rename the rpc"},
		{"control character in a queue", "jo\x00bs", "run", `jobs.proto: service jobs.Jobs: ` +
			`the task queue "jo\x00bs" has control characters: rename the service`},
		{"control character in a type", "jobs", "r\nun", `jobs.proto: rpc jobs.Jobs.Run: ` +
			`the activity type "r\nun" has control characters: rename the rpc`},
		{"any other text", "jobs.v1/ü", "run-all now", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			at := service.Position{File: "jobs.proto"}
			var problems Problems
			problems.names(&service.Service{
				FullName: "jobs.Jobs", Queue: tt.queue, Position: at,
				Methods: []*service.Method{
					{FullName: "jobs.Jobs.Run", ActivityType: tt.active, Position: at},
				},
			})
			if got := problems.String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAWLNames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                string
		queue, action, node bool
	}{
		{"", false, false, false},
		{"_run", false, false, false},
		{"2fa", false, false, false},
		{"Run", false, false, true},
		{"run-all", false, false, false},
		{"worker", false, false, false},
		{"sort", true, false, true},
		{"run", true, true, true},
		{"run_2", true, true, true},
		{"workers", true, true, true},
	}
	for _, tt := range tests {
		if got := isAWLName(tt.name, awlKeywords); got != tt.queue {
			t.Errorf("a task queue %q: got %t, want %t", tt.name, got, tt.queue)
		}
		if got := isAWLName(tt.name, awlKeywords, awlCalls); got != tt.action {
			t.Errorf("an activity type %q: got %t, want %t", tt.name, got, tt.action)
		}
		if got := AWLNode(tt.name); got != tt.node {
			t.Errorf("a node %q: got %t, want %t", tt.name, got, tt.node)
		}
	}
}
