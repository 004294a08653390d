// Command protoc-gen-aion is a plugin of proto compilers. It generates Go code from proto services:
// an interface for the activities, the dispatcher that a worker of the Aion engine serves them
// with, and a stub that calls them. The messages are protoc-gen-go's.
//
// With buf, in buf.gen.yaml, beside protoc-gen-go:
//
//	plugins:
//	  - local: protoc-gen-aion
//	    out: gen
//	    opt: paths=source_relative
//
// protoc-gen-aion init writes such a file, with what the options of services need beside it: the
// proto file that declares them, and buf.yaml.
//
// Options are those of protoc-gen-go, and package_suffix=X, which puts the code into a package of
// its own below that of the messages, named as it is with X appended. Further ones ask for outputs
// beside Go: schemas=DIR, docs=FILE.md, awl=FILE.awl and awl_workflows=true.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/scaffold"
	"github.com/aion-go/aion/internal/version"
)

// usageStatus is the exit status of a program that was called in a way it cannot be.
const usageStatus = 2

const usage = `protoc-gen-aion generates Go code for workers of the Aion engine from proto services.
It is a plugin of proto compilers, which pass it what to do: name it in buf.gen.yaml
and run buf generate, or call protoc with --aion_out=DIR.

Options: package_suffix=X generates into a package of its own, named as that of the
messages with X appended; paths=source_relative, module=PREFIX and M mappings are as
protoc-gen-go's. Outputs beside Go: schemas=DIR writes a file of JSON Schemas for each
activity, docs=FILE.md a page that describes them, awl=FILE.awl what AWL workflows need
to call them, and awl_workflows=true a workflow for each beside that.

protoc-gen-aion init writes the files that a module begins with into this folder:
buf.yaml, buf.gen.yaml, and the proto file of the options for services. Files that
are there stay as they are.

protoc-gen-aion --version prints the version.
`

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run returns the exit status.
func run(args []string, stdin *os.File, stdout, stderr io.Writer) int {
	switch {
	case slices.Equal(args, []string{"--version"}):
		fmt.Fprintln(stdout, "protoc-gen-aion", version.Version)

		return 0
	case slices.Equal(args, []string{"init"}):
		return reported(scaffold.Write(".", stdout), stderr)
	case len(args) > 0 || isTerminal(stdin):
		fmt.Fprint(stderr, usage)

		return usageStatus
	}
	err := generate(stdin, stdout, stderr)
	if errors.Is(err, errNoRequest) {
		fmt.Fprint(stderr, usage)

		return usageStatus
	}

	return reported(err, stderr)
}

// reported writes an error, if there is one, and returns the exit status that goes with it.
func reported(err error, stderr io.Writer) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, "protoc-gen-aion:", err)

	return 1
}

// isTerminal reports whether nobody but a person could write to a file.
func isTerminal(file *os.File) bool {
	info, err := file.Stat()

	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
