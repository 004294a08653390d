package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode"

	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

// prompt runs the activities that lines ask for, all at the same time.
type prompt struct {
	engine *devengine.Engine
	out    *lines
	count  int // of the lines that asked for a run, from 1; the reader's own

	// mu keeps runs from being added while finish waits for them.
	mu       sync.Mutex
	finished bool
	running  sync.WaitGroup
}

func newPrompt(engine *devengine.Engine, out *lines) *prompt {
	return &prompt{engine: engine, out: out}
}

// read takes lines until r ends or the prompt is finished.
func (p *prompt) read(r io.Reader) {
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadString('\n')
		if line = strings.TrimSpace(line); line != "" && !p.take(line) {
			return
		}
		if err != nil {
			return
		}
	}
}

// take starts what one line asks for. It returns false once the prompt is
// finished.
func (p *prompt) take(line string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.finished {
		return false
	}

	p.count++
	id := p.count
	run, err := p.start(id, line)
	if err != nil {
		p.out.printf("[%d] error %v", id, err)
		return true
	}
	p.running.Go(func() { p.report(id, run) })

	return true
}

// finish takes no more lines and waits until the end of every run is printed.
// The engine must be closed, which ends them.
func (p *prompt) finish() {
	p.mu.Lock()
	p.finished = true
	p.mu.Unlock()
	p.running.Wait()
}

func (p *prompt) start(id int, line string) (*devengine.Run, error) {
	activity, input, err := parseLine(line)
	if err != nil {
		return nil, err
	}

	served := p.served(activity.TaskQueue)
	run, err := p.engine.StartRun(activity, []byte(input),
		devengine.WithProgress(func(progress devengine.Progress) {
			p.out.printf("[%d] progress %s", id, progress.JSON)
		}),
		devengine.WithAttempts(func(attempt devengine.Attempt) { p.attempt(id, attempt) }))
	if err == nil && !served {
		p.out.printf("[%d] waits for a worker of task queue %q", id, activity.TaskQueue)
	}

	return run, err //nolint:wrapcheck // Names the activity.
}

func (p *prompt) attempt(id int, a devengine.Attempt) {
	text := fmt.Sprintf("attempt %d of %d %s on worker %d", a.Number, a.Of, a.State, a.WorkerID)
	if a.Err != nil {
		text += ": " + a.Err.Error()
	}
	p.out.printf("[%d] %s", id, text)
}

// report prints the end of a run.
func (p *prompt) report(id int, run *devengine.Run) {
	output, err := run.Wait(context.Background())
	if err != nil {
		p.out.printf("[%d] error %v", id, err)
		return
	}
	p.out.printf("[%d] result %s", id, output)
}

func (p *prompt) served(taskQueue string) bool {
	for _, worker := range p.engine.Workers() {
		if worker.TaskQueue == taskQueue && !worker.Draining {
			return true
		}
	}

	return false
}

// parseLine splits QUEUE ACTIVITY JSON; the JSON may contain spaces.
func parseLine(line string) (aion.ActivitySpec, string, error) {
	queue, rest := word(line)
	activity, input := word(rest)
	if input == "" {
		return aion.ActivitySpec{}, "", errors.New("want a line QUEUE ACTIVITY JSON")
	}

	return aion.ActivitySpec{TaskQueue: queue, Type: activity}, input, nil
}

// word splits the first word off.
func word(text string) (first, rest string) {
	i := strings.IndexFunc(text, unicode.IsSpace)
	if i < 0 {
		return text, ""
	}

	return text[:i], strings.TrimSpace(text[i:])
}
