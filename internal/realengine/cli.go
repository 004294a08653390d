package realengine

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// slots bounds how many processes of the CLI run at once.
var slots = make(chan struct{}, 4)

// CLI runs the engine's command line against the server and returns what it
// prints. An error has the program's own words.
func (s *Server) CLI(ctx context.Context, args ...string) ([]byte, error) {
	slots <- struct{}{}
	defer func() { <-slots }()
	args = append(args, "--endpoint", "http://"+s.addr)
	cmd := exec.CommandContext(ctx, s.path, args...) //nolint:gosec // It is the engine's program.
	cmd.Env = s.env
	var errors strings.Builder
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("aion %s: %w: %s%s", args[0], err, errors.String(), out)
	}

	return out, nil
}

// Deploy compiles and deploys a workflow, given as the text of its AWL document,
// and returns its workflow type.
func (s *Server) Deploy(ctx context.Context, document string) (workflowType string, err error) {
	dir, err := os.MkdirTemp(s.home, "document-")
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "document.awl")
	if err := os.WriteFile(name, []byte(document), 0o600); err != nil {
		return "", err
	}
	out, err := s.CLI(ctx, "deploy", name)
	if err != nil {
		return "", err
	}
	var deployed struct {
		WorkflowType string `json:"workflow_type"` //nolint:tagliatelle // The engine's.
	}
	err = json.Unmarshal(out, &deployed)

	return deployed.WorkflowType, err
}

// List returns the executions in one of the engine's states, such as
// "completed" or "running", or all of them for "", the newest first.
func (s *Server) List(ctx context.Context, status string) ([]Summary, error) {
	args := []string{"list"}
	if status != "" {
		args = append(args, "--status", status)
	}
	out, err := s.CLI(ctx, args...)
	if err != nil {
		return nil, err
	}
	var page struct {
		Items []Summary `json:"items"`
	}
	err = json.Unmarshal(out, &page)

	return page.Items, err
}
