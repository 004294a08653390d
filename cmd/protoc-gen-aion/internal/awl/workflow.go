package awl

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/types/pluginpb"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/check"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// workflows returns a document for each action, in folders beside a file. Of actions that share
// their task queue and name, as those of two versions of a service do, the first has one.
func (l *library) workflows(beside string) []*pluginpb.CodeGeneratorResponse_File {
	var files []*pluginpb.CodeGeneratorResponse_File
	written := make(map[string]bool)
	for _, e := range l.entries {
		if e.action == nil {
			continue
		}
		folder := path.Join(path.Dir(beside), e.activity.Service.Queue)
		name := path.Join(folder, e.activity.ActivityType+".awl")
		if written[name] {
			continue
		}
		written[name] = true
		files = append(files, &pluginpb.CodeGeneratorResponse_File{
			Name: &name, Content: new(l.workflow(e.action)),
		})
	}

	return files
}

// workflow is a document that runs an action once, with the inputs of the workflow, and ends with
// its result.
func (l *library) workflow(a *action) string {
	d := l.newDocument()
	d.comment("", "//!", fmt.Sprintf("Runs the activity %s of the task queue %s once.",
		a.ActivityType, a.Service.Queue))
	d.comment("", "//", mark) // Not at the beginning: what stands there has to be narration.
	d.linef("workflow %s_%s", a.Service.Queue, a.ActivityType)
	inputs, arguments := inputsOf(a), make([]string, 0, len(a.parameters))
	for i, f := range a.parameters {
		d.comment("  ", "///", service.CommentOf(f.Desc))
		d.linef("  input %s: %s", inputs[i], d.optional(f))
		arguments = append(arguments, f.Name+": "+inputs[i])
	}
	d.linef("  outcome done: type %s, route success\n", d.result(a))
	d.payloads(a)
	d.worker(a.Service)
	d.action(a)
	result := unused("result", inputs)
	d.linef("\nstep run\n  %s(%s) -> %s\n  route done(%[3]s)",
		a.ActivityType, strings.Join(arguments, ", "), result)

	return d.text()
}

// inputsOf names the inputs of a workflow as the parameters of its action. Where an expression of
// AWL cannot begin with that word, _input is appended.
func inputsOf(a *action) []string {
	parameters := make([]string, 0, len(a.parameters))
	for _, f := range a.parameters {
		parameters = append(parameters, f.Name)
	}
	inputs := make([]string, 0, len(parameters))
	for _, name := range parameters {
		if !check.AWLExpression(name) {
			name = unused(name+"_input", parameters)
		}
		inputs = append(inputs, name)
	}

	return inputs
}

// unused returns a name, with a number if it is one of the others.
func unused(name string, others []string) string {
	unique := name
	for i := 2; slices.Contains(others, unique); i++ {
		unique = name + "_" + strconv.Itoa(i)
	}

	return unique
}
