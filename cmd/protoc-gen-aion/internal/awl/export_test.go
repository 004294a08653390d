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
	// Workflow is the document that calls the action.
	Workflow string
	// Activity is what the action is made from.
	Activity *outline.Activity
	// Arguments are the inputs of that workflow by the properties of the activity's input.
	Arguments map[string]string
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
			Workflow: l.workflow(e.action), Activity: e.activity,
			Arguments: make(map[string]string),
		}
		inputs := inputsOf(e.action)
		for i, f := range e.action.parameters {
			text.Arguments[f.Name] = inputs[i]
			text.Inputs += "  input " + f.Name + ": " + l.optional(f) + "\n"
		}
		texts = append(texts, text)
	}

	return texts
}
