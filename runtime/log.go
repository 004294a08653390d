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

// logOutcome logs how a task ended, without its payloads.
func logOutcome(log *slog.Logger, task *Task, outcome Outcome) {
	if !log.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	attrs := taskAttrs(task)
	if outcome.Failure != nil {
		attrs = append(attrs,
			"failure_kind", outcome.Failure.Kind.String(), "error", outcome.Failure.Error())
	}
	log.Debug("activity ended", attrs...)
}
