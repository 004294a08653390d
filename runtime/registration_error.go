package aion

import (
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// RegistrationError says that an engine did not accept a worker, or could not
// be reached.
type RegistrationError struct {
	// Endpoint is the engine's address, host:port.
	Endpoint string
	// TaskQueue is the queue that was asked for.
	TaskQueue string
	// Code is the engine's code; codes.Unknown when it gave none.
	Code codes.Code
	// Message is what the engine said, in full.
	Message string

	err error
}

// Error names the endpoint, the queue, the code and the engine's words.
func (e *RegistrationError) Error() string {
	return fmt.Sprintf(
		"register on task queue %q at %s: %s: %s",
		e.TaskQueue,
		e.Endpoint,
		e.Code,
		e.Message,
	)
}

// Unwrap returns the error of the transport.
func (e *RegistrationError) Unwrap() error { return e.err }

// Denied reports whether the engine will not change its mind: a token, a
// namespace or an argument is wrong. Run ends with such an error.
func (e *RegistrationError) Denied() bool {
	switch e.Code { //nolint:exhaustive // All other codes may pass.
	case codes.Unauthenticated, codes.PermissionDenied, codes.InvalidArgument:
		return true
	default:
		return false
	}
}

func registrationError(endpoint string, reg Registration, err error) *RegistrationError {
	e := &RegistrationError{
		Endpoint: endpoint, TaskQueue: reg.TaskQueue, Code: codes.Unknown, Message: err.Error(), err: err,
	}
	var token *tokenError
	if s, ok := status.FromError(err); ok && !errors.As(err, &token) {
		e.Code, e.Message = s.Code(), s.Message()
	}

	return e
}

// tokenError is an error of a TokenSource. Its code, if it has one, is not the
// engine's.
type tokenError struct{ err error }

func (e *tokenError) Error() string { return "token: " + e.err.Error() }

func (e *tokenError) Unwrap() error { return e.err }

// attrs describes the error to a log.
func (e *RegistrationError) attrs() []any {
	return []any{
		"endpoint", e.Endpoint, "task_queue", e.TaskQueue,
		"code", e.Code.String(), "message", e.Message,
	}
}
