package service

import (
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"

	activityv1 "github.com/aion-go/aion/gen/aion/activity/v1"
)

// Config is what workflows are to do about an activity, as AWL has it in the config line of an
// action. It is as the proto has it: only package check knows whether AWL takes it.
type Config struct {
	// Timeout is how long an attempt may take, an AWL duration.
	Timeout Option[string]
	// Retry is nil if there is to be one attempt.
	Retry *Retry
	// Fallback are the task queues to try when the activity is refused by policy, in order.
	Fallback []Option[string]
}

// Retry is how workflows try again. It has either Every or both of BackoffMin and BackoffMax, all
// of them AWL durations.
type Retry struct {
	// Position is where the option stands, or something in it.
	Position Position
	// Attempts is the number of those that may follow the first one. It counts as set where it is not:
	// there is no default.
	Attempts Option[int32]
	// Every is the wait before each of them.
	Every Option[string]
	// BackoffMin and BackoffMax are the shortest and the longest wait.
	BackoffMin, BackoffMax Option[string]
}

func readConfig(desc protoreflect.Descriptor, options *activityv1.ActivityOptions) Config {
	config := Config{Timeout: text(desc, "timeout", options)}
	if options.GetRetry() != nil {
		config.Retry = readRetry(desc, options.GetRetry())
	}
	for i, queue := range options.GetFallback() {
		config.Fallback = append(config.Fallback,
			Option[string]{queue, itemPosition(desc, "fallback", i), true})
	}

	return config
}

func readRetry(desc protoreflect.Descriptor, options *activityv1.Retry) *Retry {
	paths := retryPaths(desc)
	attempts := slices.Concat(optionPaths(desc, "retry", "attempts")[:1], paths)

	return &Retry{
		Position:   firstPosition(desc, paths...),
		Attempts:   Option[int32]{options.GetAttempts(), firstPosition(desc, attempts...), true},
		Every:      nestedText(desc, options, "retry", "every"),
		BackoffMin: nestedText(desc, options, "retry", "backoff_min"),
		BackoffMax: nestedText(desc, options, "retry", "backoff_max"),
	}
}

// retryPaths returns where the option retry may be told of. Compilers do not tell of a message
// within a message, but of the fields in it.
func retryPaths(desc protoreflect.Descriptor) []protoreflect.SourcePath {
	paths := optionPaths(desc, "retry")
	fields := new(activityv1.Retry).ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		field := optionPaths(desc, "retry", fields.Get(i).Name())[0]
		paths = slices.Insert(paths, len(paths)-1, field)
	}

	return paths
}
