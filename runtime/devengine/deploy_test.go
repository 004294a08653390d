package devengine_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	aionpb "github.com/aion-go/aion/gen/aion"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

// advertise makes a registration advertise one contract of the activity charge.
func advertise(input, output string) func(*aionpb.RegisterWorker) {
	return func(r *aionpb.RegisterWorker) {
		r.Activities = []*aionpb.ActivityDescriptor{{
			Name: "charge", InputSchemaJson: input, OutputSchemaJson: output,
		}}
	}
}

func TestDeployNamesEverySchemaThatIsNoJSON(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	err := l.Deploy(queue, contract("charge", "{}", "{}"), contract("refund", "", "{"))
	if err == nil {
		t.Fatal("Deploy: got no error, want one")
	}
	for _, want := range []string{`activity "refund": input schema: `, "output schema: "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error: got %q, want it to contain %q", err, want)
		}
	}
	l.connect(1) // Nothing was deployed: it may lack charge.
}

// wide and narrow are the sides of a comparison: as an input, the workflow
// sends the narrow schema and the worker accepts the wide one.
func TestContractsThatContradict(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, narrow, wide, path, narrowText, wideText string }{
		{
			"type", `{"type":"string"}`, `{"type":"integer"}`,
			"", "string", "integer",
		},
		{
			"number is no integer", `{"type":"number"}`, `{"type":"integer"}`,
			"", "number", "integer",
		},
		{
			"one of two types", `{"type":["string","null"]}`, `{"type":"string"}`,
			"", "string or null", "string",
		},
		{
			"no type", `{}`, `{"type":"string"}`,
			"", "anything", "string",
		},
		{
			"true", `true`, `{"type":"string"}`,
			"", "anything", "string",
		},
		{
			"false", `{"type":"string"}`, `false`,
			"", "string", "nothing",
		},
		{
			"enum", `{"type":"string","enum":["Red","Blue"]}`, `{"type":"string","enum":["Red"]}`,
			"", `value "Blue"`, `enum ["Red"]`,
		},
		{
			"enum missing", `{"type":"string"}`, `{"type":"string","enum":["Red"]}`,
			"", "any string", `enum ["Red"]`,
		},
		{
			"const", `{"const":1}`, `{"const":2}`,
			"", "value 1", "const 2",
		},
		{
			"types of values", `{"enum":["a",1.5]}`, `{"type":["string","integer"]}`,
			"", `value ["a",1.5]`, "string or integer",
		},
		{
			"required", `{"type":"object","required":["a"]}`,
			`{"type":"object","required":["a","b"]}`,
			".b", "it not always", "only objects that have it",
		},
		{
			"property", `{"properties":{"a":{"properties":{"b":{"type":"null"}}}}}`,
			`{"properties":{"a":{"properties":{"b":{"type":"boolean"}}}}}`,
			".a.b", "null", "boolean",
		},
		{
			"items", `{"items":{"type":"string"}}`, `{"items":{"type":"integer"}}`,
			"[]", "string", "integer",
		},
		{
			"any items", `{"type":"array"}`, `{"items":{"type":"integer"}}`,
			"[]", "anything", "integer",
		},
		{
			"map", `{"additionalProperties":{"type":"string"}}`,
			`{"additionalProperties":{"type":"integer"}}`,
			".*", "string", "integer",
		},
		{
			"open object as a map", `{"type":"object"}`,
			`{"additionalProperties":{"type":"integer"}}`,
			".*", "anything", "integer",
		},
		{
			"named property of a map",
			`{"properties":{"a":{"type":"string"}},"additionalProperties":{"type":"integer"}}`,
			`{"additionalProperties":{"type":"integer"}}`,
			".a", "string", "integer",
		},
		{
			"map as an object", `{"additionalProperties":{"type":"string"}}`,
			`{"properties":{"a":{"type":"integer"}}}`,
			".a", "string", "integer",
		},
		{
			"lower bound", `{"minimum":1}`, `{"minimum":2}`,
			"", "minimum 1", "minimum 2",
		},
		{
			"upper bound missing", `{}`, `{"maxLength":2}`,
			"", "no maxLength", "maxLength 2",
		},
		{
			"upper bound", `{"maxItems":3}`, `{"maxItems":2}`,
			"", "maxItems 3", "maxItems 2",
		},
		{
			"unknown keyword", `{"pattern":"a"}`, `{"pattern":"b"}`,
			"", `pattern "a"`, `pattern "b"`,
		},
		{
			"unknown keyword on the narrow side", `{"format":"date"}`, `{}`,
			"", `format "date"`, "no format",
		},
		{
			"reference", `{"$ref":"#/$defs/A","$defs":{"A":{"type":"string"}}}`,
			`{"type":"integer"}`,
			"", "string", "integer",
		},
		{
			"beside a reference", `{"type":"string"}`,
			`{"$ref":"#/$defs/A","maxLength":1,"$defs":{"A":{"type":"string"}}}`,
			"", "no maxLength", "maxLength 1",
		},
		{
			"reference to nowhere", `{"$ref":"#/$defs/B"}`, `{"type":"integer"}`,
			"", `schema {"$ref":"#/$defs/B"}`, `schema {"type":"integer"}`,
		},
		{
			"reference to elsewhere", `{"$ref":"https://example.com/a"}`, `{"type":"integer"}`,
			"", `schema {"$ref":"https://example.com/a"}`, `schema {"type":"integer"}`,
		},
		{
			"reference in circles", `{"type":"integer"}`,
			`{"$ref":"#/$defs/A","$defs":{"A":{"$ref":"#/$defs/A"}}}`,
			"", `schema {"type":"integer"}`,
			`schema {"$defs":{"A":{"$ref":"#/$defs/A"}},"$ref":"#/$defs/A"}`,
		},
		{
			"recursive",
			`{"$ref":"#/$defs/T","$defs":{"T":{"properties":{"next":{"$ref":"#/$defs/T"},` +
				`"v":{"type":"string"}}}}}`,
			`{"$ref":"#/$defs/U","$defs":{"U":{"properties":{"next":{"$ref":"#/$defs/U"},` +
				`"v":{"type":"null"}}}}}`,
			".v", "string", "null",
		},
		{
			"recursive on one side", `true`,
			`{"$ref":"#/$defs/U",` +
				`"$defs":{"U":{"anyOf":[{"items":{"$ref":"#/$defs/U"}},{"items":{"$ref":"#/$defs/U"}}]}}}`,
			"", "anything", "none of the 2 branches of anyOf",
		},
		{
			"branch of the narrow side", `{"anyOf":[{"type":"string"},{"type":"null"}]}`,
			`{"type":"string"}`,
			"", "null", "string",
		},
		{
			"no branch of the wide side", `{"type":"boolean"}`,
			`{"oneOf":[{"type":"string"},{"type":"null"}]}`,
			"", "boolean", "none of the 2 branches of oneOf",
		},
		{
			"beside branches", `{"type":"string"}`, `{"maxLength":3,"anyOf":[{"type":"string"}]}`,
			"", "string", "none of the 1 branches of anyOf",
		},
		{
			"no schema", `5`, `{"type":"string"}`,
			"", "schema 5", `schema {"type":"string"}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			const same = `{"title":"same"}`
			l := newLab(t, quiet(devengine.Config{}))

			l.deploy(contract("charge", test.narrow, same))
			want := `WORKER_CONTRACT_MISMATCH: task queue "payments": activity "charge": input` + test.path +
				": the workflow sends " + test.narrowText + ", the worker accepts " + test.wideText +
				": widen the worker's input schema, or change what the workflow sends"
			if got := l.mismatch(advertise(test.wide, same)); got != want {
				t.Errorf("as input:\ngot  %s\nwant %s", got, want)
			}

			l.deploy(contract("charge", same, test.wide))
			want = `WORKER_CONTRACT_MISMATCH: task queue "payments": activity "charge": output` + test.path +
				": the worker promises " + test.narrowText + ", the workflow expects " + test.wideText +
				": narrow the worker's output schema, or change what the workflow expects"
			if got := l.mismatch(advertise(same, test.narrow)); got != want {
				t.Errorf("as output:\ngot  %s\nwant %s", got, want)
			}
		})
	}
}

func (l *lab) deploy(contracts ...aion.ActivityContract) {
	l.Helper()
	if err := l.Deploy(queue, contracts...); err != nil {
		l.Fatalf("Deploy: got %v, want nil", err)
	}
}

// mismatch registers a worker that must be refused, and returns the text.
func (l *lab) mismatch(changes ...func(*aionpb.RegisterWorker)) string {
	l.Helper()
	s := l.stream(l.Context())
	s.register(1, changes...)

	return s.end(codes.FailedPrecondition)
}

func TestContractsThatAgree(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, narrow, wide string }{
		{"integer as number", `{"type":"integer"}`, `{"type":"number"}`},
		{"integers of values", `{"enum":[1,2]}`, `{"type":"integer"}`},
		{"one of more types", `{"type":"string"}`, `{"type":["null","string"]}`},
		{"all types", `{}`, `{"type":["array","boolean","null","number","object","string"]}`},
		{"enum", `{"const":"Red"}`, `{"enum":["Blue","Red"]}`},
		{"false", `false`, `{"type":"string"}`},
		{"true", `{"type":"string"}`, `true`},
		{"required", `{"required":["b","a"]}`, `{"required":["a"]}`},
		{
			"one more optional property", `{"properties":{"a":{"type":"string"}}}`,
			`{"properties":{"a":{"type":"string"},"b":{"type":"string"}}}`,
		},
		{
			"one more property sent",
			`{"properties":{"a":{"type":"string"},"b":{"type":"string"}}}`,
			`{"properties":{"a":{"type":"string"}}}`,
		},
		{"bounds", `{"minimum":2,"maximum":3}`, `{"minimum":1,"maximum":3}`},
		{"unknown keyword", `{"pattern":"a"}`, `{"pattern":"a"}`},
		{
			"annotations",
			`{"title":"a","description":"b","default":1,"$comment":"c","deprecated":true}`,
			`{"$schema":"d","$id":"e","$anchor":"f","examples":[1],"readOnly":true,` +
				`"writeOnly":true}`,
		},
		{
			"references", `{"$ref":"#/$defs/a~1b~0c","$defs":{"a/b~c":{"type":"string"}}}`,
			`{"$ref":"#/definitions/x/1","definitions":{"x":[{},{"$ref":"#/definitions/y"}],` +
				`"y":{"type":"string"}}}`,
		},
		{
			"recursive",
			`{"$ref":"#/$defs/T","$defs":{"T":{"properties":{"next":{"$ref":"#/$defs/T"}}}}}`,
			`{"properties":{"next":{"$ref":"#"}}}`,
		},
		{
			"branches", `{"anyOf":[{"type":"null"},{"type":"string"}]}`,
			`{"oneOf":[{"type":"string"},{"type":"null"}]}`,
		},
		{
			"beside branches", `{"type":"string","anyOf":[{"maxLength":2},{"maxLength":3}]}`,
			`{"type":"string","maxLength":3}`,
		},
		{
			"map",
			`{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":false}`,
			`{"type":"object","additionalProperties":{"type":"number"}}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, quiet(devengine.Config{}))
			l.deploy(contract("charge", test.narrow, test.wide))
			l.connect(1, advertise(test.wide, test.narrow))
		})
	}
}

func TestMismatchListsEveryDifference(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	l.deploy(
		contract(
			"charge",
			`{"type":"object","properties":{"a":{"type":"string"}}}`,
			`{"type":"null"}`,
		),
		contract("refund", `true`, `true`),
	)
	got := l.mismatch(advertise(
		`{"type":"object","properties":{"a":{"type":"integer"}},"required":["b"]}`,
		`{"type":"string"}`,
	))
	for _, want := range []string{
		`activity "charge": input.a: the workflow sends string, the worker accepts integer`,
		`activity "charge": input.b: the workflow sends it not always`,
		`activity "charge": output: the worker promises string, the workflow expects null`,
		`activity "refund": the workflow needs it and the worker does not advertise it`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("text: got %q, want it to contain %q", got, want)
		}
	}
}

func TestContractsAreComparedAtRegistrationOnly(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	early := l.connect(1)
	l.deploy(contract("charge", `true`, `true`))
	l.connect(1, func(r *aionpb.RegisterWorker) { r.TaskQueue = "other" })
	if got := l.mismatch(); !strings.Contains(got, `"charge"`) {
		t.Errorf("text: got %q, want it to name charge", got)
	}
	l.start()
	early.task()

	l.deploy(contract("charge", `{"type":"string"}`, `true`))
	l.connect(1, advertise(`{"type":"string"}`, `true`)) // The newer contract counts alone.
	l.Undeploy(queue)
	l.connect(1)
}

func TestWhatIsPinnedElsewhereIsNotCompared(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	pinned := contract("charge", "{}", "{}")
	pinned.Node = "east"
	if err := l.Deploy(queue, pinned); err != nil {
		t.Fatal(err)
	}
	at := func(node string) func(*aionpb.RegisterWorker) {
		return func(r *aionpb.RegisterWorker) { r.Node = node }
	}
	l.connect(1)
	l.connect(1, at("west"))
	l.connect(1, at("east"), advertise("{}", "{}"))
	s := l.stream(l.Context())
	s.register(1, at("east"))
	if got := s.end(codes.FailedPrecondition); !strings.Contains(got, `activity "charge"`) {
		t.Errorf("got %q, want the activity that its node lacks", got)
	}
}
