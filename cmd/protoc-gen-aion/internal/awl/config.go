package awl

import (
	"fmt"
	"strings"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// config is the config line of an action, in the order of AWL's formatter; empty if there is none.
func config(m *service.Method) string {
	var parts []string
	if m.Node.IsSet {
		parts = append(parts, "node "+m.Node.Value)
	}
	c := m.Config
	if c.Timeout.IsSet {
		parts = append(parts, "timeout "+c.Timeout.Value)
	}
	if c.Retry != nil {
		parts = append(parts, retry(c.Retry))
	}
	if len(c.Fallback) > 0 {
		queues := make([]string, 0, len(c.Fallback))
		for _, queue := range c.Fallback {
			queues = append(queues, queue.Value)
		}
		parts = append(parts, "fallback "+strings.Join(queues, ", "))
	}

	return strings.Join(parts, ", ")
}

func retry(r *service.Retry) string {
	if r.Every.IsSet {
		return fmt.Sprintf("retry %d every %s", r.Attempts.Value, r.Every.Value)
	}

	return fmt.Sprintf("retry %d backoff %s..%s",
		r.Attempts.Value, r.BackoffMin.Value, r.BackoffMax.Value)
}
