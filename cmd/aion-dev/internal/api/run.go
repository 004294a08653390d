package api

import (
	"encoding/json"
	"time"
)

// State is where a run is.
type State string

const (
	// StateQueued is that of a run that waits for a worker with a free slot.
	StateQueued State = "queued"
	// StateRunning is that of a run that a worker holds.
	StateRunning State = "running"
	// StateWaiting is that of a run that waits out the backoff before a retry.
	StateWaiting State = "waiting"
	// StateCompleted is that of a run with a result.
	StateCompleted State = "completed"
	// StateFailed is that of a run whose activity failed for good.
	StateFailed State = "failed"
	// StateCancelled is that of a run that was cancelled, or ended by the engine.
	StateCancelled State = "cancelled"
)

// Ended says whether nothing further happens to a run in this state.
func (s State) Ended() bool {
	return s == StateCompleted || s == StateFailed || s == StateCancelled
}

// Run is a run in short, as lists show it.
type Run struct {
	// Number counts runs from 1, in the order of their start.
	Number int `json:"number"`
	// WorkflowID is what the run's tasks carry, and what logs show.
	WorkflowID string `json:"workflowId"`
	Namespace  string `json:"namespace"`
	Queue      string `json:"queue"`
	Activity   string `json:"activity"`
	Node       string `json:"node,omitempty"`
	State      State  `json:"state"`
	// Attempt is the newest attempt, 0 before the first; Attempts is how many the
	// retry policy allows, 0 before the first.
	Attempt  int `json:"attempt"`
	Attempts int `json:"attempts"`
	// WorkerID is the registration that had the newest attempt, 0 for none.
	WorkerID uint64 `json:"workerId,omitempty"`
	// Percent is that of the newest progress of the attempt, when it has one.
	Percent *float64 `json:"percent,omitempty"`
	// Error is the beginning of why the run failed or was cancelled.
	Error   string     `json:"error,omitempty"`
	Started time.Time  `json:"started"`
	Ended   *time.Time `json:"ended,omitempty"`
}

// RunDetail is a run with everything that is kept of it.
type RunDetail struct {
	Run

	// Revision grows with every change.
	Revision uint64          `json:"revision"`
	Input    json.RawMessage `json:"input"`
	// Output is the result of a completed run.
	Output json.RawMessage `json:"output,omitempty"`
	// Failure is the whole text of Error.
	Failure  string    `json:"failure,omitempty"`
	Progress *Progress `json:"progress,omitempty"`
	// History is what happened to its attempts, oldest first; HistoryDropped is
	// how many entries before it are kept no more.
	History        []Attempt `json:"history"`
	HistoryDropped int       `json:"historyDropped,omitempty"`
}

// Progress is the newest progress of a run.
type Progress struct {
	Attempt  int             `json:"attempt"`
	WorkerID uint64          `json:"workerId"`
	At       time.Time       `json:"at"`
	JSON     json.RawMessage `json:"json"`
}

// Attempt is something that happened to an attempt.
type Attempt struct {
	Number   int       `json:"number"`
	Of       int       `json:"of"`
	WorkerID uint64    `json:"workerId"`
	State    string    `json:"state"`
	At       time.Time `json:"at"`
	Error    string    `json:"error,omitempty"`
}

// Start asks for a run.
type Start struct {
	// Queue may be empty when connected workers serve Activity on one queue only.
	Queue    string `json:"queue,omitempty"`
	Activity string `json:"activity"`
	// Namespace is the engine's first one when it is empty.
	Namespace string `json:"namespace,omitempty"`
	// Node pins the run to the workers of a node.
	Node  string          `json:"node,omitempty"`
	Input json.RawMessage `json:"input"`
}
