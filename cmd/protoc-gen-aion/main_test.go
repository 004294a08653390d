package main_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/aion-go/aion/internal/version"
)

var update = flag.Bool("update", false, "regenerate testdata; this runs buf and protoc-gen-go")

// plugin is the path of the plugin, built for the tests.
var plugin string

func TestMain(m *testing.M) {
	flag.Parse()
	status, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(status)
}

func buildAndRun(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "protoc-gen-aion")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	plugin = filepath.Join(dir, "protoc-gen-aion.exe") // The suffix matters on Windows alone.
	build := exec.CommandContext(context.Background(), "go", "build", "-o", plugin, ".")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return 0, fmt.Errorf("build the plugin: %w", err)
	}

	return m.Run(), nil
}

// ran is what a run of the plugin left.
type ran struct {
	status         int
	stdout, stderr string
}

// runPlugin runs the plugin to its end.
func runPlugin(t *testing.T, stdin io.Reader, args ...string) ran {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), plugin, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run the plugin: %v", err)
	}

	return ran{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		args  []string
		stdin string
		// The exit status, and what stdout and stderr contain; both are empty where nothing is named.
		status         int
		stdout, stderr string
	}{
		{
			name: "no input", status: 2,
			stderr: "It is a plugin of proto compilers",
		},
		{
			name: "unknown argument", args: []string{"greeter.proto"}, stdin: "\n", status: 2,
			stderr: "It is a plugin of proto compilers",
		},
		{
			name: "no request", stdin: "syntax = \"proto3\";\n", status: 1,
			stderr: "protoc-gen-aion: the input is no request of a proto compiler",
		},
		{
			name: "version", args: []string{"--version"},
			stdout: "protoc-gen-aion " + version.Version + "\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := runPlugin(t, strings.NewReader(tt.stdin), tt.args...)
			if got.status != tt.status {
				t.Errorf("exit status: got %d, want %d", got.status, tt.status)
			}
			contains(t, "stdout", got.stdout, tt.stdout)
			contains(t, "stderr", got.stderr, tt.stderr)
		})
	}
}

func TestInit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	runIn := func(want string, status int) {
		cmd := exec.CommandContext(t.Context(), plugin, "init")
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != status {
			t.Errorf("exit status: got %d and %v, want %d", got, err, status)
		}
		contains(t, "output", string(out), want)
	}
	runIn("wrote proto/aion/activity/v1/options.proto\nwrote buf.yaml\nwrote buf.gen.yaml\n", 0)
	runIn("left buf.gen.yaml alone: it is as it should be\n", 0)
	if err := os.RemoveAll(filepath.Join(dir, "proto")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "proto"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	runIn("protoc-gen-aion: write proto/aion/activity/v1/options.proto: make its folder", 1)
}

// contains checks for a part of a text; an empty part means that the text is empty.
func contains(t *testing.T, name, got, part string) {
	t.Helper()
	if part == "" && got != "" || !strings.Contains(got, part) {
		t.Errorf("%s: got %q, want %q in it", name, got, part)
	}
}

// A plugin that a person starts does not wait for input. Reading from this terminal would.
func TestTerminalAtTheInput(t *testing.T) {
	t.Parallel()
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("the system gives no pseudo-terminal: %v", err)
	}
	defer terminal.Close()
	got := runPlugin(t, terminal)
	if got.status != 2 {
		t.Errorf("exit status: got %d, want 2", got.status)
	}
	contains(t, "stderr", got.stderr, "It is a plugin of proto compilers")
}

func TestMistakesInOptions(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, parameter, want string }{
		{
			"unknown", "paths=source_relative,package_sufix=aion",
			`unknown plugin option "package_sufix": known are package_suffix, paths, module`,
		},
		{"no part of a package name", "package_suffix=-aion", "want letters, digits and underscores"},
		{"name of a test package", "package_suffix=_test", "no _test at the end"},
		{"workflows alone", "awl_workflows=true", "set that, too"},
		{"path type", "paths=relative", `unknown path type "relative"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			response := respond(t, &pluginpb.CodeGeneratorRequest{Parameter: new(tt.parameter)})
			contains(t, "error", response.response.GetError(), tt.want)
		})
	}
}

func TestResponseDeclaresWhatIsSupported(t *testing.T) {
	t.Parallel()
	for _, parameter := range []string{"", "unknown"} {
		response := respond(t, &pluginpb.CodeGeneratorRequest{Parameter: new(parameter)}).response
		const features = uint64(pluginpb.CodeGeneratorResponse_FEATURE_PROTO3_OPTIONAL |
			pluginpb.CodeGeneratorResponse_FEATURE_SUPPORTS_EDITIONS)
		if got := response.GetSupportedFeatures(); got != features {
			t.Errorf("parameter %q: features: got %b, want %b", parameter, got, features)
		}
		const proto2, edition2024 = 998, 1001
		if got := response.GetMinimumEdition(); got != proto2 {
			t.Errorf("parameter %q: minimum edition: got %d, want %d", parameter, got, proto2)
		}
		if got := response.GetMaximumEdition(); got != edition2024 {
			t.Errorf("parameter %q: maximum edition: got %d, want %d", parameter, got, edition2024)
		}
	}
}

// responded is a response of the plugin, and what it warned of meanwhile.
type responded struct {
	response *pluginpb.CodeGeneratorResponse
	bytes    string
	stderr   string
}

// respond sends a request to the plugin.
func respond(t *testing.T, request *pluginpb.CodeGeneratorRequest) responded {
	t.Helper()
	input, err := proto.Marshal(request)
	if err != nil {
		t.Fatalf("encode the request: %v", err)
	}
	got := runPlugin(t, bytes.NewReader(input))
	if got.status != 0 {
		t.Fatalf("exit status: got %d, want 0; stderr: %s", got.status, got.stderr)
	}
	response := new(pluginpb.CodeGeneratorResponse)
	if err := proto.Unmarshal([]byte(got.stdout), response); err != nil {
		t.Fatalf("decode the response: %v", err)
	}

	return responded{response, got.stdout, got.stderr}
}
