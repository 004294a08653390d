package check

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// usualName is what AWL, the engine's workflow language, takes as a name.
var usualName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// nodeName and fallbackName are what AWL takes as the name of a node, and as a task queue to fall
// back to.
var (
	nodeName     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
	fallbackName = regexp.MustCompile(`^[a-z][A-Za-z0-9_]*$`)
)

// awlKeywords are the words of AWL, as of engine 0.31, that name nothing else.
var awlKeywords = []string{
	"action", "after", "all", "and", "any", "carry", "child", "collect", "const", "counting",
	"detached", "distribute", "else", "failure", "false", "fork", "hatch", "if", "input",
	"invariant", "is", "join", "json", "loop", "max", "not", "of", "on", "or", "otherwise",
	"outcome", "retention", "retire", "route", "schema", "sequence", "sequential", "signal",
	"sleep", "spawn", "step", "subflow", "success", "tolerance", "true", "type", "until",
	"visits", "wait", "when", "windows", "worker", "workflow", "workloop",
}

// awlCalls are further words that AWL reads as its own where an action is called; a worker may have
// them as its name.
var awlCalls = []string{
	"absent", "advisory", "agent", "backoff", "count", "empty", "every", "fallback", "filter",
	"map", "node", "present", "retry", "sort", "timeout",
}

// names refuses task queues, activity types and nodes that the wire or a log could not carry.
func (p *Problems) names(s *service.Service) {
	if reason := unusable(s.Queue); reason != "" {
		p.addf(s.QueuePosition(), "service %s: the task queue %q %s: %s",
			s.FullName, s.Queue, reason, renameService(s))
	}
	for _, m := range s.Methods {
		if reason := unusable(m.ActivityType); reason != "" {
			p.addf(m.TypePosition(), "rpc %s: the activity type %q %s: %s",
				m.FullName, m.ActivityType, reason, renameRPC(m))
		}
		if reason := unusable(m.Node.Value); m.Node.IsSet && reason != "" {
			p.addf(m.Node.Position, "rpc %s: the node %q %s: change the option node, or remove it",
				m.FullName, m.Node.Value, reason)
		}
	}
}

// renameService says how to get another task queue.
func renameService(s *service.Service) string {
	if s.TaskQueue.IsSet {
		return "change the option task_queue"
	}

	return "rename the service"
}

// renameRPC says how to get another activity type.
func renameRPC(m *service.Method) string {
	if m.Type.IsSet {
		return "change the option name"
	}

	return "rename the rpc"
}

// unusable says what is wrong with a name, or nothing.
func unusable(name string) string {
	switch {
	case name == "":
		return "is empty"
	case strings.ContainsFunc(name, unicode.IsControl):
		return "has control characters"
	default:
		return ""
	}
}

// unusual tells of names that AWL alone does not take; they work with workflows of other languages.
func (p *Problems) unusual(s *service.Service) {
	if unusable(s.Queue) == "" && !isAWLName(s.Queue, awlKeywords) {
		p.addf(s.QueuePosition(), "service %s: the task queue %q is no name in AWL: "+
			"%s if AWL workflows are to use it", s.FullName, s.Queue, renameService(s))
	}
	for _, m := range s.Methods {
		if unusable(m.ActivityType) == "" && !isAWLName(m.ActivityType, awlKeywords, awlCalls) {
			p.addf(m.TypePosition(), "rpc %s: the activity type %q is no name in AWL: "+
				"%s if AWL workflows are to use it", m.FullName, m.ActivityType, renameRPC(m))
		}
		if node := m.Node; node.IsSet && unusable(node.Value) == "" && !AWLNode(node.Value) {
			p.addf(node.Position, "rpc %s: the node %q is no name in AWL: "+
				"change the option node if AWL workflows are to use it", m.FullName, node.Value)
		}
	}
}

// isAWLName reports whether AWL takes a name that is none of the words.
func isAWLName(name string, words ...[]string) bool {
	return usualName.MatchString(name) && !slices.Contains(slices.Concat(words...), name)
}
