package check

import (
	"errors"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
	"github.com/aion-go/aion/internal/contract"
)

// contracts finds the messages that cannot be payloads. A message is often used by several rpcs
// and contains others that are; each mistake is reported once.
type contracts struct {
	mistakes Problems
	// asked are the files that code is generated for.
	asked map[string]bool
	seen  map[mistake]bool
}

// mistake is what makes an error of a message type the same as another.
type mistake struct {
	name   protoreflect.FullName
	reason string
}

func newContracts(files []*service.File) *contracts {
	asked := make(map[string]bool, len(files))
	for _, file := range files {
		asked[file.Path] = true
	}

	return &contracts{asked: asked, seen: make(map[mistake]bool)}
}

// check compiles the contract of an rpc's messages.
func (c *contracts) check(s *service.Service, m *service.Method) {
	options := contract.Options{EnumCase: s.EnumCase}
	_, err := contract.Input(m.Input.Desc, options)
	c.report(m.Position, "the input of rpc "+m.FullName, err)
	if m.Progress != nil {
		_, err = contract.Output(m.Progress.Desc, options)
		c.report(m.Position, "the progress of rpc "+m.FullName, err)
	}
	if fields := m.Output.Desc.Fields(); m.PayloadField.IsSet {
		options.PayloadField = protoreflect.Name(m.PayloadField.Value)
		if fields.ByName(options.PayloadField) == nil {
			c.mistakes.addf(m.PayloadField.Position, "rpc %s: payload_field is %q, which %s does not "+
				"have: %s", m.FullName, m.PayloadField.Value, m.Output.Desc.FullName(), oneOf(fields))

			return
		}
	}
	_, err = contract.Output(m.Output.Desc, options)
	c.report(m.Position, "the output of rpc "+m.FullName, err)
}

// failures compiles the contract of the messages of a service's failures.
func (c *contracts) failures(s *service.Service) {
	for _, f := range s.Failures {
		_, err := contract.Output(f.Desc, contract.Options{EnumCase: s.EnumCase})
		c.report(f.Position, "a failure of service "+s.FullName, err)
	}
}

// oneOf says which fields there are to name.
func oneOf(fields protoreflect.FieldDescriptors) string {
	if fields.Len() == 0 {
		return "remove the option, since it has no fields"
	}
	names := make([]string, fields.Len())
	for i := range names {
		names[i] = string(fields.Get(i).Name())
	}

	return "name one of " + strings.Join(names, ", ")
}

// report takes apart an error of package contract. The user is where a message is used, and use what
// for.
func (c *contracts) report(user service.Position, use string, err error) {
	for _, err := range unjoined(err) {
		var fault *contract.PlanError
		if !errors.As(err, &fault) {
			c.mistakes.addf(user, "%s: %v", use, err)

			continue
		}
		key := mistake{fault.Descriptor.FullName(), fault.Reason}
		if c.seen[key] {
			continue
		}
		c.seen[key] = true
		at := service.PositionOf(fault.Descriptor)
		if at.File == "" {
			at = user // The descriptor of a message that no file of the run declares.
		}
		if c.asked[at.File] {
			c.mistakes.addf(at, "%v", fault)
		} else {
			c.mistakes.addf(at, "%v (part of %s)", fault, use)
		}
	}
}

// unjoined returns the errors that an error joins, or itself, or none.
func unjoined(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}

	return []error{err}
}
