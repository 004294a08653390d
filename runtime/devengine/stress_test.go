package devengine_test

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	aionpb "github.com/aion-go/aion/gen/aion"
	"github.com/aion-go/aion/runtime/devengine"
)

// TestEveryRunGetsItsOwnResult has workers that refuse some tasks, fail some
// and lose their streams with others, under more runs than there are slots.
func TestEveryRunGetsItsOwnResult(t *testing.T) {
	t.Parallel()
	const workers, runs = 4, 300
	l := newLab(t, devengine.Config{Retry: devengine.RetryPolicy{
		MaxRetries: runs, InitialBackoff: 1, MaxBackoff: 1,
	}})
	ctx, stop := context.WithCancel(t.Context())
	var moody, callers sync.WaitGroup
	var tasks atomic.Int64
	for range workers {
		moody.Go(func() {
			for ctx.Err() == nil {
				serveMoodily(ctx, l.Addr(), &tasks)
			}
		})
	}
	for i := range runs {
		callers.Go(func() {
			want := strconv.Itoa(i)
			got, err := l.Execute(t.Context(), charge, []byte(want))
			if err != nil || string(got) != want {
				t.Errorf("run %d: got %q, %v, want its input", i, got, err)
			}
		})
	}
	callers.Wait()
	stop()
	moody.Wait()
	if got := tasks.Load(); got <= runs {
		t.Errorf("tasks: got %d, want more than the %d runs", got, runs)
	}
}

// serveMoodily serves one stream until it ends, or until it has had enough.
func serveMoodily(ctx context.Context, addr string, tasks *atomic.Int64) {
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return
	}
	defer conn.Close()
	stream, err := aionpb.NewWorkerProtocolClient(conn).StreamWorker(ctx)
	if err != nil {
		return
	}
	stream.Send(&aionpb.WorkerToServer{Message: &aionpb.WorkerToServer_Register{
		Register: registration(4),
	}})
	for {
		frame, err := stream.Recv()
		if err != nil {
			return
		}
		if ping := frame.GetLivenessPing(); ping != nil {
			stream.Send(&aionpb.WorkerToServer{Message: &aionpb.WorkerToServer_LivenessAnswer{
				LivenessAnswer: &aionpb.LivenessAnswer{LivenessPing: ping.GetLivenessPing()},
			}})
		}
		if task := frame.GetTask(); task != nil {
			count := tasks.Add(1)
			if count%31 == 0 {
				return
			}
			stream.Send(moodyReply(task, count))
		}
	}
}

func moodyReply(task *aionpb.ActivityTask, count int64) *aionpb.WorkerToServer {
	if count%7 == 0 {
		return &aionpb.WorkerToServer{Message: &aionpb.WorkerToServer_TaskRefused{
			TaskRefused: &aionpb.TaskRefused{CompletionToken: task.GetCompletionToken()},
		}}
	}

	r := result(task)
	r.Outcome = &aionpb.ActivityResult_Result{Result: task.GetInput()}
	if count%5 == 0 {
		r.Outcome = &aionpb.ActivityResult_Error{Error: &aionpb.ActivityError{Kind: retryable}}
	}

	return &aionpb.WorkerToServer{Message: &aionpb.WorkerToServer_Result{Result: r}}
}
