package engine_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/aion-go/aion/bench/internal/engine"
	aionpb "github.com/aion-go/aion/gen/aion"
	aion "github.com/aion-go/aion/runtime"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const slots = 4

// listen starts an engine for a test.
func listen(t *testing.T) (*engine.Engine, string) {
	t.Helper()
	e, address, err := engine.Listen()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)

	return e, address.String()
}

// script is what a worker answers to a task.
type script func(task *aionpb.ActivityTask) []*aionpb.WorkerToServer

// work connects a worker that follows a script, until the test ends. It passes on
// the acknowledgements that it is sent.
func work(t *testing.T, address string, answers script) <-chan *aionpb.ResultAck {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	stream, err := aionpb.NewWorkerProtocolClient(conn).StreamWorker(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	concurrency := uint32(slots)
	if err := stream.Send(&aionpb.WorkerToServer{Message: &aionpb.WorkerToServer_Register{
		Register: &aionpb.RegisterWorker{MaxConcurrency: &concurrency},
	}}); err != nil {
		t.Fatal(err)
	}
	acks := make(chan *aionpb.ResultAck, 1<<10)
	ended := make(chan struct{})
	t.Cleanup(func() {
		_ = conn.Close()
		<-ended
	})
	go func() {
		defer close(ended)
		for {
			frame, err := stream.Recv()
			if err != nil {
				return
			}
			if ack := frame.GetResultAck(); ack != nil {
				select {
				case acks <- ack:
				default: // Nobody counts so many.
				}
			}
			if frame.GetTask() == nil {
				continue
			}
			for _, answer := range answers(frame.GetTask()) {
				_ = stream.Send(answer)
			}
		}
	}()

	return acks
}

// good is the result that a task asks for.
func good(task *aionpb.ActivityTask) *aionpb.ActivityResult {
	return &aionpb.ActivityResult{
		WorkflowId: task.GetWorkflowId(), ActivityId: task.GetActivityId(), RunId: task.GetRunId(),
		CompletionToken: task.GetCompletionToken(),
		Outcome: &aionpb.ActivityResult_Result{Result: &aionpb.Payload{
			ContentType: "application/json", Bytes: []byte(`{"message":"` + engine.Greeting + `"}`),
		}},
	}
}

func frameOf(result *aionpb.ActivityResult) *aionpb.WorkerToServer {
	return &aionpb.WorkerToServer{Message: &aionpb.WorkerToServer_Result{Result: result}}
}

// changed answers each task with a good result that change has changed.
func changed(change func(*aionpb.ActivityResult)) script {
	return func(task *aionpb.ActivityTask) []*aionpb.WorkerToServer {
		result := good(task)
		change(result)

		return []*aionpb.WorkerToServer{frameOf(result)}
	}
}

func await(t *testing.T, e *engine.Engine, n int) {
	t.Helper()
	if reply := e.Do(engine.Command{Op: engine.OpAwait, Tasks: n, Duration: time.Minute}); reply.Error != "" {
		t.Fatal(reply.Error)
	}
}

func TestARunFailsWhenAWorkerAnswersBadly(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		answers script
		want    string
	}{
		{"twice", func(task *aionpb.ActivityTask) []*aionpb.WorkerToServer {
			return []*aionpb.WorkerToServer{frameOf(good(task)), frameOf(good(task))}
		}, "nobody waits for"},
		{"for another task", changed(func(r *aionpb.ActivityResult) {
			r.CompletionToken = "another"
		}), "makes no sense"},
		{"for a task that was not sent", changed(func(r *aionpb.ActivityResult) {
			const unknown = "00000000-0000-0000-0000-0000000000ab"
			r.CompletionToken, r.WorkflowId = unknown, &aionpb.WorkflowId{Uuid: unknown}
		}), "nobody waits for"},
		{"without a payload", changed(func(r *aionpb.ActivityResult) { r.Outcome = nil }), "makes no sense"},
		{"with another payload", changed(func(r *aionpb.ActivityResult) {
			r.Outcome = &aionpb.ActivityResult_Result{Result: &aionpb.Payload{Bytes: []byte("{}")}}
		}), `want one with "Hello`},
		{"with a failure", changed(func(r *aionpb.ActivityResult) {
			r.Outcome = &aionpb.ActivityResult_Error{Error: &aionpb.ActivityError{Message: "broken"}}
		}), "broken"},
		{"with a refusal", func(*aionpb.ActivityTask) []*aionpb.WorkerToServer {
			return []*aionpb.WorkerToServer{{Message: &aionpb.WorkerToServer_TaskRefused{
				TaskRefused: &aionpb.TaskRefused{Reason: "no slot"},
			}}}
		}, "no slot"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, address := listen(t)
			work(t, address, tt.answers)
			await(t, e, slots)
			reply := e.Do(engine.Command{Op: engine.OpRun, Types: []string{"greet"}, Tasks: 1 << 20})
			if !strings.Contains(reply.Error, tt.want) {
				t.Errorf("got error %q, want %q", reply.Error, tt.want)
			}
		})
	}
}

func TestResultsAreAcknowledgedUnlessTheCommandSaysNo(t *testing.T) {
	t.Parallel()
	e, address := listen(t)
	ids := make(chan string, 30)
	acks := work(t, address, func(task *aionpb.ActivityTask) []*aionpb.WorkerToServer {
		ids <- task.GetWorkflowId().GetUuid()

		return []*aionpb.WorkerToServer{frameOf(good(task))}
	})
	await(t, e, slots)
	for _, noAcks := range []bool{false, true, false} {
		run := engine.Command{Op: engine.OpRun, Types: []string{"greet"}, Tasks: 10, NoAcks: noAcks}
		if reply := e.Do(run); reply.Error != "" || reply.Tasks != 10 {
			t.Fatalf("got %+v, want 10 tasks", reply)
		}
		sent := map[string]bool{}
		for range 10 {
			sent[<-ids] = true
		}
		if len(sent) != 10 {
			t.Errorf("got %d different workflows, want 10", len(sent))
		}
		if noAcks {
			continue
		}
		for range 10 {
			id := (<-acks).GetWorkflowId().GetUuid()
			if !sent[id] {
				t.Errorf("got an ack of %s, want each task's once, and none of the run without", id)
			}
			delete(sent, id)
		}
	}
}

func TestCommandsThatCannotBeCarriedOutSayWhy(t *testing.T) {
	t.Parallel()
	e, address := listen(t)
	run := engine.Command{Op: engine.OpRun, Types: []string{"greet"}, Tasks: 1}
	if reply := e.Do(run); !strings.Contains(reply.Error, "no free slot") {
		t.Errorf("got %q without a worker, want no free slot", reply.Error)
	}
	work(t, address, func(*aionpb.ActivityTask) []*aionpb.WorkerToServer { return nil })
	await(t, e, slots)
	fill := engine.Command{Op: engine.OpFill, Types: []string{"sleep"}, Tasks: slots + 1}
	if reply := e.Do(fill); !strings.Contains(reply.Error, "1 slots too few") {
		t.Errorf("got %q for too many tasks, want 1 slot too few", reply.Error)
	}
	if reply := e.Do(run); !strings.Contains(reply.Error, "no free slot") {
		t.Errorf("got %q when all slots are filled, want no free slot", reply.Error)
	}
	more := engine.Command{Op: engine.OpAwait, Tasks: slots + 1, Duration: time.Millisecond}
	if reply := e.Do(more); !strings.Contains(reply.Error, "offers 4 slots after 1ms, want 5") {
		t.Errorf("got %q, want the slots that are missing", reply.Error)
	}
	if reply := e.Do(engine.Command{Op: "dance"}); !strings.Contains(reply.Error, `"dance"`) {
		t.Errorf("got %q, want the unknown operation", reply.Error)
	}
}

// greeterOf answers all activity types, and counts the most that run at once.
type greeterOf struct {
	running, most atomic.Int64
	types         chan string
}

func (*greeterOf) TaskQueue() string { return "greeter" }

func (*greeterOf) Activities() []aion.ActivityContract {
	return []aion.ActivityContract{
		{Type: "a", InputSchema: []byte("{}"), OutputSchema: []byte("{}")},
		{Type: "b", InputSchema: []byte("{}"), OutputSchema: []byte("{}")},
	}
}

func (g *greeterOf) Dispatch(_ context.Context, task *aion.Task) aion.Outcome {
	now := g.running.Add(1)
	defer g.running.Add(-1)
	for most := g.most.Load(); now > most && !g.most.CompareAndSwap(most, now); most = g.most.Load() {
	}
	g.types <- task.ActivityType

	return aion.Completed(fmt.Appendf(nil, `{"message":%q}`, engine.Greeting))
}

func TestARunKeepsTheSlotsOfAllStreamsFull(t *testing.T) {
	t.Parallel()
	e, address := listen(t)
	const concurrency, tasks = 16, 1000
	g := &greeterOf{types: make(chan string, 10*tasks)}
	worker, err := aion.NewWorker(aion.Config{
		Endpoint: address, MaxConcurrency: concurrency, Logger: slog.New(slog.DiscardHandler),
	}, g)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(ctx) }()
	await(t, e, concurrency)
	run := engine.Command{Op: engine.OpRun, Types: []string{"a", "b"}, Tasks: tasks}
	reply := e.Do(run)
	if reply.Error != "" || reply.Tasks != tasks || reply.Elapsed <= 0 || reply.P50 <= 0 ||
		reply.P99 < reply.P50 {
		t.Errorf("got %+v, want %d tasks and their times", reply, tasks)
	}
	counts := map[string]int{}
	for range tasks {
		counts[<-g.types]++
	}
	if counts["a"] != tasks/2 || counts["b"] != tasks/2 {
		t.Errorf("got %v, want both types in turn", counts)
	}
	if most := g.most.Load(); most > concurrency {
		t.Errorf("got %d tasks at once, want %d at most", most, concurrency)
	}
	run.Tasks, run.Duration, run.NoAcks = 0, 20*time.Millisecond, true
	if reply := e.Do(run); reply.Error != "" || reply.Tasks < concurrency ||
		reply.Elapsed < run.Duration {
		t.Errorf("got %+v from a run of %s, want all of that time used", reply, run.Duration)
	}
	e.Close()
	stop()
	if err := <-ended; err != nil {
		t.Errorf("got %v from a graceful stop, want nil", err)
	}
}

func TestAWindowUsesAPartOfTheSlots(t *testing.T) {
	t.Parallel()
	e, address := listen(t)
	var first, second atomic.Int64
	for _, count := range []*atomic.Int64{&first, &second} {
		work(t, address, func(task *aionpb.ActivityTask) []*aionpb.WorkerToServer {
			count.Add(1)

			return []*aionpb.WorkerToServer{frameOf(good(task))}
		})
	}
	await(t, e, 2*slots)
	reply := e.Do(engine.Command{
		Op: engine.OpRun, Types: []string{"greet"}, Tasks: 10, Window: slots,
	})
	if reply.Error != "" || reply.Tasks != 10 || first.Load()+second.Load() != 10 ||
		first.Load()*second.Load() != 0 {
		t.Errorf("got %+v, %d and %d tasks, want 10 on one stream alone",
			reply, first.Load(), second.Load())
	}
}
