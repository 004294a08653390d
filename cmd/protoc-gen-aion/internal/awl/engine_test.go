package awl_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/awl"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/example"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/goldencase"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/outline"
	emptyv1 "github.com/aion-go/aion/cmd/protoc-gen-aion/testdata/empty/want/empty/v1"
	aion "github.com/aion-go/aion/runtime"
)

// examples serves the activities of a queue: it takes what their contract takes, and answers with
// the example of their output.
type examples struct {
	outline *outline.Outline
	queue   string
}

func (e examples) TaskQueue() string { return e.queue }

func (e examples) Activities() []aion.ActivityContract {
	var contracts []aion.ActivityContract
	for _, a := range e.outline.Activities {
		if a.Service.Queue == e.queue {
			contracts = append(contracts, aion.ActivityContract{
				Type:         a.ActivityType,
				InputSchema:  a.Input.Plan.Schema(),
				OutputSchema: a.Output.Plan.Schema(),
				Node:         a.Node.Value,
			})
		}
	}

	return contracts
}

var errUnknown = errors.New("no such activity")

func (e examples) Dispatch(ctx context.Context, task aion.Task) aion.Outcome {
	for _, a := range e.outline.Activities {
		if a.Service.Queue != e.queue || a.ActivityType != task.ActivityType {
			continue
		}
		err := a.Input.Plan.Decode(task.Input, dynamicpb.NewMessage(a.Input.Message))
		if err != nil {
			return aion.Failed(ctx, aion.Terminal(err))
		}
		result, err := example.JSON(e.outline, a.Output)
		if err != nil {
			return aion.Failed(ctx, aion.Terminal(err))
		}

		return aion.Completed([]byte(result))
	}

	return aion.Failed(ctx, aion.Terminal(errUnknown))
}

// Each workflow runs to its end on the engine itself, with a worker that holds to the contracts.
func TestEngineRunsWorkflows(t *testing.T) {
	t.Parallel()
	program := findCLI(t)
	outlines := goldencase.Outlines(t, testdata)
	for _, name := range []string{"outputs", "options"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, o := cli{t, program.path, t.TempDir()}, outlines[name]
			endpoint := c.serve()
			log := slog.New(slog.DiscardHandler)
			defer c.work(endpoint, log, dispatchers(o)...)()
			for _, action := range awl.Actions(o) {
				c.runWorkflow(o, endpoint, action)
			}
		})
	}
}

// registrations tells of each "worker registered" in a worker's log.
type registrations struct {
	slog.Handler

	seen chan<- struct{}
}

func (r registrations) WithAttrs([]slog.Attr) slog.Handler { return r }

func (r registrations) Enabled(context.Context, slog.Level) bool { return true }

func (r registrations) Handle(_ context.Context, record slog.Record) error {
	if record.Message == "worker registered" {
		r.seen <- struct{}{}
	}

	return nil
}

// A service whose rpcs are still to come is served as any other is.
func TestEngineAdmitsServicesWithoutRPCs(t *testing.T) {
	t.Parallel()
	program := findCLI(t)
	c := cli{t, program.path, t.TempDir()}
	seen := make(chan struct{}, 8) // More streams than a worker with one slot opens.
	log := slog.New(registrations{slog.DiscardHandler, seen})
	defer c.work(c.serve(), log, emptyv1.NewLaterDispatcher(struct{}{}))()
	select {
	case <-seen:
	case <-time.After(30 * time.Second):
		t.Error("got no registration within 30 s, want one")
	}
}

// dispatchers are those of all queues.
func dispatchers(o *outline.Outline) []aion.Dispatcher {
	queues := make(map[string]aion.Dispatcher)
	for _, a := range o.Activities {
		queues[a.Service.Queue] = examples{o, a.Service.Queue}
	}

	return slices.Collect(maps.Values(queues))
}

// work starts a worker, and returns what stops it.
func (c cli) work(
	endpoint string, log *slog.Logger, dispatchers ...aion.Dispatcher,
) (stop func()) {
	c.Helper()
	worker, err := aion.NewWorker(
		aion.Config{Endpoint: endpoint, MaxConcurrency: 1, Logger: log}, dispatchers...,
	)
	if err != nil {
		c.Fatal(err)
	}
	ctx, cancel := context.WithCancel(c.Context())
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(ctx) }()

	return func() {
		cancel()
		if err := <-ended; err != nil {
			c.Errorf("worker: got %v, want a graceful stop", err)
		}
	}
}

// runWorkflow runs the workflow of an action with the example of its activity's input.
func (c cli) runWorkflow(o *outline.Outline, endpoint string, action awl.ActionText) {
	c.Helper()
	name := c.write(action.Workflow)
	out := c.run(name, "run", name, "--endpoint", "http://"+endpoint, "--timeout", "60s",
		"--input", c.inputOf(o, action))
	if !strings.Contains(out, `"result":{"outcome":"done"`) {
		c.Errorf("%s of %s: got %s, want the outcome done", action.Name, action.Queue, out)
	}
}

// inputOf is the example of an activity's input as that of a workflow.
func (c cli) inputOf(o *outline.Outline, action awl.ActionText) string {
	c.Helper()
	text, err := example.JSON(o, action.Activity.Input)
	if err != nil {
		c.Fatal(err)
	}
	input := make(map[string]any)
	properties := make(map[string]any)
	if len(action.Arguments) > 0 {
		if err := json.Unmarshal([]byte(text), &properties); err != nil {
			c.Fatal(err)
		}
	}
	for property, value := range properties {
		if name, ok := action.Arguments[property]; ok {
			input[name] = value
		}
	}

	return string(marshal(c.T, input))
}

// configuration of a server that keeps nothing.
const configuration = `[store]
backend = "memory"

[deploy]
enabled = true
`

// serve starts a server for the time of the test and returns its address.
func (c cli) serve() string {
	c.Helper()
	config := filepath.Join(c.home, "config.toml")
	if err := os.WriteFile(config, []byte(configuration), 0o600); err != nil {
		c.Fatal(err)
	}
	http, endpoint := c.freeAddress(), c.freeAddress()
	cmd := c.command("server", "--config", config,
		"--listen-address", http, "--grpc-address", endpoint)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	log, err := cmd.StdoutPipe()
	if err != nil {
		c.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		c.Fatal(err)
	}
	read := make(chan struct{})
	c.Cleanup(func() { // The test's context has ended, and with it the server.
		<-read
		cmd.Wait()
	})
	var lines []string
	for scanner := bufio.NewScanner(log); scanner.Scan(); {
		lines = append(lines, scanner.Text())
		if strings.Contains(scanner.Text(), "startup catch-up complete") {
			go func() { // Joined by the cleanup.
				io.Copy(io.Discard, log)
				close(read)
			}()

			return endpoint
		}
	}
	close(read)
	c.Fatalf("the server ended: %s", strings.Join(lines, "\n"))

	return ""
}

// freeAddress is an address of this machine that nothing listens at.
func (c cli) freeAddress() string {
	c.Helper()
	listener, err := new(net.ListenConfig).Listen(c.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		c.Fatal(err)
	}
	defer listener.Close()

	return fmt.Sprint(listener.Addr())
}
