package realengine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// pollInterval is the time between two looks at a workflow.
const pollInterval = 20 * time.Millisecond

// workflowPatience bounds the wait for a workflow.
const workflowPatience = time.Minute

// Execution is a workflow that was started.
type Execution struct {
	WorkflowID string `json:"workflow_id"` //nolint:tagliatelle // The engine's.
	RunID      string `json:"run_id"`      //nolint:tagliatelle // The engine's.
}

// Summary is what the engine tells about an execution.
type Summary struct {
	Execution

	WorkflowType  string `json:"workflow_type"`  //nolint:tagliatelle // The engine's.
	Status        string `json:"status"`         // Running, Completed, Failed, Cancelled, TimedOut, …
	FailedStep    string `json:"failed_step"`    //nolint:tagliatelle // The engine's.
	FailureReason string `json:"failure_reason"` //nolint:tagliatelle // The engine's.
}

// Event is an entry of an execution's history, such as ActivityScheduled.
type Event struct {
	Type string          `json:"type"`
	Data json.RawMessage `json:"data"`
}

// Payload is how the engine's HTTP interface writes a payload.
type Payload struct {
	ContentType string `json:"content_type"` //nolint:tagliatelle // The engine's.
	Bytes       []int  `json:"bytes"`
}

// JSON returns the payload's bytes.
func (p Payload) JSON() []byte {
	text := make([]byte, len(p.Bytes))
	for i, b := range p.Bytes {
		text[i] = byte(b) //nolint:gosec // They are bytes.
	}

	return text
}

// Result is what a workflow ended with.
type Result struct {
	// Outcome is the outcome that the workflow took.
	Outcome string `json:"outcome"`
	// Payload is what went with it.
	Payload json.RawMessage `json:"payload"`
}

// WorkflowError says that a workflow ended without an outcome.
type WorkflowError struct {
	Summary

	// Message is what the workflow was told, such as "activity failed (terminal): no
	// such article"; empty when it was told nothing, as when it was cancelled.
	Message string
}

// Error returns the state, and why.
func (e *WorkflowError) Error() string {
	return fmt.Sprintf("workflow %s (%s) is %s: %s",
		e.WorkflowType, e.WorkflowID, e.Status, e.Message)
}

// failureMessage finds the message in the last event of an execution.
func failureMessage(last Event) string {
	var data struct {
		Error struct {
			Message string  `json:"message"`
			Details Payload `json:"details"`
		} `json:"error"`
	}
	var details struct {
		Message string `json:"message"`
	}
	err := errors.Join(
		json.Unmarshal(last.Data, &data),
		json.Unmarshal(data.Error.Details.JSON(), &details),
	)
	if err != nil || details.Message == "" {
		return data.Error.Message
	}

	return details.Message
}

// Run deploys a workflow, starts it with an input, a JSON text, and waits for
// its end, as aion run does, only without its pauses.
func (s *Server) Run(ctx context.Context, document, input string) (Result, error) {
	workflowType, err := s.Deploy(ctx, document)
	if err != nil {
		return Result{}, err
	}
	execution, err := s.Start(ctx, workflowType, input)
	if err != nil {
		return Result{}, err
	}

	return s.Wait(ctx, execution)
}

// startAttempts bounds how often a server of a cluster is asked to start a
// workflow; a third of the attempts makes one that is its own.
const startAttempts = 100

// Start starts a workflow that is deployed with an input, a JSON text. In a
// cluster, the execution is one of the server's own shard.
func (s *Server) Start(ctx context.Context, workflowType, input string) (Execution, error) {
	var execution Execution
	var err error
	for range startAttempts {
		err = s.post(ctx, "start", map[string]any{
			"workflow_type": workflowType, "input": json.RawMessage(input),
		}, &execution)
		var refused *statusError
		if !errors.As(err, &refused) || !strings.Contains(refused.text, "not_owner") {
			break
		}
	}

	return execution, err
}

// Cancel asks for an execution's cancellation.
func (s *Server) Cancel(ctx context.Context, execution Execution) error {
	return s.post(ctx, "cancel", map[string]any{"workflow_id": execution.WorkflowID}, nil)
}

// Wait waits for the end of an execution, over restarts of the server, too. The
// error is a *WorkflowError when it ended without an outcome, and the cause of
// ctx when that ends first, or it takes longer than a minute.
func (s *Server) Wait(ctx context.Context, execution Execution) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, workflowPatience)
	defer cancel()
	for {
		summary, _, err := s.describe(ctx, execution, false)
		var refused *statusError
		switch {
		case errors.As(err, &refused):
			return Result{}, err
		case err == nil && summary.Status != "Running":
			return s.result(ctx, execution)
		}
		select {
		case <-time.After(pollInterval):
		case <-ctx.Done():
			return Result{}, fmt.Errorf("waiting for workflow %s, which is %q: %w",
				execution.WorkflowID, summary.Status, errors.Join(context.Cause(ctx), err))
		}
	}
}

// result is the result of an execution that has ended.
func (s *Server) result(ctx context.Context, execution Execution) (Result, error) {
	summary, history, err := s.describe(ctx, execution, true)
	if err != nil || len(history) == 0 {
		return Result{}, errors.Join(err, errNoHistory(history))
	}
	last := history[len(history)-1]
	if summary.Status != "Completed" {
		return Result{}, &WorkflowError{summary, failureMessage(last)}
	}
	var completed struct {
		Result Payload `json:"result"`
	}
	if err := json.Unmarshal(last.Data, &completed); err != nil {
		return Result{}, fmt.Errorf("%s: %w", last.Data, err)
	}
	var result Result
	err = json.Unmarshal(completed.Result.JSON(), &result)

	return result, err
}

func errNoHistory(history []Event) error {
	if len(history) > 0 {
		return nil
	}

	return errors.New("the execution has no history")
}

// Describe returns what the engine tells about an execution.
func (s *Server) Describe(ctx context.Context, execution Execution) (Summary, error) {
	summary, _, err := s.describe(ctx, execution, false)

	return summary, err
}

// History returns all that has happened to an execution.
func (s *Server) History(ctx context.Context, execution Execution) ([]Event, error) {
	_, history, err := s.describe(ctx, execution, true)

	return history, err
}

func (s *Server) describe(
	ctx context.Context, execution Execution, withHistory bool,
) (Summary, []Event, error) {
	var answer struct {
		Summary Summary `json:"summary"`
		History []Event `json:"history"`
	}
	err := s.post(ctx, "describe", map[string]any{
		"workflow_id": execution.WorkflowID, "include_history": withHistory,
	}, &answer)

	return answer.Summary, answer.History, err
}

// statusError is a refusal by the engine's HTTP interface.
type statusError struct {
	verb, status, text string
}

func (e *statusError) Error() string {
	return fmt.Sprintf("%s: the engine says %s: %s", e.verb, e.status, e.text)
}

// post calls the engine's HTTP interface.
func (s *Server) post(ctx context.Context, verb string, body map[string]any, answer any) error {
	body["namespace"] = "default"
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("%s: %w", verb, err)
	}
	url := "http://" + s.httpAddr + "/workflows/" + verb
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := s.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // It was read.
	content, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", verb, err)
	case response.StatusCode != http.StatusOK:
		return &statusError{verb, response.Status, string(content)}
	case answer == nil:
		return nil
	}

	return json.Unmarshal(content, answer)
}
