package render_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"testing"

	"google.golang.org/protobuf/proto"

	other "github.com/aion-go/aion/cmd/protoc-gen-aion/testdata/options/want/options/other"
	optionsv1 "github.com/aion-go/aion/cmd/protoc-gen-aion/testdata/options/want/options/v1"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

// payments, users, dye and jobs are the services of testdata/options.
type (
	payments struct{ optionsv1.PaymentsActivities }
	users    struct{ optionsv1.UsersActivities }
	dye      struct{ optionsv1.DyeActivities }
	jobs     struct {
		optionsv1.JobsActivities

		// told is closed when the engine has the progress.
		told chan struct{}
	}
)

func (payments) Charge(
	context.Context, *optionsv1.ChargeRequest,
) (*optionsv1.ChargeResponse, error) {
	return &optionsv1.ChargeResponse{Receipt: "7"}, nil
}

func (users) List(
	_ context.Context, in *optionsv1.UsersRequest,
) (*optionsv1.UsersResponse, error) {
	list := []*optionsv1.User{{Role: in.GetRole()}}

	return &optionsv1.UsersResponse{Users: list, Name: "ada"}, nil
}

func (u users) Name(
	ctx context.Context, in *optionsv1.UsersRequest,
) (*optionsv1.UsersResponse, error) {
	return u.List(ctx, in)
}

func (u users) Whole(
	ctx context.Context, in *optionsv1.UsersRequest,
) (*optionsv1.UsersResponse, error) {
	return u.List(ctx, in)
}

func (dye) Mix(_ context.Context, in *optionsv1.MixRequest) (*optionsv1.MixResponse, error) {
	return &optionsv1.MixResponse{Colour: in.GetColours()[0]}, nil
}

func (j jobs) Run(ctx context.Context, _ *optionsv1.JobRequest) (*optionsv1.JobResponse, error) {
	progress := &optionsv1.JobProgress{Done: 3, Part: optionsv1.Part_PART_LEFT_WHEEL}
	if err := optionsv1.JobsRunHeartbeat(ctx, progress); err != nil {
		return nil, err
	}
	select {
	case <-j.told:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	details := &optionsv1.JobBroken{Part: optionsv1.Part_PART_LEFT_WHEEL}

	return nil, optionsv1.NewJobsJobBrokenFailure(details)
}

func (jobs) Walk(context.Context, *optionsv1.JobRequest) (*optionsv1.JobResponse, error) {
	return nil, aion.Retryable(optionsv1.NewJobsDeclinedFailure(&other.Declined{Code: "x"}))
}

func TestOptionsDecideWhatIsServed(t *testing.T) {
	t.Parallel()
	const role = `{"role":"ROLE_SITE_OWNER"}`
	tests := []struct {
		name                string
		dispatcher          aion.Dispatcher
		queue, active       string
		input, want, schema string
	}{
		{
			"names", optionsv1.NewPaymentsDispatcher(payments{}), "billing", "charge_card",
			`{"cents":1}`, `{"receipt":"7"}`, "object",
		},
		{
			"list", optionsv1.NewUsersDispatcher(users{}), "users", "list",
			role, `[{"role":"site_owner"}]`, "array",
		},
		{
			"scalar", optionsv1.NewUsersDispatcher(users{}), "users", "user_name",
			role, `"ada"`, "string",
		},
		{
			"whole", optionsv1.NewUsersDispatcher(users{}), "users", "whole",
			role, `{"users":[{"role":"site_owner"}],"name":"ada"}`, "object",
		},
		{
			"single activity", optionsv1.NewUsersListDispatcher(users{}.List), "users", "list",
			role, `[{"role":"site_owner"}]`, "array",
		},
		{
			"enum case of the file", optionsv1.NewDyeDispatcher(dye{}), "dye", "mix",
			`{"colours":["DarkBlue"]}`, `{"colour":"dark_blue"}`, "object",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.dispatcher.TaskQueue(); got != tt.queue {
				t.Errorf("task queue: got %q, want %q", got, tt.queue)
			}
			got := tt.dispatcher.Dispatch(t.Context(), task(tt.active, tt.input))
			if got.Failure != nil || string(got.Result) != tt.want {
				t.Errorf("got %s and failure %v, want %s", got.Result, got.Failure, tt.want)
			}
			if got := outputType(t, tt.dispatcher, tt.active); got != tt.schema {
				t.Errorf("type of the output: got %q, want %q", got, tt.schema)
			}
		})
	}
}

// outputType is the type in the schema that is advertised for an activity's result.
func outputType(t *testing.T, dispatcher aion.Dispatcher, active string) string {
	t.Helper()
	for _, activity := range dispatcher.Activities() {
		if activity.Type != active {
			continue
		}
		var schema struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal(activity.OutputSchema, &schema); err != nil {
			t.Fatal(err)
		}

		return schema.Type
	}

	return ""
}

// A worker registers for the nodes that its dispatchers tell of.
func TestNodesOfActivities(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"preview": "", "render": "gpu", "trace": "gpu", "encode": "Linux_large2", "redo": "retry",
		"print": `rack 1/"gpu"-ü`,
	}
	got := make(map[string]string)
	for _, activity := range optionsv1.NewRenderersDispatcher(nil).Activities() {
		got[activity.Type] = activity.Node
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, activity := range optionsv1.NewRenderersRenderDispatcher(nil).Activities() {
		if activity.Node != "gpu" {
			t.Errorf("the activity alone: got node %q, want gpu", activity.Node)
		}
	}
}

func TestSkippedRPCsAreNotServed(t *testing.T) {
	t.Parallel()
	if got := activityTypes(optionsv1.NewNothingDispatcher(struct{}{})); len(got) != 0 {
		t.Errorf("got %q, want none", got)
	}
	if got := activityTypes(optionsv1.NewPaymentsDispatcher(payments{})); len(got) != 3 {
		t.Errorf("got %q, want three without watch", got)
	}
}

func TestStubsReadPayloadFields(t *testing.T) {
	t.Parallel()
	stub := optionsv1.NewUsersStub(loopback{optionsv1.NewUsersDispatcher(users{})})
	in := &optionsv1.UsersRequest{Role: optionsv1.Role_ROLE_SITE_OWNER.Enum()}
	got, err := stub.List(t.Context(), in)
	want := &optionsv1.UsersResponse{
		Users: []*optionsv1.User{{Role: optionsv1.Role_ROLE_SITE_OWNER}},
	}
	if err != nil || !proto.Equal(got, want) {
		t.Errorf("got %v and error %v, want %v", got, err, want)
	}
}

func TestFailuresArriveWithTheirDetails(t *testing.T) {
	t.Parallel()
	stub := optionsv1.NewJobsStub(loopback{optionsv1.NewJobsDispatcher(jobs{})})
	_, err := stub.Walk(t.Context(), &optionsv1.JobRequest{})
	if kind := aion.KindOf(err); kind != aion.KindRetryable {
		t.Errorf("kind: got %s, want retryable", kind)
	}
	want := &other.Declined{Code: "x"}
	if got, ok := optionsv1.JobsDeclinedFrom(err); !ok || !proto.Equal(got, want) {
		t.Errorf("got %v and %t, want %v", got, ok, want)
	}
	if got, ok := optionsv1.JobsJobBrokenFrom(err); ok {
		t.Errorf("got %v of another failure, want none", got)
	}
}

// The engine knows nothing of types: it shows progress as text, and passes on text.
func TestProgressAndFailuresThroughAnEngine(t *testing.T) {
	t.Parallel()
	engine, err := devengine.Start(devengine.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = engine.Close() }()
	told := make(chan struct{})
	var progress string
	executor := engine.Executor(devengine.WithProgress(func(p devengine.Progress) {
		progress = string(p.JSON)
		close(told)
	}))
	worker, err := aion.NewWorker(
		aion.Config{
			Endpoint: engine.Addr(), MaxConcurrency: 1, Logger: slog.New(slog.DiscardHandler),
		},
		optionsv1.NewJobsDispatcher(jobs{told: told}),
	)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(ctx) }()
	_, err = optionsv1.NewJobsStub(executor).Run(ctx, &optionsv1.JobRequest{})
	want := &optionsv1.JobBroken{Part: optionsv1.Part_PART_LEFT_WHEEL}
	if got, ok := optionsv1.JobsJobBrokenFrom(err); !ok || !proto.Equal(got, want) {
		t.Errorf("got %v and %t from %v, want %v", got, ok, err, want)
	}
	if got, want := progress, `{"done":3,"part":"left_wheel"}`; got != want {
		t.Errorf("progress: got %s, want %s", got, want)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Run: got %v, want no error", err)
	}
}
