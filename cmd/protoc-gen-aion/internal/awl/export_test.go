package awl

import "github.com/aion-go/aion/cmd/protoc-gen-aion/internal/outline"

// ActionText is an action in parts, from which a test makes documents.
type ActionText struct {
	Queue, Name string
	// Inputs declares the parameters as the inputs of a workflow.
	Inputs string
	// Result is the type of the result.
	Result string
	// Declarations are the types and the worker.
	Declarations string
}

// Actions returns those of an outline.
func Actions(o *outline.Outline) []ActionText {
	l := newLibrary(o)
	var texts []ActionText
	for _, e := range l.entries {
		if e.action == nil {
			continue
		}
		d := l.newDocument()
		d.payloads(e.action)
		d.worker(e.activity.Service)
		d.action(e.action)
		text := ActionText{
			Queue: e.activity.Service.Queue, Name: e.activity.ActivityType,
			Result: l.result(e.action), Declarations: d.text(),
		}
		for _, f := range e.action.parameters {
			text.Inputs += "  input " + f.Name + ": " + l.optional(f) + "\n"
		}
		texts = append(texts, text)
	}

	return texts
}
