package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/aion-go/aion/cmd/aion-dev/internal/api"
	"github.com/aion-go/aion/internal/version"
)

// startWithPage is a running engine with its page, and the page's URL.
func startWithPage(t *testing.T) (*program, string) {
	t.Helper()
	p := start(t, "-page", "127.0.0.1:0")
	p.line("export AION_WORKER_NAMESPACE=default")
	p.line("QUEUE ACTIVITY JSON")
	_, url, _ := strings.Cut(p.line("or on the page: http://127.0.0.1:"), "page: ")

	return p, url
}

// commandRun is what a command printed and ended with.
type commandRun struct {
	code           int
	stdout, stderr string
}

func runCommand(t *testing.T, stdin string, args ...string) commandRun {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(stdin), &stdout, &stderr)

	return commandRun{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

func TestMisusedCommands(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"run of nothing", []string{"run"}, "0 arguments: want 1"},
		{"run of two", []string{"run", "a", "b"}, "2 arguments: want 1"},
		{"unknown flag", []string{"run", "a", "-nothing"}, "-nothing"},
		{"input", []string{"run", "a", "-input", "{"}, `-input: want a JSON text, got "{"`},
		{"argument of workers", []string{"workers", "a"}, "1 arguments: want 0"},
		{"argument of runs", []string{"runs", "a"}, "1 arguments: want 0"},
		{"number of runs", []string{"runs", "-n", "0"}, "-n: want a number from 1, got 0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := runCommand(t, "", test.args...)
			if got.code != exitUsage || got.stdout != "" {
				t.Errorf(
					"exit code: got %d and stdout %q, want %d and nothing",
					got.code,
					got.stdout,
					exitUsage,
				)
			}
			if !strings.Contains(got.stderr, test.want) || !strings.Contains(got.stderr, "-page") {
				t.Errorf("stderr: got %q, want %q and the usage", got.stderr, test.want)
			}
		})
	}
}

func TestCommandsWithoutAnEngine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{
			"nobody there",
			[]string{"workers", "-page", "127.0.0.1:1"},
			"no aion-dev at http://127.0.0.1:1: start it",
		},
		{"run", []string{"run", "a", "-page", "127.0.0.1:1"}, "no aion-dev at"},
		{"watch", []string{"runs", "-watch", "-page", "127.0.0.1:1"}, "no aion-dev at"},
		{"no address", []string{"runs", "-page", "ftp://x"}, `page "ftp://x": want host:port`},
		{"nonsense", []string{"runs", "-page", "a b"}, `page "a b": want host:port`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := runCommand(t, "", test.args...)
			if got.code != exitError || !strings.Contains(got.stderr, test.want) {
				t.Errorf(
					"got %d and %q, want %d and %q",
					got.code,
					got.stderr,
					exitError,
					test.want,
				)
			}
		})
	}
}

func TestHelpOfCommands(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"run", "workers", "runs"} {
		got := runCommand(t, "", name, "-help")
		if got.code != exitOK || !strings.Contains(got.stderr, "usage: aion-dev "+name) {
			t.Errorf("%s: got %d and %q, want %d and the usage", name, got.code, got.stderr, exitOK)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"version", "-version", "--version"} {
		if got := runCommand(
			t,
			"",
			name,
		); got.code != exitOK ||
			got.stdout != "aion-dev "+version.Version+"\n" {
			t.Errorf(
				"%s: got %d and %q, want %d and the version",
				name,
				got.code,
				got.stdout,
				exitOK,
			)
		}
	}
}

func TestRunPrintsTheResult(t *testing.T) {
	t.Parallel()
	p, url := startWithPage(t)
	p.worker("")
	for _, test := range []struct {
		name  string
		stdin string
		args  []string
		want  string
	}{
		{"flags after", "", []string{"charge", "-queue", "payments", "-input", `{"n":1}`}, `{"n":1}`},
		{"flags before", "", []string{"-queue", "payments", "-input", `"<&>"`, "charge"}, `"<&>"`},
		{
			"stdin",
			" 9007199254740993\n",
			[]string{"charge", "-queue", "payments", "--input", "-"},
			`9007199254740993`,
		},
		{"no input", "", []string{"charge", "-queue", "payments"}, `{}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := runCommand(t, test.stdin, append([]string{"run", "-page", url}, test.args...)...)
			if got.code != exitOK || got.stdout != test.want+"\n" {
				t.Errorf(
					"got %d and %q, %q, want %d and %q",
					got.code,
					got.stdout,
					got.stderr,
					exitOK,
					test.want,
				)
			}
			if !strings.Contains(got.stderr, "attempt 1 of 4 completed on worker 1") {
				t.Errorf("stderr: got %q, want the attempts in lines", got.stderr)
			}
		})
	}
}

func TestRunFailsWithItsActivity(t *testing.T) {
	t.Parallel()
	p, url := startWithPage(t)
	p.worker("")
	want := `activity "bad": attempt 1 of 4: card declined`
	got := runCommand(t, "", "run", "-page", url, "-queue", "payments", "bad")
	if got.code != exitError || got.stdout != "" ||
		!strings.Contains(got.stderr, "aion-dev: "+want) {
		t.Errorf(
			"got %d, %q and %q, want %d and %q",
			got.code,
			got.stdout,
			got.stderr,
			exitError,
			want,
		)
	}

	got = runCommand(t, "", "run", "-page", url, "-queue", "payments", "bad", "-json")
	var detail api.RunDetail
	if err := json.Unmarshal([]byte(got.stdout), &detail); err != nil {
		t.Fatalf("stdout: got %q, want JSON", got.stdout)
	}
	if got.code != exitError || detail.State != api.StateFailed || detail.Failure != want {
		t.Errorf("got %d and %+v, want %d and a failed run", got.code, detail, exitError)
	}

	got = runCommand(t, "", "run", "-page", url, "charge")
	if got.code != exitError || !strings.Contains(got.stderr, "no connected worker lists it") {
		t.Errorf(
			"got %d and %q, want %d and that nobody serves it",
			got.code,
			got.stderr,
			exitError,
		)
	}
}

// TestSignalCancelsTheRun runs what no worker serves.
func TestSignalCancelsTheRun(t *testing.T) {
	t.Parallel()
	_, url := startWithPage(t)
	stderr, stderrWriter := io.Pipe()
	ctx, interrupt := context.WithCancel(t.Context())
	code := make(chan int, 1)
	go func() {
		args := []string{"run", "-page", url, "-queue", "nobody", "charge"}
		code <- run(ctx, args, strings.NewReader(""), io.Discard, stderrWriter)
		stderrWriter.Close()
	}()
	buffer := make([]byte, 1024)
	n, err := stderr.Read(buffer)
	if got := string(
		buffer[:n],
	); err != nil ||
		!strings.Contains(got, `waits for a worker of task queue "nobody"`) {
		t.Errorf("stderr: got %q, %v, want that it waits", got, err)
	}
	interrupt()
	rest, _ := io.ReadAll(stderr)
	if got := <-code; got != exitError ||
		!strings.Contains(string(rest), `activity "charge": cancelled`) {
		t.Errorf("got %d and %q, want %d and that it is cancelled", got, rest, exitError)
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	p, url := startWithPage(t)
	p.worker("")
	for _, activity := range []string{"charge", "bad"} {
		runCommand(t, "", "run", "-page", url, "-queue", "payments", activity)
	}

	got := runCommand(t, "", "workers", "-page", url)
	for _, want := range []string{"ID  IDENTITY  QUEUE", "1   script    payments  -     0 of 4  ready"} {
		if got.code != exitOK || !strings.Contains(got.stdout, want) {
			t.Errorf("workers: got %d and %q, %q, want %q", got.code, got.stdout, got.stderr, want)
		}
	}
	var workers []api.Worker
	got = runCommand(t, "", "workers", "-page", url, "-json")
	if err := json.Unmarshal(
		[]byte(got.stdout),
		&workers,
	); err != nil || len(workers) != 1 ||
		workers[0].Slots != 4 {
		t.Errorf("workers: got %q, want one with 4 slots", got.stdout)
	}

	got = runCommand(t, "", "runs", "-page", url)
	lines := strings.Split(got.stdout, "\n")
	if len(lines) != 4 ||
		!strings.HasPrefix(lines[1], "1    charge    payments  completed  1 of 4") ||
		!strings.HasPrefix(lines[2], "2    bad       payments  failed     1 of 4") ||
		!strings.HasSuffix(lines[2], "card declined") {
		t.Errorf("runs: got %q, want both, the newest last", got.stdout)
	}
	var runs []api.Run
	got = runCommand(t, "", "runs", "-page", url, "-json", "-n", "1")
	if err := json.Unmarshal(
		[]byte(got.stdout),
		&runs,
	); err != nil || len(runs) != 1 ||
		runs[0].Number != 2 {
		t.Errorf("runs: got %q, want run 2 alone", got.stdout)
	}
}

func TestWatchPrintsChanges(t *testing.T) {
	t.Parallel()
	p, url := startWithPage(t)
	p.worker("")
	for range 3 {
		runCommand(t, "", "run", "-page", url, "-queue", "payments", "charge")
	}
	stdout, stdoutWriter := io.Pipe()
	ctx, interrupt := context.WithCancel(t.Context())
	code := make(chan int, 1)
	go func() {
		args := []string{"runs", "-watch", "-n", "1", "-page", url}
		code <- run(ctx, args, strings.NewReader(""), stdoutWriter, io.Discard)
		stdoutWriter.Close()
	}()
	buffer := make([]byte, 1024)
	n, _ := stdout.Read(buffer)
	if got := string(
		buffer[:n],
	); !strings.HasPrefix(
		got,
		"run 3: charge on payments: completed, attempt 1 of 4",
	) {
		t.Errorf("line: got %q, want run 3", got)
	}
	runCommand(t, "", "run", "-page", url, "-queue", "payments", "bad")
	for seen := ""; !strings.Contains(seen, "card declined"); seen = string(buffer[:n]) {
		var err error
		if n, err = stdout.Read(buffer); err != nil {
			t.Fatalf("stdout: got %v, want run 4 as it failed", err)
		}
	}
	interrupt()
	io.Copy(io.Discard, stdout)
	if got := <-code; got != exitOK {
		t.Errorf("exit code: got %d, want %d", got, exitOK)
	}
}

func TestPageThatIsTaken(t *testing.T) {
	t.Parallel()
	_, url := startWithPage(t)
	addr := strings.Trim(strings.TrimPrefix(url, "http://"), "/")
	got := runCommand(t, "", "-listen", "127.0.0.1:0", "-page", addr)
	if got.code != exitError || !strings.Contains(got.stderr, addr) ||
		!strings.Contains(got.stderr, "with -page") {
		t.Errorf(
			"got %d and %q, want %d, the address and the way out",
			got.code,
			got.stderr,
			exitError,
		)
	}
}

func TestPageAddress(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"default", nil, defaultPage},
		{"any port of the engine", []string{"-listen", "127.0.0.1:0"}, "127.0.0.1:0"},
		{"given", []string{"-listen", "127.0.0.1:0", "-page", "127.0.0.1:7"}, "127.0.0.1:7"},
		{"none", []string{"-page", ""}, ""},
		{"other port of the engine", []string{"-listen", "0.0.0.0:7"}, defaultPage},
	} {
		cfg, err := parse(test.args, io.Discard)
		if err != nil || cfg.page != test.want {
			t.Errorf("%s: got %q, %v, want %q", test.name, cfg.page, err, test.want)
		}
	}
}

func TestBar(t *testing.T) {
	t.Parallel()
	percent := func(p float64) *float64 { return &p }
	for _, test := range []struct {
		name string
		run  api.Run
		want string
	}{
		{
			"waits",
			api.Run{State: api.StateQueued, Queue: "q"},
			`run 7: queued, waits for a worker of task queue "q"`,
		},
		{"one attempt", api.Run{State: api.StateRunning, Attempt: 1, Attempts: 1}, "run 7: running"},
		{
			"attempts",
			api.Run{State: api.StateRunning, Attempt: 2, Attempts: 4},
			"run 7: running, attempt 2 of 4",
		},
		{
			"half",
			api.Run{State: api.StateRunning, Attempt: 1, Attempts: 1, Percent: percent(50)},
			"[###############---------------]  50 %  run 7: running",
		},
		{
			"all",
			api.Run{State: api.StateRunning, Attempt: 1, Attempts: 1, Percent: percent(100)},
			"[##############################] 100 %  run 7: running",
		},
		{
			"long",
			api.Run{State: api.StateQueued, Queue: strings.Repeat("ä", 80)},
			`run 7: queued, waits for a worker of task queue "` + strings.Repeat("ä", 29) + "…",
		},
	} {
		test.run.Number = 7
		if got := bar(api.RunDetail{Run: test.run}); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestProgressViews(t *testing.T) {
	t.Parallel()
	run := api.RunDetail{
		Run: api.Run{Number: 7, State: api.StateQueued, Queue: "q"},
	}
	later := run
	later.Attempt, later.State = 1, api.StateRunning
	later.History = []api.Attempt{{Number: 1, Of: 2, WorkerID: 3, State: "lost", Error: "gone"}}
	later.Progress = &api.Progress{JSON: []byte(`{"percent":5}`)}

	var lines bytes.Buffer
	view := newProgressView(&lines) // No terminal.
	for _, r := range []api.RunDetail{run, run, later, later} {
		view.see(r)
	}
	view.finish()
	want := "run 7: waits for a worker of task queue \"q\"\n" +
		"run 7: attempt 1 of 2 lost on worker 3: gone\nrun 7: progress {\"percent\":5}\n"
	if got := lines.String(); got != want {
		t.Errorf("lines: got %q, want %q", got, want)
	}

	var drawn bytes.Buffer
	view = &progressView{w: &drawn, redraws: true}
	view.see(later)
	view.finish()
	if got, want := drawn.String(), "\r\x1b[Krun 7: running, {\"percent\":5}\r\x1b[K"; got != want {
		t.Errorf("drawn: got %q, want %q", got, want)
	}
}

func TestIsTerminal(t *testing.T) {
	t.Parallel()
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatalf("file: got %v, want one", err)
	}
	defer file.Close()
	if isTerminal(file) || isTerminal(io.Discard) {
		t.Error("a file and no file: got a terminal, want none")
	}
}
