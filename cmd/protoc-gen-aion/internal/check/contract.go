package check

import (
	"errors"

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
	c.report(m, "the input", err)
	_, err = contract.Output(m.Output.Desc, options)
	c.report(m, "the output", err)
}

// report takes apart an error of package contract.
func (c *contracts) report(m *service.Method, use string, err error) {
	for _, err := range unjoined(err) {
		var fault *contract.PlanError
		if !errors.As(err, &fault) {
			c.mistakes.addf(m.Position, "rpc %s: %s: %v", m.FullName, use, err)

			continue
		}
		key := mistake{fault.Descriptor.FullName(), fault.Reason}
		if c.seen[key] {
			continue
		}
		c.seen[key] = true
		at := service.PositionOf(fault.Descriptor)
		if at.File == "" {
			at = m.Position // The descriptor of a message that no file of the run declares.
		}
		if c.asked[at.File] {
			c.mistakes.addf(at, "%v", fault)
		} else {
			c.mistakes.addf(at, "%v (part of %s of rpc %s)", fault, use, m.FullName)
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
