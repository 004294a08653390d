package check

import "github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"

// config refuses what AWL does not take in the config line of an action.
func (p *Problems) config(m *service.Method) {
	p.duration(m, "timeout", m.Config.Timeout)
	if m.Config.Retry != nil {
		p.retry(m, m.Config.Retry)
	}
	p.fallback(m)
}

// duration refuses a text that AWL takes for no duration. It returns the milliseconds, and false if
// there are none.
func (p *Problems) duration(
	m *service.Method, name string, option service.Option[string],
) (int64, bool) {
	if !option.IsSet {
		return 0, false
	}
	length, ok := AWLDuration(option.Value)
	if !ok {
		p.addf(option.Position, "rpc %s: %s is %q, which is no duration in AWL: "+
			"write a whole number with s, m, h or d behind it, such as 30s",
			m.FullName, name, option.Value)
	}

	return length, ok
}

func (p *Problems) retry(m *service.Method, retry *service.Retry) {
	if attempts := retry.Attempts; attempts.Value < 1 {
		p.addf(attempts.Position, "rpc %s: retry has %d attempts: "+
			"set how many may follow the first one, or remove retry", m.FullName, attempts.Value)
	}
	p.duration(m, "every", retry.Every)
	shortest, okMin := p.duration(m, "backoff_min", retry.BackoffMin)
	longest, okMax := p.duration(m, "backoff_max", retry.BackoffMax)
	if okMin && okMax && shortest > longest {
		p.addf(retry.BackoffMin.Position, "rpc %s: backoff_min is %s, and backoff_max only %s: "+
			"exchange them", m.FullName, retry.BackoffMin.Value, retry.BackoffMax.Value)
	}
	if at, reason := unscheduled(retry); reason != "" {
		p.addf(at, "rpc %s: retry has %s", m.FullName, reason)
	}
}

// unscheduled says what keeps a retry from having one schedule, and where; or nothing.
func unscheduled(retry *service.Retry) (at service.Position, reason string) {
	shortest, longest := retry.BackoffMin.IsSet, retry.BackoffMax.IsSet
	switch {
	case retry.Every.IsSet && (shortest || longest):
		return retry.Every.Position, "both every and a backoff: remove either"
	case retry.Every.IsSet || shortest && longest:
		return at, ""
	case shortest:
		return retry.BackoffMin.Position, "backoff_min and no backoff_max: set it, too"
	case longest:
		return retry.BackoffMax.Position, "backoff_max and no backoff_min: set it, too"
	default:
		return retry.Position, "neither every nor a backoff: set every, or backoff_min and backoff_max"
	}
}

func (p *Problems) fallback(m *service.Method) {
	seen := make(map[string]bool)
	for _, queue := range m.Config.Fallback {
		switch {
		case !AWLFallback(queue.Value):
			p.addf(queue.Position, "rpc %s: fallback has %q, which is no name of a task queue in AWL: "+
				"write a small letter, then letters, digits and _, and no word of AWL",
				m.FullName, queue.Value)
		case seen[queue.Value]:
			p.addf(queue.Position, "rpc %s: fallback has %q twice: remove one", m.FullName, queue.Value)
		}
		seen[queue.Value] = true
	}
}
