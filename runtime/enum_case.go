package aion

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/aion-go/aion/internal/contract"
)

// EnumCase is how the values of enums are spelled in payloads that are written.
// Read are all spellings. Both sides of an engine must agree on it, since the
// spellings are part of the contract.
type EnumCase uint8

const (
	// EnumCasePascal spells COLOUR_DARK_BLUE of an enum Colour as DarkBlue, as
	// AWL does. It is the default.
	EnumCasePascal EnumCase = iota
	// EnumCaseSnake spells it as dark_blue, as the engine's Gleam side does.
	EnumCaseSnake
	// EnumCaseProto spells it as it is in the proto.
	EnumCaseProto
)

// String returns the name of the case as logs and errors write it.
func (c EnumCase) String() string {
	switch c {
	case EnumCasePascal:
		return "pascal"
	case EnumCaseSnake:
		return "snake"
	case EnumCaseProto:
		return "proto"
	default:
		return fmt.Sprintf("EnumCase(%d)", uint8(c))
	}
}

// message are the contract's options for whole messages in this case.
func (c EnumCase) message() contract.Options {
	return contract.Options{EnumCase: contract.EnumCase(c)}
}

// input are the contract's options for the activity's input.
func (s ActivitySpec) input() contract.Options { return s.EnumCase.message() }

// output are the contract's options for the activity's result.
func (s ActivitySpec) output() contract.Options {
	options := s.EnumCase.message()
	options.PayloadField = protoreflect.Name(s.PayloadField)

	return options
}

// enumCaseContextKey is the context key of the EnumCase of the activity that a
// handler runs.
type enumCaseContextKey struct{}

// withEnumCase tells Heartbeat the case of the activity that ctx belongs to.
func withEnumCase(ctx context.Context, enumCase EnumCase) context.Context {
	if enumCase == EnumCasePascal {
		return ctx // The default, which costs nothing.
	}

	return context.WithValue(ctx, enumCaseContextKey{}, enumCase)
}

func enumCaseFrom(ctx context.Context) EnumCase {
	enumCase, _ := ctx.Value(enumCaseContextKey{}).(EnumCase)

	return enumCase
}
