package main

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// suffixPattern is what the name of a Go package may end in.
var suffixPattern = regexp.MustCompile(`^[A-Za-z0-9_]*$`)

// options are the plugin's own options; those of protoc-gen-go are protogen's.
type options struct {
	// packageSuffix makes the package of the generated code; empty means that of the messages.
	packageSuffix string
	// schemas is the folder of the JSON Schemas; empty means none.
	schemas string
	// docs is the path of the Markdown page; empty means none.
	docs string
	// awl is the path of the AWL declarations; empty means none.
	awl string
	// awlWorkflows asks for a workflow for each activity beside them.
	awlWorkflows bool
}

// set takes one option that protogen does not know.
func (o *options) set(name, value string) error {
	switch name {
	case "package_suffix":
		return o.setPackageSuffix(value)
	case "schemas":
		return setPath(&o.schemas, name, value, "")
	case "docs":
		return setPath(&o.docs, name, value, ".md")
	case "awl":
		return setPath(&o.awl, name, value, ".awl")
	case "awl_workflows":
		return setBool(&o.awlWorkflows, name, value)
	default:
		return fmt.Errorf("unknown plugin option %q: known are package_suffix, paths, module, "+
			"schemas, docs, awl, awl_workflows, default_api_level, M<file> and apilevelM<file>",
			name)
	}
}

func (o *options) setPackageSuffix(value string) error {
	if !suffixPattern.MatchString(value) || strings.HasSuffix(value, "_test") {
		return fmt.Errorf("plugin option package_suffix=%s: want letters, digits and underscores, "+
			"and no _test at the end", value)
	}
	o.packageSuffix = value

	return nil
}

// setPath takes the path of a file with an ending, or of a folder if that is empty. It is below the
// folder that the compiler writes to.
func setPath(to *string, name, value, ending string) error {
	inside := path.Clean(value) == value && !path.IsAbs(value) &&
		value != ".." && !strings.HasPrefix(value, "../") && !strings.ContainsAny(value, `\:`)
	if !inside || !strings.HasSuffix(value, ending) || path.Base(value) == ending && ending != "" {
		return fmt.Errorf("plugin option %s=%s: want a path below the output folder, "+
			"with slashes and without dots as parts%s", name, value, wantEnding(ending))
	}
	*to = value

	return nil
}

func wantEnding(ending string) string {
	if ending == "" {
		return ""
	}

	return ", that ends in " + ending
}

func setBool(to *bool, name, value string) error {
	parsed, err := strconv.ParseBool(value)
	if err != nil {
		return fmt.Errorf("plugin option %s=%s: want true or false", name, value)
	}
	*to = parsed

	return nil
}

// check refuses options that contradict each other.
func (o *options) check() error {
	if o.awlWorkflows && o.awl == "" {
		return errors.New("plugin option awl_workflows=true: the workflows are written beside " +
			"the file of the option awl: set that, too")
	}

	return nil
}
