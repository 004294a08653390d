package peer

import (
	"context"
	"errors"
	"io"
	"sync"
	"unicode/utf8"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/aion-go/aion/bench/internal/engine"
	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
	aionpb "github.com/aion-go/aion/gen/aion"
	aion "github.com/aion-go/aion/runtime"
)

// answer makes the result of a task, JSON, from its input.
type answer func(input []byte) ([]byte, error)

// fixed is the least that a worker can do: it has the result already.
func fixed([]byte) ([]byte, error) { return fixedResult, nil }

var fixedResult = []byte(`{"message":"` + engine.Greeting + `","length":12}`)

// withProtoJSON greets, with the codec that one would take without this module.
func withProtoJSON(input []byte) ([]byte, error) {
	var in greeterv1.GreetRequest
	if err := protojson.Unmarshal(input, &in); err != nil {
		return nil, err
	}
	out := greet(&in)

	return protojson.MarshalOptions{EmitUnpopulated: true, UseProtoNames: true}.Marshal(out)
}

func greet(in *greeterv1.GreetRequest) *greeterv1.GreetResponse {
	return &greeterv1.GreetResponse{
		Message: "Hello, " + in.GetName() + "!",
		Length:  int64(utf8.RuneCountInString(in.GetName())),
	}
}

// serveByHand is the simplest honest worker on gRPC: one goroutine receives, each
// task runs in a goroutine of its own, and one goroutine sends. It has nothing
// else: no heartbeats, no record of what was acknowledged, no cancellation, no
// reconnect, no care for a panic.
func serveByHand(ctx context.Context, cfg aion.Config, work answer) error {
	conn, err := grpc.NewClient(cfg.Endpoint, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // It only fails when it is closed already.
	var sending sync.WaitGroup
	defer sending.Wait()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stream, err := aionpb.NewWorkerProtocolClient(conn).StreamWorker(ctx)
	if err != nil {
		return err
	}
	if err := stream.Send(registration(cfg.MaxConcurrency)); err != nil {
		return err
	}
	results := make(chan *aionpb.WorkerToServer, cfg.MaxConcurrency)
	sending.Go(func() { sendByHand(ctx, stream, results, cancel) })
	for {
		frame, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errors.Join(err, context.Cause(ctx))
		}
		if task := frame.GetTask(); task != nil {
			go func() { results <- result(task, work) }()
		}
	}
}

// sendByHand sends results until ctx ends.
func sendByHand(
	ctx context.Context, stream aionpb.WorkerProtocol_StreamWorkerClient,
	results <-chan *aionpb.WorkerToServer, fail context.CancelCauseFunc,
) {
	for {
		select {
		case frame := <-results:
			if err := stream.Send(frame); err != nil {
				fail(err)
			}
		case <-ctx.Done():
			return
		}
	}
}

func registration(slots int) *aionpb.WorkerToServer {
	concurrency := uint32(slots) //nolint:gosec // The benchmarks choose it.
	return &aionpb.WorkerToServer{Message: &aionpb.WorkerToServer_Register{
		Register: &aionpb.RegisterWorker{
			Namespaces:     []string{"default"},
			ActivityTypes:  []string{greeterv1.GreeterGreetActivity},
			TaskQueue:      greeterv1.GreeterTaskQueue,
			MaxConcurrency: &concurrency,
		},
	}}
}

// result runs a task.
func result(task *aionpb.ActivityTask, work answer) *aionpb.WorkerToServer {
	frame := &aionpb.ActivityResult{
		WorkflowId:      task.GetWorkflowId(),
		ActivityId:      task.GetActivityId(),
		RunId:           task.GetRunId(),
		CompletionToken: task.GetCompletionToken(),
	}
	text, err := work(task.GetInput().GetBytes())
	if err != nil {
		frame.Outcome = &aionpb.ActivityResult_Error{Error: &aionpb.ActivityError{
			Kind:    aionpb.ActivityErrorKind_ACTIVITY_ERROR_KIND_TERMINAL,
			Message: err.Error(),
		}}
	} else {
		frame.Outcome = &aionpb.ActivityResult_Result{Result: &aionpb.Payload{
			ContentType: "application/json", Bytes: text,
		}}
	}

	return &aionpb.WorkerToServer{Message: &aionpb.WorkerToServer_Result{Result: frame}}
}
