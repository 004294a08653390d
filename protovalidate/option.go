package validate

import (
	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Option changes what NewInterceptor makes.
type Option func(cfg *config)

type config struct {
	validator protovalidate.Validator
	files     []protoreflect.FileDescriptor
	outputs   bool
}

// WithValidator says what validates, for example a validator that stops at the first
// violation. Default: protovalidate.GlobalValidator.
func WithValidator(validator protovalidate.Validator) Option {
	return func(cfg *config) { cfg.validator = validator }
}

// WithFiles compiles the rules of all activities of proto files when the interceptor
// is made, so that a rule that cannot be compiled is an error of NewInterceptor, and
// the first task is as fast as the others. Default: rules are compiled when they are
// first used, and an activity whose rules cannot be compiled fails.
func WithFiles(files ...protoreflect.FileDescriptor) Option {
	return func(cfg *config) { cfg.files = append(cfg.files, files...) }
}

// WithoutOutputs validates inputs only. Default: both.
func WithoutOutputs() Option {
	return func(cfg *config) { cfg.outputs = false }
}
