package validate

import (
	"errors"
	"fmt"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// compile compiles the rules of the inputs and outputs of all services in files, and
// of what is in these messages. Its error has all rules that are wrong.
func compile(validator protovalidate.Validator, files []protoreflect.FileDescriptor) error {
	c := compiler{validator: validator, seen: map[protoreflect.FullName]bool{}}
	for _, file := range files {
		services := file.Services()
		for i := range services.Len() {
			methods := services.Get(i).Methods()
			for j := range methods.Len() {
				c.message(methods.Get(j).Input())
				c.message(methods.Get(j).Output())
			}
		}
	}
	if len(c.errs) > 0 {
		return fmt.Errorf("validate: rules that cannot be compiled: %w", errors.Join(c.errs...))
	}

	return nil
}

type compiler struct {
	validator protovalidate.Validator
	seen      map[protoreflect.FullName]bool
	errs      []error
}

// message compiles the rules of a message, of its fields, and of the messages in them.
func (c *compiler) message(desc protoreflect.MessageDescriptor) {
	if c.seen[desc.FullName()] {
		return
	}
	c.seen[desc.FullName()] = true
	c.rules(desc, desc)
	fields := desc.Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		c.rules(desc, field)
		if field.Message() != nil {
			c.message(field.Message())
		}
	}
}

// rules compiles the rules of a message, or of one of its fields. The validator says
// what is wrong when it validates a message, whatever is in it, but stops there: so it
// is asked for each by itself, and an empty message that breaks the rules is no matter.
func (c *compiler) rules(desc protoreflect.MessageDescriptor, of protoreflect.Descriptor) {
	only := protovalidate.FilterFunc(func(_ protoreflect.Message, d protoreflect.Descriptor) bool {
		return d == of
	})
	err := c.validator.Validate(dynamicpb.NewMessage(desc), protovalidate.WithFilter(only))
	if _, ok := errors.AsType[*protovalidate.CompilationError](err); ok {
		c.errs = append(c.errs, fmt.Errorf("%s: %w", of.FullName(), err))
	}
}
