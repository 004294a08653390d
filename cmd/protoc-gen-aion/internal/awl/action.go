package awl

import (
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/check"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/outline"
)

// action is an activity as AWL declares it.
type action struct {
	*outline.Activity

	// parameters are the fields of the input that AWL can say; left are the others, all optional.
	parameters []outline.Field
	left       []leftField
	// open says that the activity takes any properties, so that an author adds parameters.
	open bool
}

// readAction returns an action, or the reason why AWL can have none for an activity.
func (all types) readAction(a *outline.Activity) (*action, string) {
	switch {
	case !check.AWLName(a.Service.Queue):
		return nil, reasonQueue
	case !check.AWLExpression(a.ActivityType):
		return nil, reasonActivityType
	case a.Node.IsSet && !check.AWLNode(a.Node.Value):
		return nil, reasonNode
	}
	isValue := a.Output.Type == nil && a.Output.Schema.Type != outline.Null
	if reason := all.untyped(a.Output.Schema); isValue && reason != "" {
		return nil, "its output: " + reason
	}
	read := &action{Activity: a}
	if a.Input.Type == nil {
		return read, read.readFree()
	}
	for _, f := range a.Input.Type.Fields {
		switch reason := all.unsendable(f); {
		case reason == "":
			read.parameters = append(read.parameters, f)
		case f.Required:
			return nil, "its property " + f.Name + ": " + reason
		default:
			read.left = append(read.left, leftField{f, reason})
		}
	}

	return read, ""
}

// unsendable says why a field of an input cannot be a parameter, or nothing.
func (all types) unsendable(f outline.Field) string {
	switch reason := all.unsayable(f); {
	case reason != "":
		return reason
	case !check.AWLName(f.Name):
		return reasonName
	case !all.isComplete(f.Schema):
		return reasonIncomplete
	default:
		return ""
	}
}

// readFree reads an input that is no message of the user's: none, any properties, or a bare value,
// for which it says why there can be no action.
func (a *action) readFree() string {
	schema := a.Input.Schema
	switch a.Input.Message.FullName() {
	case "google.protobuf.Any":
		return reasonTyped
	case "google.protobuf.Empty":
		return ""
	}
	if schema.Type != outline.Object && schema.Type != "" {
		return reasonBare
	}
	a.open = true

	return ""
}
