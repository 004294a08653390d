package main

import (
	"fmt"
	"regexp"
	"strings"
)

// suffixPattern is what the name of a Go package may end in.
var suffixPattern = regexp.MustCompile(`^[A-Za-z0-9_]*$`)

// options are the plugin's own options; those of protoc-gen-go are protogen's.
type options struct {
	// packageSuffix makes the package of the generated code; empty means that of the messages.
	packageSuffix string
}

// set takes one option that protogen does not know.
func (o *options) set(name, value string) error {
	if name != "package_suffix" {
		return fmt.Errorf("unknown plugin option %q: known are package_suffix, paths, module, "+
			"default_api_level, M<file> and apilevelM<file>", name)
	}
	if !suffixPattern.MatchString(value) || strings.HasSuffix(value, "_test") {
		return fmt.Errorf("plugin option package_suffix=%s: want letters, digits and underscores, "+
			"and no _test at the end", value)
	}
	o.packageSuffix = value

	return nil
}
