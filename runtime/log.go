package aion

import (
	"context"
	"log/slog"
)

// taskAttrs are the attributes that name a task in a log.
func taskAttrs(task *Task) []any {
	return []any{
		slog.String("workflow_id", task.WorkflowID),
		slog.String("run_id", task.RunID),
		slog.Uint64("activity_id", task.ActivityID),
		slog.String("activity_type", task.ActivityType),
		slog.Uint64("attempt", uint64(task.Attempt)),
	}
}

// redacted is what may be logged of a text that a handler has made.
func (s *stream) redacted(text string) string {
	if s.cfg.RedactLog == nil {
		return text
	}

	return s.cfg.RedactLog(text)
}

// logOutcome logs how a task ended, without its payloads.
func (s *stream) logOutcome(task *Task, outcome Outcome) {
	if !s.log.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	attrs := taskAttrs(task)
	if outcome.Failure != nil {
		attrs = append(attrs,
			"failure_kind", outcome.Failure.Kind.String(), "error", s.redacted(outcome.Failure.Error()))
	}
	s.log.Debug("activity ended", attrs...)
}
