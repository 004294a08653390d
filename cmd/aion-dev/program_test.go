package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	aionpb "github.com/aion-go/aion/gen/aion"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// runWith is the program without input.
func runWith(t *testing.T, stdout, stderr io.Writer, args ...string) int {
	t.Helper()

	return run(t.Context(), args, strings.NewReader(""), stdout, stderr)
}

func TestBadFlags(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"unknown flag", []string{"-nothing"}, "-nothing"},
		{"no duration", []string{"-window", "5"}, "window"},
		{"window too short", []string{"-window", "1ms"}, "HeartbeatWindow"},
		{"no address", []string{"-listen", "nowhere"}, "Listen"},
		{"empty namespace", []string{"-namespace", "a,,b"}, "Namespaces[1]"},
		{"argument", []string{"extra"}, `argument "extra"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			if got := runWith(t, &stdout, &stderr, test.args...); got != exitUsage {
				t.Errorf("exit code: got %d, want %d", got, exitUsage)
			}
			if got := stderr.String(); !strings.Contains(got, test.want) ||
				!strings.Contains(got, "-listen") {
				t.Errorf("stderr: got %q, want %q and the usage", got, test.want)
			}
			if stdout.Len() != 0 {
				t.Errorf("stdout: got %q, want nothing", &stdout)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	if got := runWith(t, &stdout, &stderr, "-help"); got != exitOK {
		t.Errorf("exit code: got %d, want %d", got, exitOK)
	}
	if !strings.Contains(stderr.String(), "-pings") {
		t.Errorf("stderr: got %q, want the usage", &stderr)
	}
}

func TestAddressThatIsTaken(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen: got %v, want a listener", err)
	}
	defer listener.Close()

	var stdout, stderr bytes.Buffer
	addr := listener.Addr().String()
	if got := runWith(t, &stdout, &stderr, "-listen", addr); got != exitError {
		t.Errorf("exit code: got %d, want %d", got, exitError)
	}
	if got := stderr.String(); !strings.Contains(got, addr) ||
		!strings.Contains(got, "with -listen") {
		t.Errorf("stderr: got %q, want the address and the way out", got)
	}
}

// program is a running aion-dev.
type program struct {
	*testing.T

	stdin  *io.PipeWriter
	stdout *bufio.Scanner
	stop   context.CancelFunc
	code   chan int
	addr   string

	mu  sync.Mutex
	log bytes.Buffer
}

// Write takes what the program logs.
func (p *program) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()

	return p.log.Write(b)
}

func start(t *testing.T, args ...string) *program {
	t.Helper()
	stdinReader, stdin := io.Pipe()
	stdoutReader, stdout := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	p := &program{
		T:      t,
		stdin:  stdin,
		stdout: bufio.NewScanner(stdoutReader),
		stop:   stop,
		code:   make(chan int, 1),
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		args = append([]string{"-listen", "127.0.0.1:0", "-page", ""}, args...)
		p.code <- run(ctx, args, stdinReader, stdout, p)
		stdinReader.Close()
		stdout.Close()
	}()
	t.Cleanup(func() {
		stop()
		stdoutReader.Close()
		stdin.Close()
		<-done
	})

	_, after, _ := strings.Cut(p.line("development engine on "), "development engine on ")
	p.addr, _, _ = strings.Cut(after, ": ")
	p.line("a worker finds it by:")
	p.line("export AION_WORKER_ENDPOINT=" + p.addr)

	return p
}

// line reads a line that must contain want.
func (p *program) line(want string) string {
	p.Helper()
	if !p.stdout.Scan() {
		p.Fatalf("stdout: got its end, want a line with %q", want)
	}
	got := p.stdout.Text()
	if !strings.Contains(got, want) {
		p.Fatalf("stdout: got %q, want a line with %q", got, want)
	}

	return got
}

func (p *program) enter(line string) {
	p.Helper()
	if _, err := io.WriteString(p.stdin, line); err != nil {
		p.Fatalf("stdin: got %v, want no error", err)
	}
}

// worker connects and answers pings, beats and drains like a real one. It
// reports progress and then answers each task with its input, "bad" with an
// error.
func (p *program) worker(token string) {
	p.Helper()
	conn, err := grpc.NewClient(p.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		p.Fatalf("NewClient: got %v, want a connection", err)
	}
	p.Cleanup(func() { conn.Close() })
	ctx := metadata.AppendToOutgoingContext(p.Context(), "authorization", "Bearer "+token)
	stream, err := aionpb.NewWorkerProtocolClient(conn).StreamWorker(ctx)
	if err != nil {
		p.Fatalf("StreamWorker: got %v, want a stream", err)
	}
	slots := uint32(4)
	stream.Send(
		&aionpb.WorkerToServer{
			Message: &aionpb.WorkerToServer_Register{Register: &aionpb.RegisterWorker{
				Namespaces: []string{
					"default",
				},
				TaskQueue:      "payments",
				Identity:       "script",
				MaxConcurrency: &slots,
			}},
		},
	)

	done := make(chan struct{})
	p.Cleanup(func() { <-done })
	go func() {
		defer close(done)
		for {
			frame, err := stream.Recv()
			if err != nil {
				return
			}
			for _, reply := range replies(frame) {
				stream.Send(reply)
			}
		}
	}()
}

func replies(frame *aionpb.ServerToWorker) []*aionpb.WorkerToServer {
	if ping := frame.GetLivenessPing(); ping != nil {
		return []*aionpb.WorkerToServer{{Message: &aionpb.WorkerToServer_LivenessAnswer{
			LivenessAnswer: &aionpb.LivenessAnswer{LivenessPing: ping.GetLivenessPing()},
		}}}
	}
	task := frame.GetTask()
	if task == nil || task.GetActivityType() == "hang" {
		return nil
	}

	result := &aionpb.ActivityResult{
		WorkflowId: task.GetWorkflowId(), ActivityId: task.GetActivityId(),
		RunId: task.GetRunId(), CompletionToken: task.GetCompletionToken(),
		Outcome: &aionpb.ActivityResult_Result{Result: task.GetInput()},
	}
	if task.GetActivityType() == "bad" {
		result.Outcome = &aionpb.ActivityResult_Error{Error: &aionpb.ActivityError{
			Kind: aionpb.ActivityErrorKind_ACTIVITY_ERROR_KIND_TERMINAL, Message: "card declined",
		}}
	}

	return []*aionpb.WorkerToServer{
		{Message: &aionpb.WorkerToServer_Heartbeat{Heartbeat: &aionpb.Heartbeat{
			WorkflowId: task.GetWorkflowId(),
			ActivityId: task.GetActivityId(),
			Progress:   task.GetInput(),
		}}},
		{Message: &aionpb.WorkerToServer_Result{Result: result}},
	}
}

func TestLinesRunActivities(t *testing.T) {
	t.Parallel()
	p := start(t, "-token", "secret")
	p.line("export AION_WORKER_NAMESPACE=default")
	p.line("export AION_TOKEN=secret")
	p.line("QUEUE ACTIVITY JSON")

	p.enter("payments charge\n\n")
	p.line("[1] error want a line QUEUE ACTIVITY JSON")
	p.enter("payments charge {\n")
	p.line(`[2] error activity "charge": input: want a JSON text`)
	p.enter("payments  charge\t{\"amount\": 5}\r\n")
	p.line(`[3] waits for a worker of task queue "payments"`)
	p.worker("secret")
	p.line("[3] attempt 1 of 4 started on worker 1")
	p.line(`[3] progress {"amount": 5}`)
	p.line("[3] attempt 1 of 4 completed on worker 1")
	p.line(`[3] result {"amount": 5}`)
	p.enter("payments bad 1") // The last line may lack its end.
	p.stdin.Close()
	p.line("[4] attempt 1 of 4 started on worker 1")
	p.line("[4] progress 1")
	p.line("[4] attempt 1 of 4 failed on worker 1: card declined")
	p.line(`[4] error activity "bad": attempt 1 of 4: card declined`)

	p.stop() // Not the end of stdin, only this ends it.
	p.line("stopping")
	if got := <-p.code; got != exitOK {
		t.Errorf("exit code: got %d, want %d", got, exitOK)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, want := range []string{"worker connected", "worker gone"} {
		if !strings.Contains(p.log.String(), want) {
			t.Errorf("log: got %q, want %q in it", &p.log, want)
		}
	}
}

func TestEndsWhileARunWaits(t *testing.T) {
	t.Parallel()
	p := start(t, "-pings=false")
	p.line("AION_WORKER_NAMESPACE")
	p.line("QUEUE ACTIVITY JSON")
	p.enter("nobody charge 1\n")
	p.line("[1] waits for a worker")
	p.stop()
	p.line("stopping")
	p.line(`[1] error activity "charge": development engine closed`)
	if got := <-p.code; got != exitOK {
		t.Errorf("exit code: got %d, want %d", got, exitOK)
	}
}
