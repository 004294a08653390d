package page

import (
	"testing"
	"time"

	"github.com/aion-go/aion/cmd/aion-dev/internal/api"
	aionpb "github.com/aion-go/aion/gen/aion"
)

func TestActivitiesWithSchemas(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	if got := decoded[[]api.Activity](l, "GET", "api/activities", ""); got == nil || len(got) != 0 {
		t.Errorf("activities: got %v, want an empty list", got)
	}
	schema := func(text string) func(*aionpb.RegisterWorker) {
		return func(r *aionpb.RegisterWorker) {
			r.Node, r.ActivityTypes = "gpu", []string{"charge", "bare"}
			r.Activities = []*aionpb.ActivityDescriptor{
				{Name: "charge", InputSchemaJson: text, OutputSchemaJson: `{"type":"<out>"}`},
			}
		}
	}
	l.register(schema(`{"type":"string"}`))
	l.register(schema(`{"type":"object","$ref":"#/x"}`)) // The newest one counts.
	l.register(func(r *aionpb.RegisterWorker) {
		r.TaskQueue, r.Namespaces, r.ActivityTypes = "accounts", []string{
			"other",
		}, []string{
			"close",
		}
	})
	_, got := l.ask("GET", "api/activities", "")
	want := `[{"namespaces":["other"],"queue":"accounts","type":"close","nodes":[],` +
		`"inputSchema":null,"outputSchema":null},` +
		`{"namespaces":["default"],"queue":"payments","type":"bare","nodes":["gpu"],` +
		`"inputSchema":null,"outputSchema":null},` +
		`{"namespaces":["default"],"queue":"payments","type":"charge","nodes":["gpu"],` +
		`"inputSchema":{"type":"object","$ref":"#/x"},"outputSchema":{"type":"<out>"}}]` + "\n"
	if got != want {
		t.Errorf("activities: got %s, want %s", got, want)
	}
}

func TestWorkersAreDrainedAndDropped(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	stream := l.register(nil)
	workers := decoded[[]api.Worker](l, "GET", "api/workers", "")
	if len(workers) != 1 || workers[0].Identity != "script" || workers[0].Slots != 4 ||
		!workers[0].Ready || time.Since(workers[0].LastBeat) > time.Minute {
		t.Errorf("workers: got %+v, want the ready one with 4 slots", workers)
	}
	if status, body := l.ask("POST", "api/workers/1/drain", ""); status != 200 {
		t.Errorf("drain: got %d %s, want 200", status, body)
	}
	if frame, err := stream.Recv(); err != nil || frame.GetDrain() == nil {
		t.Errorf("frame: got %v, %v, want DrainRequest", frame, err)
	}
	if workers = decoded[[]api.Worker](
		l,
		"GET",
		"api/workers",
		"",
	); !workers[0].Draining ||
		workers[0].Ready {
		t.Errorf("workers: got %+v, want it to drain", workers)
	}
	if status, body := l.ask("POST", "api/workers/1/disconnect", ""); status != 200 {
		t.Errorf("disconnect: got %d %s, want 200", status, body)
	}
	if _, err := stream.Recv(); err == nil {
		t.Error("stream: got a frame, want its end")
	}
}
