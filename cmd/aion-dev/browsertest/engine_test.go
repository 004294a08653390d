package browsertest

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/structpb"

	aion "github.com/aion-go/aion/runtime"
)

const queue = "trials"

// program is aion-dev, built once.
var program = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "aion-dev-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "aion-dev")
	build := exec.CommandContext(context.Background(), "go", "build", "-o", path,
		"github.com/aion-go/aion/cmd/aion-dev")
	build.Stderr = os.Stderr

	return path, build.Run()
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := program(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// engine is a running aion-dev.
type engine struct {
	addr, url string
	// stop ends it.
	stop func()
}

// startEngine starts aion-dev, which the end of the test ends.
func startEngine(t *testing.T, flags ...string) *engine {
	t.Helper()
	findChromium(t)
	path, err := program()
	if err != nil {
		t.Fatalf("build: got %v, want nil", err)
	}
	args := append([]string{"-listen", "127.0.0.1:0", "-window", "2s"}, flags...)
	command := exec.CommandContext(context.Background(), path, args...)
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatalf("stdin: got %v, want a pipe", err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatalf("stdout: got %v, want a pipe", err)
	}
	if err := command.Start(); err != nil {
		t.Fatalf("aion-dev: got %v, want it to start", err)
	}
	e := &engine{stop: sync.OnceFunc(func() {
		command.Process.Signal(os.Interrupt)
		stdin.Close()
		command.Wait()
	})}
	t.Cleanup(e.stop)
	for lines := bufio.NewScanner(stdout); e.url == "" && lines.Scan(); {
		if _, addr, ok := strings.Cut(lines.Text(), "AION_WORKER_ENDPOINT="); ok {
			e.addr = addr
		}
		_, e.url, _ = strings.Cut(lines.Text(), "on the page: ")
	}
	if e.addr == "" || e.url == "" {
		t.Fatalf("aion-dev: got %+v, want its addresses", e)
	}
	go func() { // Ends with the program.
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
		}
	}()

	return e
}

// trials are the activities that the page runs.
type trials struct {
	// steps makes climb go on.
	steps chan struct{}
	// runs counts how often climb was started.
	runs chan struct{}
}

func (*trials) TaskQueue() string { return queue }

// describedInput has a property of every kind that the form knows.
const describedInput = `{"type":"object","properties":{
	"name":{"type":"string","description":"Who it is."},
	"count":{"type":"integer"},
	"weight":{"type":"number"},
	"urgent":{"type":"boolean"},
	"colour":{"enum":["Red","DarkBlue"],"type":"string"},
	"tags":{"type":"array","items":{"type":"string"}},
	"inner":{"$ref":"#/$defs/Inner"},
	"note":{"type":"string"},
	"parent":{"$ref":"#/$defs/Parent"},
	"labels":{"type":"object","additionalProperties":{"type":"integer"}}},
	"required":["name","count","weight","urgent","colour","tags","inner","labels"],
	"$defs":{"Inner":{"type":"object","properties":{"x":{"type":"integer"}},"required":["x"]},
	"Parent":{"type":"object","properties":{"name":{"type":"string"},
		"parent":{"$ref":"#/$defs/Parent"}},"required":["name"]}}}`

func (*trials) Activities() []aion.ActivityContract {
	open := []byte(`{"type":"object"}`)

	return []aion.ActivityContract{
		{
			Type: "climb",
			InputSchema: []byte(`{"type":"object","properties":{"peak":{"type":"string"}},` +
				`"required":["peak"]}`),
			OutputSchema: open,
		},
		{Type: "describe", InputSchema: []byte(describedInput), OutputSchema: []byte(`true`)},
		{Type: "echo", InputSchema: []byte(`true`), OutputSchema: []byte(`true`)},
		{Type: "fail", InputSchema: open, OutputSchema: open},
		{Type: "wait", InputSchema: open, OutputSchema: open},
	}
}

func (a *trials) Dispatch(ctx context.Context, task *aion.Task) aion.Outcome {
	switch task.ActivityType {
	case "climb":
		return a.climb(ctx)
	case "wait":
		<-ctx.Done()

		return aion.Failed(ctx, context.Cause(ctx))
	case "fail":
		return aion.Failed(ctx, aion.Terminal(os.ErrPermission))
	default:
		return aion.Completed(task.Input)
	}
}

// climb goes up by a quarter at each step.
func (a *trials) climb(ctx context.Context) aion.Outcome {
	a.runs <- struct{}{}
	for percent := 25.0; percent <= 100; percent += 25 {
		select {
		case <-a.steps:
		case <-ctx.Done():
			return aion.Failed(ctx, context.Cause(ctx))
		}
		progress, err := structpb.NewStruct(map[string]any{"percent": percent})
		if err != nil {
			return aion.Failed(ctx, err)
		}
		if err := aion.Heartbeat(ctx, progress); err != nil {
			return aion.Failed(ctx, err)
		}
	}

	return aion.Completed([]byte(`{"reached":9007199254740993}`))
}

// work starts a worker with one stream, which the end of the test ends.
func (e *engine) work(t *testing.T) *trials {
	t.Helper()
	a := &trials{steps: make(chan struct{}), runs: make(chan struct{}, 100)}
	worker, err := aion.NewWorker(aion.Config{
		Endpoint: e.addr, MaxConcurrency: 8, Identity: "trial", Logger: silent(),
		StopGrace: time.Millisecond,
	}, a)
	if err != nil {
		t.Fatalf("NewWorker: got %v, want a worker", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- worker.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("worker: got %v, want nil", err)
		}
	})

	return a
}
