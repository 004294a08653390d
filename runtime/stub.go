package aion

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/aion-go/aion/internal/contract"
)

// Execute runs one activity through an engine, with typed input and output;
// generated stubs call it. An activity that failed for good is an error that
// holds a *Failure; an input that has no payload, or a result that does not
// fit, is an error that names the path.
func Execute[Out proto.Message](
	ctx context.Context, executor Executor, activity ActivitySpec, in proto.Message,
) (Out, error) {
	var out Out
	payload, err := encodeInput(activity, in)
	if err != nil {
		return out, fmt.Errorf("activity %q: %w", activity.Type, err)
	}
	result, err := executor.Execute(ctx, activity, payload)
	if err != nil {
		return out, fmt.Errorf("execute activity %q on task queue %q: %w",
			activity.Type, activity.TaskQueue, err)
	}
	plan, err := contract.Output(out.ProtoReflect().Descriptor(), activity.output())
	if err != nil {
		return out, fmt.Errorf("activity %q: %w", activity.Type, err)
	}
	message := out.ProtoReflect().Type().New().Interface()
	if err := plan.Decode(result, message); err != nil {
		return out, fmt.Errorf("activity %q: %w", activity.Type, err)
	}

	return message.(Out), nil //nolint:forcetypeassert // A message type makes its own Go type.
}

func encodeInput(activity ActivitySpec, in proto.Message) ([]byte, error) {
	plan, err := contract.Input(in.ProtoReflect().Descriptor(), activity.input())
	if err != nil {
		return nil, err
	}

	return plan.Append(nil, in)
}
