// Package process runs the programs that the benchmarks drive, and reads what they
// cost. The costs are read from /proc and are there on Linux only.
package process

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Process is a program that runs. Its methods belong to one goroutine.
type Process struct {
	cmd *exec.Cmd
	in  io.Writer
	out *bufio.Reader
	err strings.Builder // What it wrote to its standard error, once it has ended.
}

// Start starts a program, on one processor if core is not negative; that takes the
// program taskset. It ends with ctx at the latest.
func Start(ctx context.Context, core int, env, command []string) (*Process, error) {
	if core >= 0 {
		command = append([]string{"taskset", "-c", strconv.Itoa(core)}, command...)
	}
	p := &Process{cmd: exec.CommandContext(ctx, command[0], command[1:]...)} //nolint:gosec // As asked.
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stderr = &p.err
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.in, p.out = in, bufio.NewReader(out)

	return p, p.cmd.Start()
}

// Line reads the next line that the process writes.
func (p *Process) Line() (string, error) {
	line, err := p.out.ReadString('\n')
	if err != nil {
		return "", p.Blame(err)
	}

	return strings.TrimSpace(line), nil
}

// Blame ends the process, and adds what it wrote to its standard error.
func (p *Process) Blame(err error) error {
	p.Stop()

	return fmt.Errorf("%s: %w: %s", strings.Join(p.cmd.Args, " "), err, strings.TrimSpace(p.err.String()))
}

// Ask writes a question, a line, and reads the answer, a line of JSON.
func (p *Process) Ask(question string, answer any) error {
	if _, err := fmt.Fprintln(p.in, question); err != nil {
		return p.Blame(err)
	}
	line, err := p.Line()
	if err != nil {
		return err
	}

	return json.Unmarshal([]byte(line), answer)
}

// Command is Ask with a question in JSON.
func (p *Process) Command(command, reply any) error {
	text, err := json.Marshal(command)
	if err != nil {
		return err
	}

	return p.Ask(string(text), reply)
}

// Stop kills the process and waits for its end.
func (p *Process) Stop() {
	_ = p.cmd.Process.Kill() // It only fails when it has ended.
	_ = p.cmd.Wait()         // It says that it was killed.
}

// HasEnded reports whether the process has ended by itself.
func (p *Process) HasEnded() bool {
	fields, err := p.stat()

	return err != nil || fields[0] == "Z"
}

// tick is the unit of processor times in /proc.
const tick = time.Second / 100

// The fields of /proc/PID/stat after the name, from 0: see proc_pid_stat(5).
const (
	fieldUser   = 11
	fieldSystem = 12
)

// CPU is the processor time that the process has used, to a hundredth of a second.
func (p *Process) CPU() (time.Duration, error) {
	fields, err := p.stat()
	if err != nil {
		return 0, err
	}
	user, userErr := strconv.Atoi(fields[fieldUser])
	system, systemErr := strconv.Atoi(fields[fieldSystem])

	return time.Duration(user+system) * tick, errors.Join(userErr, systemErr)
}

// stat returns the fields after the name.
func (p *Process) stat() ([]string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return nil, err
	}
	_, after, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(after)
	if len(fields) <= fieldSystem {
		return nil, errors.New("/proc has no processor time")
	}

	return fields, nil
}

// PeakRSS is the most memory that the process has had resident, in bytes.
func (p *Process) PeakRSS() (uint64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)

			return kib << 10, err
		}
	}

	return 0, errors.New("/proc has no peak of resident memory")
}
