package devengine_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"

	aionpb "github.com/aion-go/aion/gen/aion"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

func TestRegistrationRefused(t *testing.T) {
	t.Parallel()
	descriptor := func(input, output string) func(*aionpb.RegisterWorker) {
		return func(r *aionpb.RegisterWorker) {
			r.Activities = []*aionpb.ActivityDescriptor{{
				Name: "charge", InputSchemaJson: input, OutputSchemaJson: output,
			}}
		}
	}
	badNamespace := func(r *aionpb.RegisterWorker) { r.Namespaces = []string{"default", "secret"} }
	noNamespace := func(r *aionpb.RegisterWorker) { r.Namespaces = nil }
	noSlots := func(r *aionpb.RegisterWorker) { r.MaxConcurrency = nil }
	zeroSlots := func(r *aionpb.RegisterWorker) { r.MaxConcurrency = new(uint32) }

	for _, test := range []struct {
		name    string
		header  string
		changes []func(*aionpb.RegisterWorker)
		want    codes.Code
		text    string
	}{
		{"no token", "", nil, codes.Unauthenticated, "authorization: Bearer"},
		{"wrong token", "Bearer other", nil, codes.Unauthenticated, "authorization: Bearer"},
		{"token without scheme", "right", nil, codes.Unauthenticated, "authorization: Bearer"},
		{
			"token before contracts", "Bearer other",
			[]func(*aionpb.RegisterWorker){descriptor("", "")},
			codes.Unauthenticated, "authorization: Bearer",
		},
		{
			"empty input schema", "Bearer right",
			[]func(*aionpb.RegisterWorker){descriptor("", "{}")},
			codes.InvalidArgument, `activity "charge": input schema: `,
		},
		{
			"output schema that is no JSON", "Bearer right",
			[]func(*aionpb.RegisterWorker){descriptor("{}", "{")},
			codes.InvalidArgument, `activity "charge": output schema: `,
		},
		{
			"schemas before namespaces", "Bearer right",
			[]func(*aionpb.RegisterWorker){descriptor("", ""), noNamespace},
			codes.InvalidArgument, "input schema: ",
		},
		{
			"contracts before namespaces", "Bearer right",
			[]func(*aionpb.RegisterWorker){
				descriptor("false", "true"), noNamespace,
				func(r *aionpb.RegisterWorker) { r.TaskQueue = "deployed" },
			},
			codes.FailedPrecondition, "WORKER_CONTRACT_MISMATCH: ",
		},
		{
			"no namespace", "Bearer right",
			[]func(*aionpb.RegisterWorker){noNamespace},
			codes.PermissionDenied, "no namespace",
		},
		{
			"unknown namespace", "Bearer right",
			[]func(*aionpb.RegisterWorker){badNamespace},
			codes.PermissionDenied, `namespace "secret"`,
		},
		{
			"namespaces before capacity", "Bearer right",
			[]func(*aionpb.RegisterWorker){noNamespace, noSlots},
			codes.PermissionDenied, "no namespace",
		},
		{
			"no capacity", "Bearer right",
			[]func(*aionpb.RegisterWorker){noSlots},
			codes.Internal, "max_concurrency",
		},
		{
			"capacity 0", "Bearer right",
			[]func(*aionpb.RegisterWorker){zeroSlots},
			codes.Internal, "max_concurrency",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, quiet(devengine.Config{Token: "right"}))
			if err := l.Deploy("deployed", contract("charge", "true", "true")); err != nil {
				t.Fatalf("Deploy: got %v, want nil", err)
			}
			ctx := t.Context()
			if test.header != "" {
				ctx = withToken(ctx, test.header)
			}
			s := l.stream(ctx)
			s.register(1, test.changes...)
			if got := s.end(test.want); !strings.Contains(got, test.text) {
				t.Errorf("text: got %q, want it to contain %q", got, test.text)
			}
			if got := l.Workers(); len(got) != 0 {
				t.Errorf("workers: got %v, want none", got)
			}
		})
	}
}

func TestFirstFrameMustRegister(t *testing.T) {
	t.Parallel()
	const want = "first message must be RegisterWorker"
	l := newLab(t, quiet(devengine.Config{}))

	beat := l.stream(t.Context())
	beat.beat(&aionpb.Heartbeat{})
	if got := beat.end(codes.InvalidArgument); got != want {
		t.Errorf("heartbeat first: got %q, want %q", got, want)
	}

	closed := l.stream(t.Context())
	if err := closed.stream.CloseSend(); err != nil {
		t.Fatalf("CloseSend: got %v, want nil", err)
	}
	if got := closed.end(codes.InvalidArgument); got != want {
		t.Errorf("no frame at all: got %q, want %q", got, want)
	}
}

func TestStreamThatNeverRegistersEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newBubbleLab(t, quiet(devengine.Config{HeartbeatWindow: 2 * time.Second}))
		begin := time.Now()
		s := l.stream(t.Context())
		if got := s.end(codes.Unavailable); !strings.Contains(got, "no RegisterWorker within 2s") {
			t.Errorf("text: got %q, want it to name RegisterWorker and the window", got)
		}
		if got := time.Since(begin); got != 2*time.Second {
			t.Errorf("end: got it after %v, want 2s", got)
		}
	})
}

func TestRegisterAckSaysWhatWasAccepted(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{
		Namespaces: []string{
			"a",
			"b",
			"c",
		},
		HeartbeatWindow: 1500 * time.Millisecond,
		Token:           "right",
	}))
	ids := make([]uint64, 0, 2)
	for range 2 {
		s := l.stream(withToken(t.Context(), "Bearer right"))
		s.register(7, func(r *aionpb.RegisterWorker) { r.Namespaces = []string{"c", "a"} })
		ack := s.next().GetRegisterAck()
		if ack.GetNamespace() != "c,a" || ack.GetHeartbeatWindowMs() != 1500 ||
			ack.GetAcceptedMaxConcurrency() != 7 {
			t.Errorf("RegisterAck: got %v, want c,a and 1500 and 7", ack)
		}
		ids = append(ids, ack.GetWorkerId())
	}
	if ids[0] == ids[1] || ids[0] == 0 {
		t.Errorf("worker ids: got %v, want two different ones", ids)
	}
}

func TestRegisterAckComesBeforeTasks(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	for range 8 {
		l.start()
	}
	s := l.connect(8) // Checks that the first frame is the acknowledgement.
	for range 8 {
		s.task()
	}
}

func TestSecondRegistrationIsIgnored(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	s := l.connect(1)
	s.register(9)
	s.nothing()
	if got := l.Workers(); len(got) != 1 || got[0].MaxConcurrency != 1 {
		t.Errorf("workers: got %+v, want one with a single slot", got)
	}
}

func TestWorkersIsASnapshot(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	begin := time.Now()
	first := l.connect(2, func(r *aionpb.RegisterWorker) {
		r.Node = "eu-1"
		r.Activities = []*aionpb.ActivityDescriptor{{
			Name: "charge", InputSchemaJson: `{}`, OutputSchemaJson: `true`,
		}}
	})
	l.start()
	first.task()
	second := l.connect(1)

	got := l.Workers()
	if len(got) != 2 || got[0].ID != first.id || got[1].ID != second.id {
		t.Fatalf("workers: got %+v, want %d and %d", got, first.id, second.id)
	}
	w := got[0]
	if w.Identity != "script" || w.TaskQueue != queue || w.Node != "eu-1" ||
		w.MaxConcurrency != 2 ||
		!slices.Equal(w.Namespaces, []string{"default"}) {
		t.Errorf("worker: got %+v, want what it registered", w)
	}
	if w.Held != 1 || !w.Ready || w.Draining || w.LastFrame.Before(begin) {
		t.Errorf("worker: got %+v, want one held task, ready, and a frame just now", w)
	}
	if len(w.Activities) != 1 || w.Activities[0].Type != "charge" ||
		string(
			w.Activities[0].InputSchema,
		) != `{}` || string(w.Activities[0].OutputSchema) != `true` {
		t.Errorf("activities: got %s, want what it advertised", w.Activities)
	}
}

func TestWaitForWorkers(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	l.connect(1, func(r *aionpb.RegisterWorker) { r.TaskQueue = "other" })
	l.connect(1)

	err := l.WaitForWorkers(ctx, queue, 2)
	if !errors.Is(err, cause) ||
		!strings.Contains(err.Error(), `task queue "payments": 1 of 2 workers`) {
		t.Errorf("WaitForWorkers: got %v, want the cause and 1 of 2", err)
	}

	waited := make(chan error)
	go func() { waited <- l.WaitForWorkers(t.Context(), queue, 2) }()
	l.connect(1)
	if err := <-waited; err != nil {
		t.Errorf("WaitForWorkers: got %v, want nil", err)
	}
}

func TestConfigNamesEveryMistake(t *testing.T) {
	t.Parallel()
	engine, err := devengine.Start(devengine.Config{
		Listen:          "nowhere",
		Namespaces:      []string{"ok", "", "a,b"},
		HeartbeatWindow: time.Millisecond,
		Timeout:         -1,
		Token:           "two words",
		Retry:           devengine.RetryPolicy{InitialBackoff: 2, MaxBackoff: 1},
	})
	if err == nil {
		engine.Close()
		t.Fatal("Start: got an engine, want an error")
	}
	for _, want := range []string{
		"config: Listen: ", "config: Namespaces[1]: ", "config: Namespaces[2]: ",
		"config: HeartbeatWindow: ", "config: Timeout: ", "config: Token: ", "config: Retry: MaxBackoff: ",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error: got %q, want it to contain %q", err, want)
		}
	}
}

func TestAddressThatIsTaken(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	engine, err := devengine.Start(
		devengine.Config{Listen: l.Addr(), Logger: slog.New(slog.DiscardHandler)},
	)
	if err == nil {
		engine.Close()
		t.Fatal("Start: got a second engine on one address, want an error")
	}
	if !strings.Contains(err.Error(), l.Addr()) {
		t.Errorf("error: got %q, want it to name %s", err, l.Addr())
	}
}

func contract(activity, input, output string) aion.ActivityContract {
	return aion.ActivityContract{
		Type: activity, InputSchema: []byte(input), OutputSchema: []byte(output),
	}
}
