package realengine_test

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	aionpb "github.com/aion-go/aion/gen/aion"
	aion "github.com/aion-go/aion/runtime"
)

// naive is a worker as one would write it first: what a stream brings is run,
// and reported on that stream if it is still there. What the framework adds is
// measured beside it.
type naive struct {
	addr       string
	dispatcher aion.Dispatcher
	slots      uint32
}

// run serves until ctx ends, with a new connection after each that breaks.
func (n naive) run(ctx context.Context) {
	for ctx.Err() == nil {
		_ = n.serve(ctx) // Every reason to end is one to begin again.
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

func (n naive) serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	conn, err := grpc.NewClient(n.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close()
	stream, err := aionpb.NewWorkerProtocolClient(conn).StreamWorker(ctx)
	if err != nil {
		return err
	}
	frames := make(chan *aionpb.WorkerToServer)
	go func() { // Ends with ctx.
		beat := time.NewTicker(time.Second)
		defer beat.Stop()
		frame := n.registration()
		for stream.Send(frame) == nil {
			select {
			case frame = <-frames:
			case <-beat.C:
				frame = &aionpb.WorkerToServer{Message: &aionpb.WorkerToServer_Heartbeat{
					Heartbeat: &aionpb.Heartbeat{},
				}}
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		frame, err := stream.Recv()
		if err != nil {
			return err
		}
		if task := frame.GetTask(); task != nil {
			go n.runTask(ctx, task, frames)
		}
	}
}

func (n naive) registration() *aionpb.WorkerToServer {
	register := &aionpb.RegisterWorker{
		Namespaces: []string{"default"}, TaskQueue: n.dispatcher.TaskQueue(), MaxConcurrency: &n.slots,
	}
	for _, a := range n.dispatcher.Activities() {
		register.ActivityTypes = append(register.ActivityTypes, a.Type)
		register.Activities = append(register.Activities, &aionpb.ActivityDescriptor{
			Name: a.Type, InputSchemaJson: string(a.InputSchema), OutputSchemaJson: string(a.OutputSchema),
		})
	}

	return &aionpb.WorkerToServer{Message: &aionpb.WorkerToServer_Register{Register: register}}
}

// runTask runs a task, whatever becomes of its stream meanwhile.
func (n naive) runTask(
	ctx context.Context, task *aionpb.ActivityTask, frames chan<- *aionpb.WorkerToServer,
) {
	outcome := n.dispatcher.Dispatch(context.WithoutCancel(ctx), &aion.Task{
		Info:  aion.Info{IdempotencyKey: task.GetIdempotencyKey()},
		Input: task.GetInput().GetBytes(),
	})
	result := &aionpb.ActivityResult{
		WorkflowId: task.GetWorkflowId(), ActivityId: task.GetActivityId(), RunId: task.GetRunId(),
		CompletionToken: task.GetCompletionToken(),
		Outcome: &aionpb.ActivityResult_Result{
			Result: &aionpb.Payload{ContentType: "application/json", Bytes: outcome.Result},
		},
	}
	select {
	case frames <- &aionpb.WorkerToServer{Message: &aionpb.WorkerToServer_Result{Result: result}}:
	case <-ctx.Done():
	}
}
