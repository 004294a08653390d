package aion_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"
	"pgregory.net/rapid"

	aion "github.com/aion-go/aion/runtime"
)

// Details of these tests are a message with a required enum.
func declined(name string) *descriptorpb.FieldDescriptorProto {
	return &descriptorpb.FieldDescriptorProto{
		Name: new(name), Type: descriptorpb.FieldDescriptorProto_TYPE_BOOL.Enum(),
	}
}

const (
	declinedMark = "google.protobuf.FieldDescriptorProto: "
	declinedText = declinedMark + `{"name":"x","type":"Bool"}`
)

func failureOf(text string) error { return aion.NewTypedFailure(declined(text), aion.EnumCasePascal) }

func TestATypedFailureIsItsTypeAndItsJSON(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		details  proto.Message
		enumCase aion.EnumCase
		want     string
	}{
		"nil": {nil, 0, "a failure has nil for details: pass a message"},
		"a nil pointer": {
			(*timestamppb.Timestamp)(nil), 0, "the details of a failure, google.protobuf.Timestamp: output",
		},
		"no payload": {
			declined("\xff"), 0,
			"the details of a failure, google.protobuf.FieldDescriptorProto: output.name",
		},
		"no contract": {declined("x"), 9, "the details of a failure: google.protobuf.FieldDescriptorProto"},
		"details":     {declined("x"), aion.EnumCasePascal, declinedText},
		"snake case": {
			declined("x"), aion.EnumCaseSnake, strings.ReplaceAll(declinedText, `"Bool"`, `"bool"`),
		},
		"a bare value": {
			wrapperspb.String("x: y"), 0, `google.protobuf.StringValue: "x: y"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := aion.NewTypedFailure(tt.details, tt.enumCase)
			if !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %q, want %q at the beginning", err, tt.want)
			}
			if kind := aion.KindOf(err); kind != aion.KindTerminal {
				t.Errorf("kind: got %s, want terminal", kind)
			}
		})
	}
}

func TestMarksOutrankThatATypedFailureIsTerminal(t *testing.T) {
	t.Parallel()
	failure := failureOf("x")
	for name, tt := range map[string]struct {
		err  error
		want aion.FailureKind
	}{
		"unmarked":         {failure, aion.KindTerminal},
		"wrapped":          {fmt.Errorf("charge: %w", failure), aion.KindTerminal},
		"joined":           {errors.Join(errors.New("late"), failure), aion.KindTerminal},
		"retryable":        {aion.Retryable(failure), aion.KindRetryable},
		"marked far out":   {aion.Retryable(fmt.Errorf("charge: %w", failure)), aion.KindRetryable},
		"policy refused":   {aion.PolicyRefused(failure), aion.KindPolicyRefused},
		"marked terminal":  {aion.Terminal(failure), aion.KindTerminal},
		"its text alone":   {errors.New(failure.Error()), aion.KindRetryable},
		"a mark beside it": {errors.Join(failure, aion.Retryable(errors.New("x"))), aion.KindRetryable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := aion.KindOf(tt.err); got != tt.want {
				t.Errorf("KindOf: got %s, want %s", got, tt.want)
			}
			if got := aion.Failed(t.Context(), tt.err).Failure.Kind; got != tt.want {
				t.Errorf("Failed: got %s, want %s", got, tt.want)
			}
		})
	}
}

// opaque hides the text of what it wraps.
type opaque struct{ error }

func (opaque) Error() string   { return "broken" }
func (o opaque) Unwrap() error { return o.error }

func TestDetailsAreFoundAnywhereInAnError(t *testing.T) {
	t.Parallel()
	const truncated = declinedMark + `{"name":"x","type":"Bo… (99999 bytes in all)`
	for name, tt := range map[string]struct {
		err  error
		want string // The name in the details; empty if there are none.
	}{
		"nil":                     {nil, ""},
		"another error":           {errors.New("broken"), ""},
		"a failure without error": {&aion.Failure{}, ""},
		"the mark alone":          {errors.New(declinedMark), ""},
		"text after the mark":     {errors.New(declinedMark + "want a name"), ""},
		"details cut short":       {errors.New(truncated), ""},
		"details that do not fit": {errors.New(declinedMark + `{"name":7,"type":"Bool"}`), ""},
		"another type":            {aion.NewTypedFailure(wrapperspb.String("x"), 0), ""},
		"a type whose name ends so": {
			errors.New("my." + declinedText), "",
		},
		"a type whose last word ends so": {errors.New("my_" + declinedText), ""},
		"itself":                         {failureOf("x"), "x"},
		"another spelling": {
			errors.New(strings.ReplaceAll(declinedText, `"Bool"`, `"bool"`)), "x",
		},
		"wrapped":           {fmt.Errorf("charge: %w: try another", failureOf("x")), "x"},
		"marked":            {aion.Retryable(failureOf("x")), "x"},
		"joined":            {errors.Join(errors.New("late"), failureOf("x")), "x"},
		"hidden in a chain": {fmt.Errorf("charge: %w", opaque{failureOf("x")}), "x"},
		"text of an engine": {
			errors.New(`execute activity "charge": terminal: ` + declinedText + " (attempt 2)"), "x",
		},
		"in brackets": {errors.New("broken (" + declinedText + ")"), "x"},
		"after details that do not fit": {
			fmt.Errorf(`%s{"name":1}; %s7; %w`, declinedMark, declinedMark, failureOf("x")), "x",
		},
		"the first of two": {errors.Join(failureOf("x"), failureOf("y")), "x"},
		"characters that JSON escapes": {
			failureOf("\"\\\n\u2028ü{"), "\"\\\n\u2028ü{",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := aion.TypedFailureFrom[*descriptorpb.FieldDescriptorProto](tt.err, 0)
			if ok != (tt.want != "") {
				t.Fatalf("got %v, %t, want name %q", got, ok, tt.want)
			}
			if !ok && got != nil {
				t.Errorf("got %v, want nil", got)
			}
			if got.GetName() != tt.want {
				t.Errorf("got name %q, want %q", got.GetName(), tt.want)
			}
		})
	}
}

// Whatever a text has around details, and whatever they are, they arrive as they were.
func TestDetailsArriveAsTheyWere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := declined(rapid.String().Draw(t, "name"))
		want.Options = &descriptorpb.FieldOptions{Deprecated: new(rapid.Bool().Draw(t, "deprecated"))}
		before, after := rapid.String().Draw(t, "before"), rapid.String().Draw(t, "after")
		err := fmt.Errorf("%s %w%s", before, aion.NewTypedFailure(want, aion.EnumCaseSnake), after)
		got, ok := aion.TypedFailureFrom[*descriptorpb.FieldDescriptorProto](err, aion.EnumCaseSnake)
		if !ok || !proto.Equal(got, want) {
			t.Errorf("from %q: got %v, %t, want %v", err, got, ok, want)
		}
	})
}

func TestNoDetailsAreFoundOfATypeWithoutAContract(t *testing.T) {
	t.Parallel()
	got, ok := aion.TypedFailureFrom[*descriptorpb.FieldDescriptorProto](failureOf("x"), 9)
	if ok || got != nil {
		t.Errorf("got %v, %t, want none", got, ok)
	}
}

func TestAFailureWithoutAnErrorHasAText(t *testing.T) {
	t.Parallel()
	if got := (&aion.Failure{Kind: aion.KindTerminal}).Error(); got != "failed without a reason" {
		t.Errorf("got %q, want failed without a reason", got)
	}
}
