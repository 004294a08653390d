package page

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/aion-go/aion/cmd/aion-dev/internal/api"
	aionpb "github.com/aion-go/aion/gen/aion"
	aion "github.com/aion-go/aion/runtime"
)

func TestMistakesInRequests(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.register(func(r *aionpb.RegisterWorker) { r.ActivityTypes = []string{"twice"} })
	l.register(func(r *aionpb.RegisterWorker) {
		r.TaskQueue, r.ActivityTypes = "refunds", []string{"twice"}
	})
	for _, test := range []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"no JSON", "POST", "api/runs", `{`, 400, "body: unexpected EOF"},
		{"unknown field", "POST", "api/runs", `{"que":"a"}`, 400, `unknown field`},
		{"no activity", "POST", "api/runs", `{"queue":"q","input":1}`, 400, "want an activity type"},
		{"no input", "POST", "api/runs", `{"queue":"q","activity":"a"}`, 400, "input: want a JSON text"},
		{
			"namespace", "POST", "api/runs", `{"queue":"q","activity":"a","input":1,"namespace":"x"}`,
			400, `got \"x\"`,
		},
		{"nobody serves it", "POST", "api/runs", `{"activity":"a","input":1}`, 409, "they list: twice)"},
		{"two queues", "POST", "api/runs", `{"activity":"twice","input":1}`, 409, "payments, refunds"},
		{"run that is not there", "GET", "api/runs/7", ``, 404, "run 7"},
		{"cancel of nothing", "POST", "api/runs/7/cancel", ``, 404, "run 7"},
		{"retry of nothing", "POST", "api/runs/7/retry", ``, 404, "run 7"},
		{"events of nothing", "GET", "api/runs/7/events", ``, 404, "run 7"},
		{"no number", "GET", "api/runs/x", ``, 400, `run \"x\": want a number`},
		{"limit", "GET", "api/runs?limit=0", ``, 400, "limit: want a number from 1"},
		{"worker that is not there", "POST", "api/workers/7/drain", ``, 404, "worker 7 is not registered"},
		{"stream that is not there", "POST", "api/workers/7/disconnect", ``, 404, "worker 7"},
		{"worker without a number", "POST", "api/workers/x/drain", ``, 400, "want a number"},
		{"no call", "GET", "api/nothing", ``, 404, "no such call"},
		{"wrong method", "DELETE", "api/runs", ``, 404, "DELETE /api/runs"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, body := (&lab{T: t, engine: l.engine, server: l.server, client: l.client}).
				ask(test.method, test.path, test.body)
			if got != test.status || !strings.Contains(body, test.want) {
				t.Errorf("answer: got %d %s, want %d with %q", got, body, test.status, test.want)
			}
			var problem api.Problem
			if json.Unmarshal([]byte(body), &problem) != nil || problem.Error == "" {
				t.Errorf("answer: got %s, want a problem as JSON", body)
			}
		})
	}
}

func TestRefusesOtherContentTypes(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	body := `{"queue":"q","activity":"a","input":1}`
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded"} {
		if got, text := l.ask("POST", "api/runs", body, header("Content-Type", kind)); got != 415 {
			t.Errorf("%q: got %d %s, want 415", kind, got, text)
		}
	}
	got, text := l.ask(
		"POST",
		"api/runs",
		body,
		header("Content-Type", "application/json; charset=utf-8"),
	)
	if got != 201 {
		t.Errorf("JSON: got %d %s, want 201", got, text)
	}
}

func TestRefusesLargeBodies(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	body := `{"queue":"q","activity":"a","input":"` + strings.Repeat("x", maxBody) + `"}`
	if got, text := l.ask("POST", "api/runs", body); got != 413 {
		t.Errorf("answer: got %d %s, want 413", got, text)
	}
}

func TestRunsAreStartedCancelledAndRunAgain(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	body := `{"queue":"payments","activity":"charge","namespace":"other","node":"gpu",` +
		`"input":{"n":9007199254740993,"t":"<&>"}}`
	first := decoded[api.RunDetail](l, "POST", "api/runs", body)
	if first.Number != 1 || first.State != api.StateQueued || first.Namespace != "other" ||
		first.Node != "gpu" || string(first.Input) != `{"n":9007199254740993,"t":"<&>"}` {
		t.Errorf("run: got %+v with the input %s, want what was asked for", first, first.Input)
	}
	if status, text := l.ask("POST", "api/runs/1/cancel", ""); status != 200 {
		t.Errorf("cancel: got %d %s, want 200", status, text)
	}
	last := l.followToEnd(1)
	if last.State != api.StateCancelled || !strings.Contains(last.Failure, "cancelled") {
		t.Errorf("run: got %+v, want it cancelled", last)
	}
	again := decoded[api.RunDetail](l, "POST", "api/runs/1/retry", "")
	if again.Number != 2 || again.Namespace != "other" || again.Node != "gpu" ||
		again.Queue != queue || again.Activity != "charge" || string(again.Input) != string(first.Input) {
		t.Errorf("run again: got %+v with the input %s, want the same as run 1", again, again.Input)
	}
	runs := decoded[[]api.Run](l, "GET", "api/runs?limit=1", "")
	if len(runs) != 1 || runs[0].Number != 2 {
		t.Errorf("runs: got %+v, want the newest alone", runs)
	}
}

// TestRunsOfOthersAreShown starts one behind the page's back.
func TestRunsOfOthersAreShown(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	events := l.events("api/events", "")
	run, err := l.engine.StartRun(aion.ActivitySpec{TaskQueue: queue, Type: "charge"}, []byte(`1`))
	if err != nil {
		t.Fatalf("StartRun: got %v, want a run", err)
	}
	for {
		if update := next[api.Update](events); len(update.Runs) > 0 {
			if got := update.Runs[0].WorkflowID; got != run.WorkflowID() {
				t.Errorf("run: got %q, want %q", got, run.WorkflowID())
			}

			return
		}
	}
}

// followToEnd reads the stream of a run until it ends by itself.
func (l *lab) followToEnd(number int) api.RunDetail {
	l.Helper()
	events := l.events(fmt.Sprintf("api/runs/%d/events", number), "")
	var last api.RunDetail
	for events.Scan() {
		if data, ok := strings.CutPrefix(events.Text(), "data: "); ok {
			if err := json.Unmarshal([]byte(data), &last); err != nil {
				l.Fatalf("event: got %s, want JSON", data)
			}
		}
	}

	return last
}
