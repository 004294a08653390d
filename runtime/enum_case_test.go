package aion_test

import (
	"context"
	"testing"

	"google.golang.org/protobuf/types/descriptorpb"

	aion "github.com/aion-go/aion/runtime"
)

// An enum option of a field is a message with an enum in it that every build has.
type styled = *descriptorpb.FieldOptions

func styleSpec(enumCase aion.EnumCase) aion.ActivitySpec {
	return aion.ActivitySpec{
		TaskQueue: "styles", Type: "style", EnumCase: enumCase, PayloadField: "targets",
	}
}

func echoStyle(_ context.Context, in styled) (styled, error) { return in, nil }

func targets(of ...descriptorpb.FieldOptions_OptionTargetType) styled {
	return &descriptorpb.FieldOptions{Targets: of}
}

const (
	styleInput = `{"targets":["TARGET_TYPE_ENUM_ENTRY"],"edition_defaults":[],` +
		`"uninterpreted_option":[]}`
	enumEntry = descriptorpb.FieldOptions_TARGET_TYPE_ENUM_ENTRY
)

func TestEnumCaseSpellsWhatIsWritten(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		enumCase aion.EnumCase
		want     string
	}{
		{aion.EnumCasePascal, `["TargetTypeEnumEntry"]`},
		{aion.EnumCaseSnake, `["target_type_enum_entry"]`},
		{aion.EnumCaseProto, `["TARGET_TYPE_ENUM_ENTRY"]`},
	} {
		t.Run(tt.enumCase.String(), func(t *testing.T) {
			t.Parallel()
			d := aion.NewFuncDispatcher(styleSpec(tt.enumCase), echoStyle)
			task := aion.Task{Info: aion.Info{ActivityType: "style"}, Input: []byte(styleInput)}
			got := d.Dispatch(t.Context(), &task)
			if got.Failure != nil || string(got.Result) != tt.want {
				t.Errorf("got %s, %v, want %s", got.Result, got.Failure, tt.want)
			}
		})
	}
}

// The zero ActivitySpec is what hand-written code has had always.
func TestAnUnknownEnumCaseIsAnErrorOfTheDispatcher(t *testing.T) {
	t.Parallel()
	d := aion.NewFuncDispatcher(styleSpec(9), echoStyle)
	validator, ok := d.(interface{ Validate() error })
	if !ok {
		t.Fatal("got a dispatcher without Validate, want one with it")
	}
	if err := validator.Validate(); err == nil {
		t.Error("got no error, want one about enum case 9")
	}
	if got := aion.EnumCase(9).String(); got != "EnumCase(9)" {
		t.Errorf("got %q, want EnumCase(9)", got)
	}
}

func TestExecuteWritesAndReadsAsTheSpecSays(t *testing.T) {
	t.Parallel()
	const want = `{"targets":["target_type_enum_entry"],"edition_defaults":[],"uninterpreted_option":[]}`
	var got string
	engine := executorFunc(func(_ context.Context, _ aion.ActivitySpec, input []byte) ([]byte, error) {
		got = string(input)

		return []byte(`["TargetTypeEnumEntry"]`), nil
	})
	spec := styleSpec(aion.EnumCaseSnake)
	out, err := aion.Execute[styled](t.Context(), engine, spec, targets(enumEntry))
	if err != nil {
		t.Fatalf("got error %v, want none", err)
	}
	if got != want {
		t.Errorf("input: got %s, want %s", got, want)
	}
	if len(out.GetTargets()) != 1 || out.GetTargets()[0] != enumEntry {
		t.Errorf("output: got %v, want %v", out, targets(enumEntry))
	}
}
