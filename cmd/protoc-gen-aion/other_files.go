package main

import (
	"fmt"
	"io"

	"google.golang.org/protobuf/types/pluginpb"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/awl"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/markdown"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/outline"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/schemafile"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// otherFiles are the outputs beside Go that the options ask for.
func otherFiles(
	services []*service.File, opts options, stderr io.Writer,
) ([]*pluginpb.CodeGeneratorResponse_File, error) {
	o, err := outline.Read(services)
	if err != nil {
		return nil, err
	}
	if len(o.Activities) == 0 {
		return nil, nil
	}
	var files []*pluginpb.CodeGeneratorResponse_File
	if opts.schemas != "" {
		files, err = schemafile.Files(opts.schemas, o)
		if err != nil {
			return nil, err
		}
	}
	if opts.docs != "" {
		page, err := markdown.Page(o)
		if err != nil {
			return nil, err
		}
		files = append(files, &pluginpb.CodeGeneratorResponse_File{
			Name: &opts.docs, Content: &page,
		})
	}

	if opts.awl != "" {
		documents, warnings := awl.Files(opts.awl, opts.awlWorkflows, o)
		for _, warning := range warnings {
			fmt.Fprintf(stderr, "%s: warning: %s\n", warning.Position, warning.Text)
		}
		files = append(files, documents...)
	}

	return files, nil
}
