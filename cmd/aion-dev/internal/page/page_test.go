package page

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/aion-go/aion/cmd/aion-dev/internal/api"
	aionpb "github.com/aion-go/aion/gen/aion"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

const queue = "payments"

// lab is an engine with its page.
type lab struct {
	*testing.T

	engine *devengine.Engine
	server *Server
	client *http.Client
}

func newLab(t *testing.T) *lab {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	engine, err := devengine.Start(devengine.Config{
		DisablePings: true, Logger: logger, Namespaces: []string{"default", "other"},
	})
	if err != nil {
		t.Fatalf("engine: got %v, want it to start", err)
	}
	t.Cleanup(func() { engine.Close() })
	server, err := Start(Config{
		Listen:     "127.0.0.1:0",
		Engine:     engine,
		Namespaces: []string{"default", "other"},
		Logger:     logger,
	})
	if err != nil {
		t.Fatalf("page: got %v, want it to start", err)
	}
	t.Cleanup(server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)

	return &lab{T: t, engine: engine, server: server, client: &http.Client{Transport: transport}}
}

// request makes a request that changes may make another one.
func (l *lab) request(method, path, body string, changes ...func(*http.Request)) *http.Request {
	l.Helper()
	r, err := http.NewRequestWithContext(
		l.Context(),
		method,
		l.server.URL()+path,
		strings.NewReader(body),
	)
	if err != nil {
		l.Fatalf("request: got %v, want one", err)
	}
	r.Header.Set("Content-Type", "application/json")
	for _, change := range changes {
		change(r)
	}

	return r
}

// ask returns the status and the body of the answer.
func (l *lab) ask(method, path, body string, changes ...func(*http.Request)) (int, string) {
	l.Helper()
	response, err := l.client.Do(l.request(method, path, body, changes...))
	if err != nil {
		l.Fatalf("%s %s: got %v, want an answer", method, path, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		l.Fatalf("%s %s: got %v, want a body", method, path, err)
	}

	return response.StatusCode, string(text)
}

// decoded asks for a JSON text.
func decoded[T any](l *lab, method, path, body string) T {
	l.Helper()
	status, text := l.ask(method, path, body)
	var value T
	if err := json.Unmarshal([]byte(text), &value); err != nil || status >= http.StatusBadRequest {
		l.Fatalf("%s %s: got %d %s, want %T", method, path, status, text, value)
	}

	return value
}

// register connects a worker that answers nothing by itself.
func (l *lab) register(change func(*aionpb.RegisterWorker)) (stream wireStream) {
	l.Helper()
	conn, err := grpc.NewClient(
		l.engine.Addr(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
	)
	if err != nil {
		l.Fatalf("NewClient: got %v, want a connection", err)
	}
	l.Cleanup(func() { conn.Close() })
	stream, err = aionpb.NewWorkerProtocolClient(conn).StreamWorker(l.Context())
	if err != nil {
		l.Fatalf("StreamWorker: got %v, want a stream", err)
	}
	slots := uint32(4)
	registration := &aionpb.RegisterWorker{
		Namespaces: []string{
			"default",
		},
		TaskQueue:      queue,
		Identity:       "script",
		MaxConcurrency: &slots,
	}
	if change != nil {
		change(registration)
	}
	stream.Send(
		&aionpb.WorkerToServer{Message: &aionpb.WorkerToServer_Register{Register: registration}},
	)
	if frame, err := stream.Recv(); err != nil || frame.GetRegisterAck() == nil {
		l.Fatalf("registration: got %v, %v, want its acknowledgement", frame, err)
	}

	return stream
}

type wireStream = grpc.BidiStreamingClient[aionpb.WorkerToServer, aionpb.ServerToWorker]

// header sets a header of a request.
func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func host(name string) func(*http.Request) {
	return func(r *http.Request) { r.Host = name }
}

func TestGuardsAgainstOtherSites(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	own := strings.TrimSuffix(l.server.URL(), "/")
	for _, test := range []struct {
		name   string
		method string
		path   string
		change []func(*http.Request)
		want   int
	}{
		{
			"other origin", "POST", "api/runs",
			[]func(*http.Request){header("Origin", "http://evil.example")},
			403,
		},
		{"other scheme", "POST", "api/runs", []func(*http.Request){header("Origin", "null")}, 403},
		{
			"another port of this machine", "POST", "api/workers/1/drain",
			[]func(*http.Request){header("Origin", "http://127.0.0.1:1")},
			403,
		},
		{
			"cross-site by the browser", "POST", "api/workers/1/disconnect",
			[]func(*http.Request){header("Sec-Fetch-Site", "cross-site")},
			403,
		},
		{
			"same-site by the browser", "POST", "api/runs/1/cancel",
			[]func(*http.Request){header("Sec-Fetch-Site", "same-site")},
			403,
		},
		{"rebound name", "GET", "api/workers", []func(*http.Request){host("evil.example")}, 421},
		{"rebound name with a port", "POST", "api/runs", []func(*http.Request){host("evil.example:80")}, 421},
		{
			"rebound name, own origin", "POST", "api/runs",
			[]func(*http.Request){host("evil.example"), header("Origin", "http://evil.example")},
			421,
		},
		{"no host", "GET", "", []func(*http.Request){host("localhost.evil.example")}, 421},
		{"address of the network", "GET", "", []func(*http.Request){host("192.168.0.1")}, 421},
		{"localhost", "GET", "", []func(*http.Request){host("localhost:1234")}, 200},
		{"loopback", "GET", "", []func(*http.Request){host("127.0.0.2")}, 200},
		{"loopback 6", "GET", "", []func(*http.Request){host("[::1]:80")}, 200},
		{"loopback 6 without a port", "GET", "", []func(*http.Request){host("[::1]")}, 200},
		{"own origin", "POST", "api/workers/1/drain", []func(*http.Request){header("Origin", own)}, 404},
		{"no browser", "POST", "api/workers/1/drain", nil, 404},
		{
			"reading from elsewhere", "GET", "api/workers",
			[]func(*http.Request){header("Origin", "http://evil.example")},
			200,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, body := (&lab{T: t, engine: l.engine, server: l.server, client: l.client}).
				ask(test.method, test.path, "{}", test.change...)
			if got != test.want {
				t.Errorf("status: got %d %s, want %d", got, body, test.want)
			}
		})
	}
}

func TestOtherHostsWhereItIsOpenToTheNetwork(t *testing.T) {
	t.Parallel()
	handler := guard(false, http.NotFoundHandler())
	recorder := newRecorder()
	request, err := http.NewRequestWithContext(
		t.Context(),
		http.MethodGet,
		"http://build.example/",
		http.NoBody,
	)
	if err != nil {
		t.Fatalf("request: got %v, want one", err)
	}
	handler.ServeHTTP(recorder, request)
	if recorder.Code != http.StatusNotFound {
		t.Errorf("status: got %d, want the handler's own, 404", recorder.Code)
	}
}

func TestEveryAnswerCarriesThePolicy(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for _, path := range []string{"", "main.js", "api/workers", "api/nothing", "nothing"} {
		response, err := l.client.Do(l.request(http.MethodGet, path, ""))
		if err != nil {
			t.Fatalf("%s: got %v, want an answer", path, err)
		}
		response.Body.Close()
		got := response.Header.Get("Content-Security-Policy")
		if !strings.Contains(got, "default-src 'none'") || strings.Contains(got, "unsafe") {
			t.Errorf("%s: policy: got %q, want one that allows nothing by default", path, got)
		}
		if got := response.Header.Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: X-Content-Type-Options: got %q, want nosniff", path, got)
		}
	}
}

// TestFilesNameNoOtherHost reads what the policy would have to stop.
func TestFilesNameNoOtherHost(t *testing.T) {
	t.Parallel()
	entries, err := static.ReadDir("static")
	if err != nil || len(entries) < 5 {
		t.Fatalf("files: got %d, %v, want those of the page", len(entries), err)
	}
	for _, entry := range entries {
		text, err := static.ReadFile("static/" + entry.Name())
		if err != nil {
			t.Fatalf("%s: got %v, want it", entry.Name(), err)
		}
		rest := strings.ReplaceAll(string(text), `xmlns="http://www.w3.org/2000/svg"`, "")
		for _, bad := range []string{"http://", "https://", "innerHTML", "<style", " style=", " onclick="} {
			if strings.Contains(rest, bad) {
				t.Errorf("%s: got %q in it, want none", entry.Name(), bad)
			}
		}
	}
}

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

// eventReader reads server-sent events.
type eventReader struct {
	*testing.T
	*bufio.Scanner

	id string // of the newest event
}

func (l *lab) events(path, lastID string) *eventReader {
	l.Helper()
	ctx, cancel := context.WithTimeout(l.Context(), time.Minute)
	l.Cleanup(cancel)
	request := l.request(http.MethodGet, path, "", header("Last-Event-ID", lastID)).WithContext(ctx)
	response, err := l.client.Do(request)
	if err != nil {
		l.Fatalf("%s: got %v, want a stream", path, err)
	}
	l.Cleanup(func() { response.Body.Close() })
	if got := response.Header.Get("Content-Type"); got != "text/event-stream" {
		l.Fatalf("%s: got %q, want a stream of events", path, got)
	}
	scanner := bufio.NewScanner(response.Body)
	scanner.Buffer(nil, 1<<20)

	return &eventReader{T: l.T, Scanner: scanner}
}

// next reads the next event.
func next[T any](r *eventReader) T {
	r.Helper()
	var value T
	for r.Scan() {
		if id, ok := strings.CutPrefix(r.Text(), "id: "); ok {
			r.id = id
		}
		data, ok := strings.CutPrefix(r.Text(), "data: ")
		if !ok {
			continue
		}
		if err := json.Unmarshal([]byte(data), &value); err != nil {
			r.Fatalf("event: got %s, want %T", data, value)
		}

		return value
	}
	r.Fatalf("stream: got its end (%v), want an event", r.Err())

	return value
}

func (l *lab) startRuns(n int) {
	l.Helper()
	activity := aion.ActivitySpec{TaskQueue: queue, Type: "charge"}
	for range n {
		run, err := l.engine.StartRun(activity, []byte(`1`))
		if err != nil {
			l.Fatalf("StartRun: got %v, want a run", err)
		}
		if _, err := l.server.history.Await(l.Context(), run.WorkflowID()); err != nil {
			l.Fatalf("await: got %v, want the run", err)
		}
	}
}

// TestStreamCatchesUpInBoundedParts reads everything that is kept from the start.
func TestStreamCatchesUpInBoundedParts(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.startRuns(runsPerUpdate + 3)
	events := l.events("api/events", "")
	first, second := next[api.Update](events), next[api.Update](events)
	if !first.Reset || !first.More || len(first.Runs) != runsPerUpdate || first.Workers == nil {
		t.Errorf(
			"first: got %d runs, %+v, want a reset with workers and more to come",
			len(first.Runs),
			first.Reset,
		)
	}
	if second.Reset || second.More || len(second.Runs) != 3 ||
		second.Runs[2].Number != runsPerUpdate+3 {
		t.Errorf("second: got %d runs, want the last 3", len(second.Runs))
	}
}

// TestStreamGoesOnWhereItWas comes back with the id of the last event.
func TestStreamGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.startRuns(3)
	events := l.events("api/events", "")
	next[api.Update](events)
	l.startRuns(2)
	back := next[api.Update](l.events("api/events", events.id))
	numbers := make([]int, 0, len(back.Runs))
	for _, run := range back.Runs {
		numbers = append(numbers, run.Number)
	}
	if back.Reset || !slices.Equal(numbers, []int{4, 5}) {
		t.Errorf("update: got %v, reset %v, want the runs 4 and 5 alone", numbers, back.Reset)
	}
	for name, id := range map[string]string{
		"another server's": "beef-3",
		"nonsense":         l.server.boot + "-x",
		"the future's":     l.server.boot + "-99999",
	} {
		anew := next[api.Update](l.events("api/events", id))
		if !anew.Reset || len(anew.Runs) != 5 {
			t.Errorf(
				"%s id: got %d runs, reset %v, want all 5 anew",
				name,
				len(anew.Runs),
				anew.Reset,
			)
		}
	}
}

// TestStreamJoinsWhatHappensMeanwhile counts updates against changes.
func TestStreamJoinsWhatHappensMeanwhile(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	events := l.events("api/events", "")
	next[api.Update](events)
	begin := time.Now()
	const many = 2000
	l.startRuns(many)
	told, updates := 0, 0
	for told < many {
		update := next[api.Update](events)
		told += len(update.Runs)
		if !update.More {
			updates++
		}
	}
	if most := 2 + int(time.Since(begin)/updateEvery); updates > most {
		t.Errorf("updates: got %d for %d changes, want at most %d", updates, many, most)
	}
}

// TestSlowReaderIsLeftBehind checks that each event has a deadline, and that the
// stream ends when it is over.
func TestSlowReaderIsLeftBehind(t *testing.T) {
	t.Parallel()
	stream := newEventStream(&stalled{recorder: newRecorder()})
	if err := stream.send("1", 1); err == nil {
		t.Error("send: got nil, want the end of a reader that takes nothing in time")
	}
}

// stalled is a reader whose write deadline is always over.
type stalled struct {
	*recorder

	deadline time.Time
}

func (s *stalled) SetWriteDeadline(at time.Time) error {
	s.deadline = at

	return nil
}

func (s *stalled) Write([]byte) (int, error) {
	if s.deadline.IsZero() || time.Until(s.deadline) > sendTime {
		return 0, nil
	}

	return 0, context.DeadlineExceeded
}

func TestStreamsAreBounded(t *testing.T) {
	t.Parallel()
	var r readers
	for i := range maxReaders {
		if !r.enter() {
			t.Fatalf("reader %d: got refused, want it let in", i)
		}
	}
	if r.enter() {
		t.Error("one reader more: got it let in, want it refused")
	}
	r.leave()
	if !r.enter() {
		t.Error("after one has left: got refused, want it let in")
	}
}

func TestCloseEndsStreams(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	events := l.events("api/events", "")
	next[api.Update](events)
	begin := time.Now()
	l.server.Close()
	for events.Scan() {
	}
	if spent := time.Since(begin); spent >= closeTime {
		t.Errorf("close: got %v, want less than its limit of %v", spent, closeTime)
	}
}

func TestRefusesAnAddressThatIsTaken(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen: got %v, want a listener", err)
	}
	defer listener.Close()
	_, err = Start(Config{Listen: listener.Addr().String()})
	if err == nil || !strings.Contains(err.Error(), "page") {
		t.Errorf("start: got %v, want an error that names the page", err)
	}
}

func TestEngineSaysWhatItIs(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	got := decoded[api.Engine](l, "GET", "api/engine", "")
	if got.Address != l.engine.Addr() || got.Version == "" || len(got.Namespaces) != 2 ||
		got.Kept == 0 {
		t.Errorf("engine: got %+v, want its address, version and namespaces", got)
	}
}
