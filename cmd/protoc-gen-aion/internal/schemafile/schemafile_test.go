package schemafile

import (
	"testing"

	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/outline"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
	"github.com/aion-go/aion/internal/contract"
)

func TestFileName(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, want string }{
		{"", ""},
		{"charge", "charge"},
		{"Charge-2_x.v1", "Charge-2_x.v1"},
		{"..", "%2E."},
		{".hidden", "%2Ehidden"},
		{"a/b", "a%2Fb"},
		{`a\b:c*`, "a%5Cb%3Ac%2A"},
		{"100%", "100%25"},
		{"Grüße", "Gr%C3%BC%C3%9Fe"},
		{"a b", "a%20b"},
	}
	for _, tt := range tests {
		if got := fileName(tt.name); got != tt.want {
			t.Errorf("fileName(%q): got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Explicit names of activities may have any characters but those of control.
func TestQuoted(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{`say "hi" \ <b>&`, `"say \"hi\" \\ <b>&"`},
		{"Grüße", `"Grüße"`},
	}
	for _, tt := range tests {
		if got := quoted(tt.text); got != tt.want {
			t.Errorf("quoted(%q): got %s, want %s", tt.text, got, tt.want)
		}
	}
}

// The node may have any such characters, too; without one there is no line of it.
func TestNodeLine(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		node service.Option[string]
		want string
	}{
		{"none", service.Option[string]{}, ""},
		{"a name", service.Option[string]{Value: "gpu", IsSet: true}, "\n  \"node\": \"gpu\","},
		{"quotes", service.Option[string]{Value: `"`, IsSet: true}, "\n  \"node\": \"\\\"\","},
	}
	for _, tt := range tests {
		activity := &outline.Activity{Method: &service.Method{Node: tt.node}}
		if got := node(activity); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Where folders do not tell capitals from small letters, the second file would replace the first.
func TestNamesThatDifferInCapitals(t *testing.T) {
	t.Parallel()
	plan, err := contract.Input(new(emptypb.Empty).ProtoReflect().Descriptor(), contract.Options{})
	if err != nil {
		t.Fatal(err)
	}
	activity := func(name string) *outline.Activity {
		return &outline.Activity{
			Method:  &service.Method{FullName: "a.B." + name, ActivityType: name},
			Service: &service.Service{Queue: "b"},
			Input:   outline.Payload{Plan: plan},
			Output:  outline.Payload{Plan: plan},
		}
	}
	files, err := Files("x", &outline.Outline{
		Activities: []*outline.Activity{activity("run"), activity("Run"), activity("run_")},
	})
	const want = ": rpc a.B.Run: the file x/b/Run.json is also that of rpc a.B.run (): " +
		"run the plugin for each of their packages alone, with another schemas=DIR"
	if err == nil || err.Error() != want || files != nil {
		t.Errorf("got %d files and error %v, want %q", len(files), err, want)
	}
}
