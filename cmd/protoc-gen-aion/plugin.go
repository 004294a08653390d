package main

import (
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/check"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/render"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// The proto syntaxes that the plugin declares to know.
const (
	features = uint64(pluginpb.CodeGeneratorResponse_FEATURE_PROTO3_OPTIONAL |
		pluginpb.CodeGeneratorResponse_FEATURE_SUPPORTS_EDITIONS)
	minimumEdition = descriptorpb.Edition_EDITION_PROTO2
	maximumEdition = descriptorpb.Edition_EDITION_2024
)

// errNoRequest says that nobody asked for anything.
var errNoRequest = errors.New("no request")

// generate reads a compiler's request and writes the response. Mistakes in protos and options are
// part of the response; warnings go to stderr. The error is about the request itself.
func generate(stdin io.Reader, stdout, stderr io.Writer) error {
	input, err := io.ReadAll(stdin)
	if err != nil {
		return fmt.Errorf("read the request: %w", err)
	}
	if len(input) == 0 {
		return errNoRequest
	}
	request := new(pluginpb.CodeGeneratorRequest)
	decoding := proto.UnmarshalOptions{Resolver: service.Types}
	if err := decoding.Unmarshal(input, request); err != nil {
		return fmt.Errorf("the input is no request of a proto compiler: %w", err)
	}
	output, err := proto.Marshal(respond(request, stderr))
	if err != nil {
		return fmt.Errorf("encode the response: %w", err)
	}
	if _, err := stdout.Write(output); err != nil {
		return fmt.Errorf("write the response: %w", err)
	}

	return nil
}

// respond answers a request.
func respond(
	request *pluginpb.CodeGeneratorRequest, stderr io.Writer,
) *pluginpb.CodeGeneratorResponse {
	var opts options
	plugin, err := protogen.Options{ParamFunc: opts.set}.New(request)
	if err == nil {
		err = opts.check()
	}
	if err != nil {
		return &pluginpb.CodeGeneratorResponse{
			Error:             new(err.Error()),
			SupportedFeatures: new(features),
			MinimumEdition:    new(int32(minimumEdition)),
			MaximumEdition:    new(int32(maximumEdition)),
		}
	}
	plugin.SupportedFeatures = features
	plugin.SupportedEditionsMinimum = minimumEdition
	plugin.SupportedEditionsMaximum = maximumEdition
	others, err := files(plugin, opts, stderr)
	if err != nil {
		plugin.Error(err)
	}
	response := plugin.Response()
	if response.Error == nil {
		response.File = append(response.File, others...)
	}

	return response
}

// files generates all files, or none and an error that has every mistake. Those in Go become part
// of the plugin's response; the others, which have no Go package, are returned.
func files(
	plugin *protogen.Plugin, opts options, stderr io.Writer,
) ([]*pluginpb.CodeGeneratorResponse_File, error) {
	services := service.Read(plugin.Files, opts.packageSuffix)
	mistakes, warnings := check.Files(plugin.Files, services)
	for _, warning := range warnings {
		fmt.Fprintf(stderr, "%s: warning: %s\n", warning.Position, warning.Text)
	}
	if len(mistakes) > 0 {
		return nil, errors.New(mistakes.String())
	}
	for _, file := range services {
		source, err := render.File(file)
		if err != nil {
			return nil, err
		}
		out := plugin.NewGeneratedFile(file.Output, protogen.GoImportPath(file.GoImportPath))
		if _, err := out.Write(source); err != nil {
			return nil, fmt.Errorf("%s: %w", file.Output, err)
		}
	}

	return otherFiles(services, opts, stderr)
}
