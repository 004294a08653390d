package schemafile_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	outputsv1 "github.com/aion-go/aion/cmd/protoc-gen-aion/testdata/outputs/want/outputs/v1"
	aion "github.com/aion-go/aion/runtime"
)

// The golden case of the plugin, where its files are checked in.
const golden = "../../testdata/outputs/want"

// Workers advertise the bytes that the files hold: this compares the files that are checked in with
// the dispatchers that are generated of the same protos.
func TestFilesAreWhatWorkersAdvertise(t *testing.T) {
	t.Parallel()
	dispatchers := []aion.Dispatcher{
		outputsv1.NewPaintDispatcher(nil),
		outputsv1.NewShapesDispatcher(nil),
		outputsv1.NewBareDispatcher(nil),
		outputsv1.NewValuesDispatcher(nil),
	}
	files := 0
	for _, dispatcher := range dispatchers {
		for _, activity := range dispatcher.Activities() {
			files++
			name := strings.ReplaceAll(activity.Type, "/", "%2F") + ".json"
			name = filepath.Join(golden, "schemas", dispatcher.TaskQueue(), name)
			got := read(t, name)
			want := map[string]string{
				"task_queue":    `"` + dispatcher.TaskQueue() + `"`,
				"activity":      `"` + activity.Type + `"`,
				"input_schema":  string(activity.InputSchema),
				"output_schema": string(activity.OutputSchema),
			}
			if activity.Node != "" {
				want["node"] = `"` + activity.Node + `"`
			}
			if !maps.Equal(got, want) {
				t.Errorf("%s:\ngot  %v\nwant %v", name, got, want)
			}
		}
	}
	written, err := filepath.Glob(filepath.Join(golden, "schemas", "*", "*.json"))
	if err != nil || len(written) != files {
		t.Errorf("got %d files and error %v, want %d, one an activity", len(written), err, files)
	}
}

// read returns the members of a file's object, each as its JSON text.
func read(t *testing.T, name string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	texts := make(map[string]string, len(members))
	for member, value := range members {
		texts[member] = string(value)
	}

	return texts
}
