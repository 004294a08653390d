package devengine_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	aionpb "github.com/aion-go/aion/gen/aion"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

const (
	queue    = "payments"
	jsonType = "application/json"
)

var charge = aion.ActivitySpec{TaskQueue: queue, Type: "charge"}

// lab is an engine and the connections of scripted workers to it.
type lab struct {
	*testing.T
	*devengine.Engine

	dial []grpc.DialOption
}

// quiet fills in what most tests want: no pings and no log.
func quiet(cfg devengine.Config) devengine.Config {
	cfg.DisablePings = true
	cfg.Logger = slog.New(slog.DiscardHandler)

	return cfg
}

// newLab starts an engine on a real socket.
func newLab(t *testing.T, cfg devengine.Config) *lab {
	t.Helper()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	engine, err := devengine.Start(cfg)
	if err != nil {
		t.Fatalf("Start: got %v, want an engine", err)
	}
	t.Cleanup(func() { engine.Close() })

	return &lab{T: t, Engine: engine}
}

// newBubbleLab starts an engine on an in-memory listener, for synctest bubbles.
func newBubbleLab(t *testing.T, cfg devengine.Config) *lab {
	t.Helper()
	const buffer = 1 << 20
	listener := bufconn.Listen(buffer)
	cfg.Listener = listener
	l := newLab(t, cfg)
	l.dial = append(
		l.dial,
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return listener.DialContext(ctx)
		}),
	)

	return l
}

// stream opens a stream and sends nothing.
func (l *lab) stream(ctx context.Context) *script {
	l.Helper()
	target := "passthrough:///" + l.Addr()
	conn, err := grpc.NewClient(target, append(l.dial,
		grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	if err != nil {
		l.Fatalf("NewClient: got %v, want a connection", err)
	}
	l.Cleanup(func() { conn.Close() })

	stream, err := aionpb.NewWorkerProtocolClient(conn).StreamWorker(ctx)
	if err != nil {
		l.Fatalf("StreamWorker: got %v, want a stream", err)
	}

	return &script{T: l.T, stream: stream, conn: conn}
}

// connect registers a worker of the payments queue and checks that the first
// frame is its acknowledgement.
func (l *lab) connect(slots uint32, changes ...func(*aionpb.RegisterWorker)) *script {
	l.Helper()
	s := l.stream(l.Context())
	s.register(slots, changes...)
	ack := s.next().GetRegisterAck()
	if ack == nil {
		l.Fatal("first frame: got another one, want RegisterAck")
	}
	s.id = ack.GetWorkerId()

	return s
}

func (l *lab) start(opts ...devengine.RunOption) *devengine.Run {
	l.Helper()
	run, err := l.StartRun(charge, []byte(`{"amount":5}`), opts...)
	if err != nil {
		l.Fatalf("StartRun: got %v, want a run", err)
	}

	return run
}

// script is a worker whose every frame the test writes and reads.
type script struct {
	*testing.T

	conn   *grpc.ClientConn
	stream grpc.BidiStreamingClient[aionpb.WorkerToServer, aionpb.ServerToWorker]
	id     uint64
}

func registration(slots uint32, changes ...func(*aionpb.RegisterWorker)) *aionpb.RegisterWorker {
	reg := &aionpb.RegisterWorker{
		Namespaces:     []string{"default"},
		ActivityTypes:  []string{"charge"},
		TaskQueue:      queue,
		Identity:       "script",
		MaxConcurrency: &slots,
	}
	for _, change := range changes {
		change(reg)
	}

	return reg
}

func (s *script) register(slots uint32, changes ...func(*aionpb.RegisterWorker)) {
	s.Helper()
	s.send(&aionpb.WorkerToServer{Message: &aionpb.WorkerToServer_Register{
		Register: registration(slots, changes...),
	}})
}

// send ignores the end of the stream: the next read tells why.
func (s *script) send(frame *aionpb.WorkerToServer) {
	s.Helper()
	if err := s.stream.Send(frame); err != nil && !errors.Is(err, io.EOF) {
		s.Fatalf("send: got %v, want no error", err)
	}
}

func (s *script) next() *aionpb.ServerToWorker {
	s.Helper()
	frame, err := s.stream.Recv()
	if err != nil {
		s.Fatalf("receive: got %v, want a frame", err)
	}

	return frame
}

// task reads a frame that must be a task.
func (s *script) task() *aionpb.ActivityTask {
	s.Helper()
	frame := s.next()
	if frame.GetTask() == nil {
		s.Fatalf("frame: got %v, want a task", frame)
	}

	return frame.GetTask()
}

// acked reads a frame that must acknowledge a result of the task.
func (s *script) acked(task *aionpb.ActivityTask) {
	s.Helper()
	frame := s.next()
	got := frame.GetResultAck()
	if got.GetWorkflowId().GetUuid() != task.GetWorkflowId().GetUuid() ||
		got.GetActivityId() == nil {
		s.Fatalf("frame: got %v, want the ResultAck of %s", frame, task.GetWorkflowId().GetUuid())
	}
}

// cancelled reads a frame that must be the cancel of the task's activity.
func (s *script) cancelled(task *aionpb.ActivityTask) {
	s.Helper()
	frame := s.next()
	got := frame.GetCancelActivity()
	if got.GetWorkflowId().GetUuid() != task.GetWorkflowId().GetUuid() ||
		got.GetActivityId() == nil {
		s.Fatalf("frame: got %v, want the cancel of %s", frame, task.GetWorkflowId().GetUuid())
	}
}

// end reads until the stream ends, checks its code, and returns its text.
func (s *script) end(want codes.Code) string {
	s.Helper()
	for {
		_, err := s.stream.Recv()
		if err == nil {
			continue
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		if got := status.Code(err); got != want {
			s.Fatalf("end of stream: got %v (%v), want %v", got, err, want)
		}

		return status.Convert(err).Message()
	}
}

// nothing proves that the engine has sent nothing: a stale result of the test's
// own comes back as the very next frame.
func (s *script) nothing() {
	s.Helper()
	probe := &aionpb.ActivityTask{
		WorkflowId:      &aionpb.WorkflowId{Uuid: "probe"},
		ActivityId:      &aionpb.ActivityId{},
		RunId:           &aionpb.RunId{Uuid: "probe"},
		CompletionToken: "probe",
	}
	s.complete(probe, `null`)
	s.acked(probe)
}

func result(task *aionpb.ActivityTask) *aionpb.ActivityResult {
	return &aionpb.ActivityResult{
		WorkflowId:      task.GetWorkflowId(),
		ActivityId:      task.GetActivityId(),
		RunId:           task.GetRunId(),
		CompletionToken: task.GetCompletionToken(),
	}
}

func payload(text string) *aionpb.Payload {
	return &aionpb.Payload{ContentType: jsonType, Bytes: []byte(text)}
}

func (s *script) report(r *aionpb.ActivityResult) {
	s.Helper()
	s.send(&aionpb.WorkerToServer{Message: &aionpb.WorkerToServer_Result{Result: r}})
}

func (s *script) complete(task *aionpb.ActivityTask, text string) {
	s.Helper()
	r := result(task)
	r.Outcome = &aionpb.ActivityResult_Result{Result: payload(text)}
	s.report(r)
}

func (s *script) fail(task *aionpb.ActivityTask, kind aionpb.ActivityErrorKind, message string) {
	s.Helper()
	r := result(task)
	r.Outcome = &aionpb.ActivityResult_Error{
		Error: &aionpb.ActivityError{Kind: kind, Message: message},
	}
	s.report(r)
}

func (s *script) refuse(task *aionpb.ActivityTask, token string) {
	s.Helper()
	s.send(&aionpb.WorkerToServer{Message: &aionpb.WorkerToServer_TaskRefused{
		TaskRefused: &aionpb.TaskRefused{
			WorkflowId:      task.GetWorkflowId(),
			ActivityId:      task.GetActivityId(),
			Reason:          "no free slot",
			CompletionToken: token,
		},
	}})
}

func (s *script) beat(beat *aionpb.Heartbeat) {
	s.Helper()
	s.send(&aionpb.WorkerToServer{Message: &aionpb.WorkerToServer_Heartbeat{Heartbeat: beat}})
}

func (s *script) answer(number uint64) {
	s.Helper()
	s.send(&aionpb.WorkerToServer{Message: &aionpb.WorkerToServer_LivenessAnswer{
		LivenessAnswer: &aionpb.LivenessAnswer{LivenessPing: number},
	}})
}

// ping reads a frame that must be a ping.
func (s *script) ping() uint64 {
	s.Helper()
	frame := s.next()
	if frame.GetLivenessPing() == nil {
		s.Fatalf("frame: got %v, want a ping", frame)
	}

	return frame.GetLivenessPing().GetLivenessPing()
}

func withToken(ctx context.Context, header string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", header)
}

// wantOutput waits for the run's result.
func wantOutput(t *testing.T, run *devengine.Run, want string) {
	t.Helper()
	got, err := run.Wait(t.Context())
	if err != nil || string(got) != want {
		t.Fatalf("run: got %q, %v, want %q", got, err, want)
	}
}

// wantFailure waits for the run to fail.
func wantFailure(t *testing.T, run *devengine.Run, kind aion.FailureKind, text string) error {
	t.Helper()
	got, err := run.Wait(t.Context())
	var failure *aion.Failure
	if !errors.As(err, &failure) {
		t.Fatalf("run: got %q, %v, want an *aion.Failure", got, err)
	}
	if failure.Kind != kind || failure.Error() != text {
		t.Fatalf("run: got %v %q, want %v %q", failure.Kind, failure, kind, text)
	}

	return err
}
