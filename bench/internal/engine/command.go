package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// The operations of a Command.
const (
	OpAwait = "await" // Wait until the worker offers Tasks slots, for Duration.
	OpRun   = "run"   // Keep Window free slots full, for Duration or for Tasks tasks.
	OpFill  = "fill"  // Send Tasks tasks that never end.
)

// Command is what the engine is told to do, as a line of JSON on its input.
type Command struct {
	Op       string        `json:"op"`
	Types    []string      `json:"types"` // The activity types of the tasks, in turn.
	Tasks    int           `json:"tasks"`
	Window   int           `json:"window"` // About how many slots are used; 0 for all.
	Duration time.Duration `json:"duration"`
	NoAcks   bool          `json:"noAcks"` // Results are not acknowledged.
}

// Reply is the answer to a Command, as a line of JSON on the engine's output.
type Reply struct {
	Totals

	// Error says what went wrong; empty when nothing did.
	Error string `json:"error"`
	// Registered is when the last stream registered that was awaited.
	Registered time.Time `json:"registered"`
}

// Main is the engine as a program of its own: it prints its address, and then
// does what commands say until they end.
func Main(commands io.Reader, replies io.Writer) error {
	e, address, err := Listen()
	if err != nil {
		return err
	}
	defer e.Close()
	fmt.Fprintln(replies, address)
	in, out := json.NewDecoder(commands), json.NewEncoder(replies)
	for {
		var c Command
		if err := in.Decode(&c); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := out.Encode(e.Do(c)); err != nil {
			return err
		}
	}
}

// Do carries a command out.
func (e *Engine) Do(c Command) Reply {
	var reply Reply
	var err error
	switch c.Op {
	case OpAwait:
		reply.Registered, err = e.await(c.Tasks, c.Duration)
	case OpRun:
		reply.Totals, err = e.run(c)
	case OpFill:
		err = e.fill(c.Types, c.Tasks)
	default:
		err = fmt.Errorf("no operation %q", c.Op)
	}
	if err != nil {
		reply.Error = err.Error()
	}

	return reply
}
