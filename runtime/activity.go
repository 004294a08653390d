package aion

import "context"

// ActivitySpec names an activity the way an engine finds it. Generated code
// holds one for each rpc.
type ActivitySpec struct {
	// TaskQueue is the queue whose workers run the activity.
	TaskQueue string
	// Type is the activity type, unique on its queue.
	Type string
	// EnumCase spells the values of enums in the payloads that typed code
	// writes. The default is EnumCasePascal.
	EnumCase EnumCase
	// PayloadField is the proto name of the output message's field whose bare
	// value is the result; the message's other fields are not sent. Empty, the
	// default, means the whole message.
	PayloadField string
	// Node pins the activity to the workers of one node, such as "gpu-1". Empty,
	// the default, means that any worker of the queue may run it.
	Node string
}

// ActivityContract is an activity type and what it accepts and promises. A
// worker advertises one for each of its activities, and an engine compares
// them with the workflows deployed on it.
type ActivityContract struct {
	// Type is the activity type.
	Type string
	// InputSchema is the JSON Schema of the inputs that are accepted.
	InputSchema []byte
	// OutputSchema is the JSON Schema of the results that are promised.
	OutputSchema []byte
	// Node is the node that the activity is pinned to; empty when it is not.
	Node string
}

// Executor runs one activity through an engine: it is what generated stubs
// call. The development engine is one.
//
// Execute returns the result, a JSON text, or an error. An activity that
// failed for good is a *Failure with the worker's words. When ctx ends first,
// the activity is cancelled and the error wraps the cause of ctx.
type Executor interface {
	Execute(ctx context.Context, activity ActivitySpec, input []byte) ([]byte, error)
}
