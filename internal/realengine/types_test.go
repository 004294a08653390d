package realengine_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/aion-go/aion/internal/realengine"
	typesv1 "github.com/aion-go/aion/internal/realengine/gen/types/v1"
	aion "github.com/aion-go/aion/runtime"
)

// types implements the activities of the queue "types".
type types struct{}

func (types) EchoScalars(_ context.Context, in *typesv1.Scalars) (*typesv1.Scalars, error) {
	return in, nil
}

func (types) GiveScalars(_ context.Context, in *typesv1.Text) (*typesv1.Scalars, error) {
	out := &typesv1.Scalars{}

	return out, protojson.Unmarshal([]byte(in.GetText()), out)
}

func (types) EchoShapes(_ context.Context, in *typesv1.Shapes) (*typesv1.Shapes, error) {
	return in, nil
}

func (types) EchoOptionals(_ context.Context, in *typesv1.Optionals) (*typesv1.Optionals, error) {
	return in, nil
}

func (types) EchoFree(_ context.Context, in *typesv1.Free) (*typesv1.Free, error) {
	return in, nil
}

func (types) GiveFree(context.Context, *emptypb.Empty) (*typesv1.Free, error) {
	object, err := structpb.NewStruct(map[string]any{"a": []any{1.0, nil}})

	return &typesv1.Free{
		Labels:   map[string]string{"a": "b"},
		ByNumber: map[int64]*typesv1.Inner{-1: {Number: 7}},
		Object:   object,
		Nothing:  &emptypb.Empty{},
	}, err
}

func (types) ListInners(_ context.Context, in *typesv1.Inners) (*typesv1.Inners, error) {
	return in, nil
}

func (types) Say(_ context.Context, in *typesv1.Text) (*typesv1.Text, error) { return in, nil }

func (types) Rest(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func (types) Fail(_ context.Context, in *typesv1.Text) (*typesv1.Text, error) {
	return nil, aion.Terminal(errors.New(in.GetText()))
}

// deepNest is a value nested n deep.
func deepNest(n int) string {
	return strings.Repeat(`{"name":"n","nests":[`, n) + strings.Repeat(`]}`, n)
}

// shapes is an input of EchoShapes with some properties replaced.
func shapes(replacements ...string) string {
	return strings.NewReplacer(replacements...).Replace(`{"colour":"Red","colours":[],` +
		`"inner":{"number":0},"inners":[],"texts":[],"numbers":[],"nest":{"name":"","nests":[]},` +
		`"at":"1970-01-01T00:00:00Z","takes":"0s","mask":""}`)
}

// typeCase is one run of a workflow that runs an activity once.
type typeCase struct {
	action, input string
	sent          string // What the workflow sends; the input when empty.
	want          string // What the workflow gets; what was sent when empty.
	fails         string // What it is told when it fails.
}

// scalars is an input of EchoScalars with one property replaced.
func scalars(property, value string) string {
	const text = `{"flag":false,"text":"","i32":0,"i64":0,"u64":0,"single":0.5,"real":0.5,"blob":""}`

	return regexp.MustCompile(`"`+property+`":[^,}]*`).
		ReplaceAllLiteralString(text, `"`+property+`":`+value)
}

// given is an input of GiveScalars, which returns such an input of EchoScalars.
func given(property, value string) string {
	return fmt.Sprintf(`{"text":%q}`, scalars(property, value))
}

func TestScalars(t *testing.T) {
	t.Parallel()
	const text = `"\"\\/\b\f\n\r\t\u0000\u001f\u007f <&> é δ \ud83d\ude00 \u2028 e\u0301 \ufeff"`
	cases := map[string]typeCase{
		"text of all sorts": {action: "echo_scalars", input: scalars("text", text)},
		// The integers of workflows of engine 0.31 have 61 bits, those of types have 64.
		"an int64 of a workflow, too large": {
			action: "echo_scalars", input: scalars("i64", "1152921504606846976"), fails: "Expected Int",
		},
		"an int64 of a workflow, too small": {
			action: "echo_scalars", input: scalars("i64", "-1152921504606846977"), fails: "Expected Int",
		},
		"an int64 of an activity, too large": {
			action: "give_scalars", input: given("i64", "1152921504606846976"), fails: "Expected Int",
		},
		"a uint64 of an activity, too large": {
			action: "give_scalars", input: given("u64", "18446744073709551615"), fails: "Expected Int",
		},
		// They take no whole number without a fraction for a float, and write none.
		"a whole float of a workflow": {
			action: "echo_scalars", input: scalars("real", "0.0"), want: scalars("real", "0.0"),
		},
		"a whole double of an activity": {
			action: "give_scalars", input: given("real", "1.0"), want: scalars("real", "1.0"),
		},
		"a whole float of an activity": {
			action: "give_scalars", input: given("single", "-0.0"), want: scalars("single", "-0.0"),
		},
		// They write 3.4028234e38 so.
		"the largest float": {
			action: "echo_scalars", input: scalars("single", "3.4028234e+38"),
			want: scalars("single", "3.4028235e+38"),
		},
	}
	for property, values := range map[string][]string{
		"flag":   {"false", "true"},
		"text":   {`""`, `"a\u0000b"`},
		"i32":    {"0", "2147483647", "-2147483648"},
		"i64":    {"9007199254740993", "1152921504606846975", "-1152921504606846976"},
		"u64":    {"0", "1152921504606846975"},
		"single": {"0.1", "-1e-7"},
		"real":   {"0.1", "-1e-7", "1e+300", "5e-324"},
		"blob":   {`""`, `"AA=="`, `"/+8="`},
	} {
		for _, value := range values {
			input := scalars(property, value)
			cases["echo "+property+" "+value] = typeCase{action: "echo_scalars", input: input}
			cases["give "+property+" "+value] = typeCase{
				action: "give_scalars", input: given(property, value),
				sent: given(property, value), want: input,
			}
		}
	}
	runTypes(t, cases)
}

func TestTypes(t *testing.T) {
	t.Parallel()
	runTypes(t, map[string]typeCase{
		"empty shapes": {action: "echo_shapes", input: shapes()},
		"an enum of two words": {
			action: "echo_shapes",
			input: shapes(`"colour":"Red"`, `"colour":"DarkBlue"`,
				`"colours":[]`, `"colours":["DarkBlue","Red","DarkBlue"]`),
		},
		"lists": {
			action: "echo_shapes",
			input: shapes(
				`"inners":[]`, `"inners":[{"number":1},{"number":-2,"note":""},{"number":3,"note":"x"}]`,
				`"texts":[]`, `"texts":["","b","a",""]`,
				`"numbers":[]`, `"numbers":[0,-1,1152921504606846975,8]`),
		},
		"numbers that are a text elsewhere": {
			action: "echo_shapes", input: shapes(`"numbers":[]`, `"numbers":[104,101,108,108,111]`),
		},
		"deep nesting": {
			action: "echo_shapes", input: shapes(`{"name":"","nests":[]}`, deepNest(40)),
		},
		"times": {
			action: "echo_shapes",
			input: shapes("1970-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z",
				`"0s"`, `"-315576000000.000000001s"`, `"mask":""`, `"mask":"a.bC,d"`),
		},
		"a time of another zone": {
			action: "echo_shapes",
			input:  shapes("1970-01-01T00:00:00Z", "2024-02-29T01:00:00+02:00"),
			sent:   shapes("1970-01-01T00:00:00Z", "2024-02-29T01:00:00+02:00"),
			want:   shapes("1970-01-01T00:00:00Z", "2024-02-28T23:00:00Z"),
		},
		"nothing that may be absent": {action: "echo_optionals", input: `{}`},
		"zeros that may be absent": {
			action: "echo_optionals",
			input: `{"flag":false,"text":"","number":0,"colour":"Red","inner":{"number":0},` +
				`"at":"1970-01-01T00:00:00Z","wrapped":0,"card":""}`,
		},
		"the other way": {action: "echo_optionals", input: `{"voucher":0,"wrapped":-1}`},
		// Workflows of engine 0.31 send {} whatever is in a map or a free object.
		"free objects": {
			action: "echo_free",
			input:  `{"labels":{"a":"b"},"by_number":{"1":{"number":1}},"object":{"a":1},"nothing":{}}`,
			sent:   `{"labels":{},"by_number":{},"object":{},"nothing":{}}`,
		},
		// And they read {} whatever an activity has put into one.
		"given free objects": {
			action: "give_free", input: `{}`, sent: `{}`,
			want: `{"labels":{},"by_number":{},"object":{},"nothing":{}}`,
		},
		"a bare list": {
			action: "list_inners", input: `{"inners":[{"number":1,"note":"é"}]}`,
			want: `[{"number":1,"note":"é"}]`,
		},
		"an empty list":     {action: "list_inners", input: `{"inners":[]}`, want: `[]`},
		"a bare text":       {action: "say", input: `{"text":"a\u0000\"b"}`, want: `"a\u0000\"b"`},
		"a bare empty text": {action: "say", input: `{"text":""}`, want: `""`},
		// The activity's result is null, and the workflow's own is written so.
		"nothing": {action: "rest", input: `{}`, want: `{}`},
	})
}

// runTypes runs cases on one engine with one worker.
func runTypes(t *testing.T, cases map[string]typeCase) {
	t.Helper()
	engine := realengine.Start(t)
	serve(t, engine, typesv1.NewTypesDispatcher(types{}))
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			document := workflow(t, "types", tt.action)
			if tt.fails != "" {
				if got := runFails(t, engine, document, tt.input); !strings.Contains(got, tt.fails) {
					t.Errorf("got failure %q, want %q", got, tt.fails)
				}
				return
			}
			tt.run(t, engine, document)
		})
	}
}

// run runs a case that ends well.
func (tt typeCase) run(t *testing.T, engine *realengine.Server, document string) {
	t.Helper()
	workflowType, err := engine.Deploy(t.Context(), document)
	if err != nil {
		t.Fatal(err)
	}
	execution, err := engine.Start(t.Context(), workflowType, tt.input)
	if err != nil {
		t.Fatal(err)
	}
	result, err := engine.Wait(t.Context(), execution)
	if err != nil {
		t.Fatal(err)
	}
	history, err := engine.History(t.Context(), execution)
	if err != nil {
		t.Fatal(err)
	}
	wantSent := cmp.Or(tt.sent, tt.input)
	want := cmp.Or(tt.want, wantSent)
	if got := sent(t, history); !sameJSON(got, wantSent) {
		t.Errorf("the workflow sent %s, want %s", got, wantSent)
	}
	if got := string(result.Payload); !sameJSON(got, want) {
		t.Errorf("the workflow got %s, want %s", got, want)
	}
}

// A terminal failure reaches the workflow in the worker's words.
func TestFailureMessages(t *testing.T) {
	t.Parallel()
	engine := realengine.Start(t)
	serve(t, engine, typesv1.NewTypesDispatcher(types{}))
	for name, tt := range map[string]struct{ text, want string }{
		"plain":      {"no such article", "no such article"},
		"empty":      {"", ""},
		"two lines":  {"one\ntwo", "one\ntwo"},
		"unicode":    {"é \"δ\" 😀 \u2028", "é \"δ\" 😀 \u2028"},
		"looks like": {"retryable: not at all", "retryable: not at all"},
		"long":       {strings.Repeat("é", 1000), strings.Repeat("é", 1000)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			input, err := json.Marshal(map[string]string{"text": tt.text})
			if err != nil {
				t.Fatal(err)
			}
			got := runFails(t, engine, workflow(t, "types", "fail"), string(input))
			if want := "activity failed (terminal): " + tt.want; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}
