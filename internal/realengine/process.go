package realengine

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	// patience bounds every wait for a process.
	patience = 30 * time.Second
	// pipePatience bounds the wait for output once a process has ended.
	pipePatience = 5 * time.Second
)

// Process is a program that runs for a test, with what it starts itself. It ends
// with the test, and its log is shown when the test fails. Its methods belong to
// the test's goroutine, apart from Log and WaitForLog.
type Process struct {
	tb   testing.TB
	name string
	path string
	args []string
	env  []string
	log  *journal

	cmd   *exec.Cmd
	start int           // Where the log of this incarnation begins.
	ended chan struct{} // Closed when it has ended and its output is read.
}

// StartProcess runs a program with arguments, and env in addition to the test's
// own environment less all variables of the engine, AION_….
func StartProcess(tb testing.TB, path string, args, env []string) *Process {
	tb.Helper()
	p := newProcess(tb, path, args, env)
	p.launch()

	return p
}

// newProcess is StartProcess without the start.
func newProcess(tb testing.TB, path string, args, env []string) *Process {
	tb.Helper()
	p := &Process{
		tb: tb, name: path[strings.LastIndexByte(path, '/')+1:], path: path, args: args,
		env: append(environment(), env...), log: newJournal(), ended: make(chan struct{}),
	}
	close(p.ended)
	tb.Cleanup(func() {
		p.Kill()
		if tb.Failed() {
			tb.Logf("the log of %s:\n%s", p.name, p.log)
		}
	})

	return p
}

// environment is the test's own without what configures engines and workers.
func environment() []string {
	var env []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "AION_") {
			env = append(env, variable)
		}
	}

	return env
}

// launch starts the program. The goroutine that waits for it ends with it, and
// Kill, which the cleanup calls, waits for that.
func (p *Process) launch() {
	p.tb.Helper()
	p.start = p.log.mark()
	p.cmd = exec.Command(p.path, p.args...) //nolint:noctx,gosec // Kill ends it; it is a test's.
	p.cmd.Env = p.env
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.WaitDelay = pipePatience
	ownGroup(p.cmd)
	p.ended = make(chan struct{})
	cmd, ended := p.cmd, p.ended
	if err := cmd.Start(); err != nil {
		close(ended)
		p.tb.Fatalf("%s: %v", p.name, err)
	}
	go func() {
		defer close(ended)
		_ = cmd.Wait() // The state says how it ended.
	}()
}

// Log returns what the process has printed, over all its incarnations.
func (p *Process) Log() string { return p.log.String() }

// WaitForLog waits until the process, in its present incarnation, has printed a
// text. It is an error when it ends without it, or takes longer than 30 s.
func (p *Process) WaitForLog(ctx context.Context, text string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()

	return p.log.wait(ctx, p.start, text, p.ended)
}

// Ended is closed when the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Kill ends the process with SIGKILL, if it runs, and waits for its end.
func (p *Process) Kill() {
	p.tb.Helper()
	select {
	case <-p.ended:
	default:
		kill(p.cmd.Process)
		<-p.ended
	}
}

// Terminate ends the process with SIGTERM and returns its exit code, or -1 when
// a signal ended it. A process that is still there after 30 s is killed and
// fails the test.
func (p *Process) Terminate() int {
	p.tb.Helper()
	p.signal(terminate)
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.tb.Errorf("%s is still there %s after SIGTERM", p.name, patience)
		p.Kill()
	}

	return p.cmd.ProcessState.ExitCode()
}

// Pause stops the process as it stands, with SIGSTOP. Its connections stay.
func (p *Process) Pause() {
	p.tb.Helper()
	p.signal(pause)
}

// Continue lets a paused process go on.
func (p *Process) Continue() {
	p.tb.Helper()
	p.signal(resume)
}

func (p *Process) signal(signal syscall.Signal) {
	p.tb.Helper()
	if err := send(p.cmd.Process, signal); err != nil {
		p.tb.Fatalf("signal %s for %s: %v", signal, p.name, err)
	}
}
