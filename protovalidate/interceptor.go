package validate

import (
	"context"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"

	aion "github.com/aion-go/aion/runtime"
)

// NewInterceptor returns an interceptor that validates the messages of activities.
// Put it after those that are to see its failures, such as one that makes spans, and
// after those that change messages. Its error names the rules of WithFiles that
// cannot be compiled, all of them.
//
// An input that breaks a rule fails the activity before the handler is called. An
// output that does is a mistake of the implementation, and the engine is told so.
// An output that comes with an error is not looked at.
func NewInterceptor(opts ...Option) (aion.Interceptor, error) {
	cfg := config{validator: protovalidate.GlobalValidator, outputs: true}
	for _, o := range opts {
		o(&cfg)
	}
	if err := compile(cfg.validator, cfg.files); err != nil {
		return nil, err
	}

	return cfg.intercept, nil
}

// intercept is an aion.Interceptor.
func (c config) intercept(
	ctx context.Context, info aion.Info, in proto.Message, next aion.Next,
) (proto.Message, error) {
	if err := c.validate(&info, Input, in); err != nil {
		return nil, err
	}
	out, err := next(ctx, in)
	if err != nil || !c.outputs {
		return out, err
	}
	if err := c.validate(&info, Output, out); err != nil {
		return nil, err
	}

	return out, nil
}

// validate returns what is wrong with a message. One that is nil is not looked at: the
// worker itself refuses it.
func (c config) validate(info *aion.Info, part Part, message proto.Message) error {
	if message == nil || !message.ProtoReflect().IsValid() {
		return nil
	}
	if err := c.validator.Validate(message); err != nil {
		return aion.Terminal(&Error{ActivityType: info.ActivityType, Part: part, err: err})
	}

	return nil
}
