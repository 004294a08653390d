package check

import "github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"

// streams refuses streaming rpcs: an activity takes one message and gives one.
func (p *Problems) streams(m *service.Method) {
	var what string
	switch {
	case m.StreamsInput && m.StreamsOutput:
		what = "its request and its response"
	case m.StreamsInput:
		what = "its request"
	case m.StreamsOutput:
		what = "its response"
	default:
		return
	}
	p.addf(m.Position, "rpc %s streams %s, and an activity takes one message and returns one: "+
		"remove the word stream, or declare a repeated field", m.FullName, what)
}

// methods refuses rpcs of one service that cannot be told apart, in Go or by the engine.
func (p *Problems) methods(s *service.Service) {
	byGoName := make(map[string]*service.Method)
	byType := make(map[string]*service.Method)
	for _, m := range s.Methods {
		if other, taken := byGoName[m.GoName]; taken {
			p.addf(m.Position, "rpc %s has the Go name %s, as has rpc %s (%s): rename one",
				m.FullName, m.GoName, other.Name, other.Position)

			continue // The same activity type, which is usual then, would be no news.
		}
		byGoName[m.GoName] = m
		if other, taken := byType[m.ActivityType]; taken {
			p.addf(m.TypePosition(), "rpc %s has the activity type %q, as has rpc %s (%s): rename one",
				m.FullName, m.ActivityType, other.Name, other.TypePosition())

			continue
		}
		byType[m.ActivityType] = m
	}
}
