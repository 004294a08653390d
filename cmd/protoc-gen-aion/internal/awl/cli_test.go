package awl_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/awl"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/goldencase"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/outline"
	aionpb "github.com/aion-go/aion/gen/aion"
	"github.com/aion-go/aion/internal/realengine"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

const testdata = "../../testdata"

// cli runs the engine's program, which alone knows what is AWL.
type cli struct {
	*testing.T

	path, home string
}

// findCLI returns the engine's program, or skips the test.
func findCLI(t *testing.T) cli {
	t.Helper()

	return cli{t, realengine.Binary(t), t.TempDir()}
}

// command is a call of the program, in a home of its own.
func (c cli) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(c.Context(), c.path, args...)
	cmd.Env = append(os.Environ(), "HOME="+c.home)

	return cmd
}

// run returns what the program prints, and fails the test with it if it fails.
func (c cli) run(document string, args ...string) string {
	c.Helper()
	cmd := c.command(args...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		text, readErr := os.ReadFile(document)
		c.Fatalf("%s: %v\n%s\n%s", cmd, err, out, errors.Join(readErr, errors.New(string(text))))
	}

	return string(out)
}

// accept checks a document and compiles it, which refuses more than the check does.
func (c cli) accept(text string) {
	c.Helper()
	name := c.write(text)
	c.run(name, "awl", "check", name)
	c.run(name, "awl", "emit", "--target", "beam", "--output", name+".beam", name)
}

func (c cli) write(text string) string {
	c.Helper()
	name := filepath.Join(c.TempDir(), "document.awl")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		c.Fatal(err)
	}

	return name
}

// startSchema is the JSON Schema of the inputs of a document's workflow.
func (c cli) startSchema(text string) map[string]any {
	c.Helper()
	name := c.write(text)
	var schema map[string]any
	if err := json.Unmarshal([]byte(c.run(name, "awl", "schema", name)), &schema); err != nil {
		c.Fatal(err)
	}

	return schema
}

// document is a workflow that does nothing, with inputs and declarations.
func document(inputs, declarations string) string {
	return "//! A test.\nworkflow test\n" + inputs +
		"  outcome done: type String, route success\n\n" + declarations +
		"\nstep run\n  route done(\"\")\n"
}

// eachCase runs a test for each golden case of the plugin.
func eachCase(
	t *testing.T, test func(cli, *outline.Outline, []*pluginpb.CodeGeneratorResponse_File),
) {
	t.Helper()
	program := findCLI(t)
	outlines := goldencase.Outlines(t, testdata)
	for _, name := range goldencase.Names(outlines) {
		if len(outlines[name].Activities) == 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files, _ := awl.Files("all.awl", true, outlines[name])
			test(cli{t, program.path, program.home}, outlines[name], files)
		})
	}
}

func TestEngineAcceptsDeclarations(t *testing.T) {
	t.Parallel()
	eachCase(t, func(
		c cli, _ *outline.Outline, files []*pluginpb.CodeGeneratorResponse_File,
	) {
		c.accept(document("", files[0].GetContent()))
	})
}

func TestEngineAcceptsWorkflows(t *testing.T) {
	t.Parallel()
	eachCase(t, func(
		c cli, _ *outline.Outline, files []*pluginpb.CodeGeneratorResponse_File,
	) {
		for _, file := range files[1:] {
			c.accept(file.GetContent())
		}
	})
}

// What the engine makes of the declarations fits what workers advertise: an engine that has the
// workflows deployed admits the worker.
func TestContractsFit(t *testing.T) {
	t.Parallel()
	eachCase(t, func(c cli, o *outline.Outline, _ []*pluginpb.CodeGeneratorResponse_File) {
		engine, err := devengine.Start(devengine.Config{Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			c.Fatal(err)
		}
		defer engine.Close()
		for _, action := range awl.Actions(o) {
			start := c.startSchema(document(action.Inputs, action.Declarations))
			resultInput := "  input result: " + action.Result + "\n"
			result := c.startSchema(document(resultInput, action.Declarations))
			properties, _ := result["properties"].(map[string]any)
			output, _ := properties["result"].(map[string]any)
			if definitions, some := result["$defs"]; some {
				output["$defs"] = definitions
			}
			err := engine.Deploy(action.Queue, aion.ActivityContract{
				Type:         action.Name,
				InputSchema:  marshal(c.T, start),
				OutputSchema: marshal(c.T, output),
			})
			if err != nil {
				c.Fatal(err)
			}
			if err := register(c.Context(), engine.Addr(), o, action); err != nil {
				c.Errorf("action %s of %s: %v\ninput  %s\noutput %s",
					action.Name, action.Queue, err, marshal(c.T, start), marshal(c.T, output))
			}
			engine.Undeploy(action.Queue)
		}
	})
}

func marshal(t *testing.T, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}

	return text
}

// register registers a worker that serves all activities of an action's queue, less those that are
// pinned to another node than the action.
func register(
	ctx context.Context, addr string, o *outline.Outline, action awl.ActionText,
) error {
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close()
	stream, err := aionpb.NewWorkerProtocolClient(conn).StreamWorker(ctx)
	if err != nil {
		return err
	}
	registration := &aionpb.RegisterWorker{
		Namespaces: []string{"default"}, TaskQueue: action.Queue, MaxConcurrency: new(uint32(1)),
		Node: action.Activity.Node.Value,
	}
	for _, a := range o.Activities {
		isHere := !a.Node.IsSet || a.Node.Value == registration.GetNode()
		if a.Service.Queue == action.Queue && isHere {
			registration.ActivityTypes = append(registration.ActivityTypes, a.ActivityType)
			registration.Activities = append(registration.Activities, &aionpb.ActivityDescriptor{
				Name:             a.ActivityType,
				InputSchemaJson:  string(a.Input.Plan.Schema()),
				OutputSchemaJson: string(a.Output.Plan.Schema()),
			})
		}
	}
	err = stream.Send(&aionpb.WorkerToServer{
		Message: &aionpb.WorkerToServer_Register{Register: registration},
	})
	_, receiveErr := stream.Recv()

	return errors.Join(err, receiveErr)
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	_, warnings := awl.Files("a.awl", false, goldencase.Outlines(t, testdata)["outputs"])
	got := make([]string, 0, len(warnings))
	for _, warning := range warnings {
		got = append(got, warning.Text)
	}
	const want = "rpc outputs.v1.Bare.Box: AWL workflows cannot call it: " +
		`AWL workflows keep no property "@type"`
	if !strings.Contains(strings.Join(got, "\n"), want) {
		t.Errorf("got %q, want %q among them", got, want)
	}
}
