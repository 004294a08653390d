// Package schemafile writes the JSON Schemas that a worker advertises into files, one an activity.
package schemafile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	"google.golang.org/protobuf/types/pluginpb"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/outline"
)

// Files returns a file DIR/QUEUE/TYPE.json for each activity: an object with task_queue, activity,
// node if the activity is pinned to one, input_schema and output_schema, the schemas byte for byte
// as a worker advertises them. Two activities that would share a file, as those of two versions of a
// service do, are an error that names both.
func Files(dir string, o *outline.Outline) ([]*pluginpb.CodeGeneratorResponse_File, error) {
	owners := make(map[string]*outline.Activity, len(o.Activities))
	var files []*pluginpb.CodeGeneratorResponse_File
	var mistakes []string
	for _, a := range o.Activities {
		name := path.Join(dir, fileName(a.Service.Queue), fileName(a.ActivityType)+".json")
		// Folders may not tell capitals from small letters.
		first := owners[strings.ToLower(name)]
		if first != nil {
			mistakes = append(mistakes, fmt.Sprintf(
				"%s: rpc %s: the file %s is also that of rpc %s (%s): "+
					"run the plugin for each of their packages alone, with another schemas=DIR",
				a.Position, a.FullName, name, first.FullName, first.Position))

			continue
		}
		owners[strings.ToLower(name)] = a
		files = append(files, &pluginpb.CodeGeneratorResponse_File{
			Name: &name, Content: new(content(a)),
		})
	}
	if len(mistakes) > 0 {
		return nil, errors.New(strings.Join(mistakes, "\n"))
	}

	return files, nil
}

// layout is an activity's file. The schemas are not indented: they are the bytes on the wire.
const layout = `{
  "task_queue": %s,
  "activity": %s,%s
  "input_schema": %s,
  "output_schema": %s
}
`

func content(a *outline.Activity) string {
	return fmt.Sprintf(layout, quoted(a.Service.Queue), quoted(a.ActivityType), node(a),
		a.Input.Plan.Schema(), a.Output.Plan.Schema())
}

// node is the line of the node that an activity is pinned to, with the line break before it; or
// nothing.
func node(a *outline.Activity) string {
	if !a.Node.IsSet {
		return ""
	}

	return "\n  \"node\": " + quoted(a.Node.Value) + ","
}

// quoted is a text in JSON, with no more escapes than JSON asks for.
func quoted(text string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		return `""` // A text can always be written.
	}

	return strings.TrimSuffix(out.String(), "\n")
}

// fileName is a name that any file system takes: bytes other than ASCII letters, digits, _, - and .
// are written as % and two hexadecimal digits, and so is a dot at the beginning.
func fileName(name string) string {
	var out strings.Builder
	for i := range len(name) {
		c := name[i]
		if isPlain(c) && (c != '.' || i > 0) {
			out.WriteByte(c)
		} else {
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}

	return out.String()
}

func isPlain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '_' || c == '-' || c == '.'
}
