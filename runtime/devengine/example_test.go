package devengine_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	aionpb "github.com/aion-go/aion/gen/aion"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

// echo stands for a worker process: it answers a single task with its input.
func echo(addr string) {
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return
	}
	defer conn.Close()
	stream, err := aionpb.NewWorkerProtocolClient(conn).StreamWorker(context.Background())
	if err != nil {
		return
	}

	slots := uint32(1)
	stream.Send(
		&aionpb.WorkerToServer{
			Message: &aionpb.WorkerToServer_Register{Register: &aionpb.RegisterWorker{
				Namespaces: []string{"default"}, TaskQueue: "greeter", MaxConcurrency: &slots,
			}},
		},
	)
	for {
		frame, err := stream.Recv()
		if err != nil || frame.GetResultAck() != nil {
			return
		}
		if task := frame.GetTask(); task != nil {
			stream.Send(
				&aionpb.WorkerToServer{
					Message: &aionpb.WorkerToServer_Result{Result: &aionpb.ActivityResult{
						WorkflowId: task.GetWorkflowId(), ActivityId: task.GetActivityId(),
						RunId: task.GetRunId(), CompletionToken: task.GetCompletionToken(),
						Outcome: &aionpb.ActivityResult_Result{Result: task.GetInput()},
					}},
				},
			)
		}
	}
}

func ExampleEngine_Execute() {
	engine, err := devengine.Start(devengine.Config{DisablePings: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer engine.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		echo(engine.Addr())
	}()

	greet := aion.ActivitySpec{TaskQueue: "greeter", Type: "greet"}
	output, err := engine.Execute(context.Background(), greet, []byte(`{"name":"Ada"}`))
	fmt.Println(string(output), err)
	<-done
	// Output: {"name":"Ada"} <nil>
}

func ExampleEngine_Executor() {
	engine, err := devengine.Start(devengine.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer engine.Close()

	// A stub's calls with a bound of their own; nobody serves this queue.
	executor := engine.Executor(devengine.WithTimeout(time.Minute))
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	greet := aion.ActivitySpec{TaskQueue: "greeter", Type: "greet"}
	_, err = executor.Execute(ctx, greet, []byte(`{}`))
	fmt.Println(err)
	fmt.Println(errors.Is(err, devengine.ErrCancelled), errors.Is(err, context.DeadlineExceeded))
	// Output:
	// activity "greet": cancelled: context deadline exceeded
	// true true
}

func ExampleEngine_StartRun() {
	engine, err := devengine.Start(devengine.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer engine.Close()

	refund := aion.ActivitySpec{TaskQueue: "payments", Type: "refund"}
	run, err := engine.StartRun(refund, []byte(`{"charge":"ch_1"}`),
		devengine.WithRetry(devengine.RetryPolicy{MaxRetries: devengine.NoRetries}),
		devengine.WithLabels(map[string]string{"tenant": "acme"}))
	if err != nil {
		fmt.Println(err)
		return
	}
	run.Cancel()
	_, err = run.Wait(context.Background())
	fmt.Println(err)
	// Output: activity "refund": cancelled
}

func ExampleEngine_Deploy() {
	engine, err := devengine.Start(devengine.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer engine.Close()

	// From now on, workers of the queue must accept an integer amount.
	err = engine.Deploy("payments", aion.ActivityContract{
		Type: "charge",
		InputSchema: []byte(
			`{"type":"object","properties":{"amount":{"type":"integer"}},"required":["amount"]}`,
		),
		OutputSchema: []byte(`{"type":"null"}`),
	})
	fmt.Println(err)
	err = engine.Deploy(
		"payments",
		aion.ActivityContract{Type: "refund", InputSchema: []byte(`{}`)},
	)
	fmt.Println(err)
	// Output:
	// <nil>
	// deploy: activity "refund": output schema: unexpected end of JSON input
}

func ExampleEngine_Watch() {
	engine, err := devengine.Start(devengine.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer engine.Close()

	ended := make(chan struct{})
	stop := engine.Watch(devengine.Watcher{
		RunStarted: func(run *devengine.Run) { fmt.Println("started", run.Activity().Type) },
		RunEnded: func(_ *devengine.Run, _ []byte, err error) {
			fmt.Println("ended:", err)
			close(ended)
		},
	})
	defer stop()
	refund := aion.ActivitySpec{TaskQueue: "payments", Type: "refund"}
	run, err := engine.StartRun(refund, []byte(`{"charge":"ch_1"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	run.Cancel()
	<-ended
	// Output:
	// started refund
	// ended: activity "refund": cancelled
}
