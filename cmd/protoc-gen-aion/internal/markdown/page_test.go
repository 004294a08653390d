package markdown_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/goldencase"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/markdown"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/outline"
)

const testdata = "../../testdata"

// examples finds the examples of a page: two for each activity, in their order.
var examples = regexp.MustCompile("(?s)```json\n(.*?)\n```")

// Every example on a page is valid by the schema that a worker advertises, and the codec of a
// worker takes it, and gives it back as it is.
func TestExamplesAreValid(t *testing.T) {
	t.Parallel()
	outlines := goldencase.Outlines(t, testdata)
	for _, name := range goldencase.Names(outlines) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := outlines[name]
			page, err := markdown.Page(o)
			if err != nil {
				t.Fatal(err)
			}
			found := examples.FindAllStringSubmatch(page, -1)
			if len(found) != 2*len(o.Activities) {
				t.Fatalf("got %d examples, want 2 for each of %d activities",
					len(found), len(o.Activities))
			}
			for i, a := range o.Activities {
				checkExample(t, a.FullName+", input", a.Input, found[2*i][1])
				checkExample(t, a.FullName+", output", a.Output, found[2*i+1][1])
			}
		})
	}
}

func checkExample(t *testing.T, name string, payload outline.Payload, text string) {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if err := compileSchema(t, payload.Plan.Schema()).Validate(value); err != nil {
		t.Errorf("%s: %s is not valid: %v", name, text, err)
	}
	message := dynamicpb.NewMessage(payload.Message)
	if err := payload.Plan.Decode([]byte(text), message); err != nil {
		t.Errorf("%s: %s: %v", name, text, err)
	}
	again, err := payload.Plan.Append(nil, message)
	if err != nil || compact(t, string(again)) != compact(t, text) {
		t.Errorf("%s: encoded again: got %s and error %v, want %s", name, again, err, text)
	}
}

func compileSchema(t *testing.T, text []byte) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("payload.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("payload.json")
	if err != nil {
		t.Fatal(err)
	}

	return schema
}

func compact(t *testing.T, text string) string {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}

	return string(out)
}

var (
	links   = regexp.MustCompile(`\]\(#([^)]*)\)`)
	anchors = regexp.MustCompile(`<a id="([^"]*)"></a>`)
)

func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	outlines := goldencase.Outlines(t, testdata)
	for _, name := range goldencase.Names(outlines) {
		page, err := markdown.Page(outlines[name])
		if err != nil {
			t.Fatal(err)
		}
		places := make(map[string]int)
		for _, anchor := range anchors.FindAllStringSubmatch(page, -1) {
			places[anchor[1]]++
		}
		for _, link := range links.FindAllStringSubmatch(page, -1) {
			if places[link[1]] != 1 {
				t.Errorf("%s: link to %s: got %d places, want 1", name, link[1], places[link[1]])
			}
		}
	}
}
