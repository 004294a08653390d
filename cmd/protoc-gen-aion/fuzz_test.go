package main

import (
	"go/format"
	"io"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/pluginpb"
)

// positioned is an error of a response: a position in a file of the pools, and a text.
var positioned = regexp.MustCompile(`^[^:]+(:\d+:\d+)?: \S`)

// FuzzRespond holds that any descriptors give code that compiles beside the messages, or mistakes
// with positions; the same each time.
func FuzzRespond(f *testing.F) {
	seeds := rand.NewChaCha8([32]byte{})
	for size := range 40 {
		input := make([]byte, 8*size)
		if _, err := seeds.Read(input); err != nil {
			f.Fatal(err)
		}
		f.Add(input)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		holds(t, randomRequest(input))
	})
}

// holds checks the response to a request.
func holds(t *testing.T, request *pluginpb.CodeGeneratorRequest) {
	t.Helper()
	got := respond(clone(request), io.Discard)
	messages, err := messagesOf(clone(request))
	if err != nil {
		return // No compiler makes such a request, or protogen refuses it, in changing words.
	}
	if again := respond(clone(request), io.Discard); !proto.Equal(got, again) {
		t.Error("a second run gave another response, want the same")
	}
	if typeCheck(t, messages) != nil {
		return // Whoever made this request has no messages to use the code with.
	}
	if got.GetError() != "" {
		for line := range strings.SplitSeq(got.GetError(), "\n") {
			if !positioned.MatchString(line) {
				t.Errorf("got error %q, want a position", line)
			}
		}

		return
	}
	for _, file := range got.GetFile() {
		formatted, err := format.Source([]byte(file.GetContent()))
		if err != nil || string(formatted) != file.GetContent() {
			t.Errorf("%s: got other text formatted, or the error %v:\n%s",
				file.GetName(), err, file.GetContent())
		}
	}
	messages.addServices(t, request, got)
	if err := typeCheck(t, messages); err != nil {
		t.Errorf("got code that does not compile: %v", err)
		for _, file := range got.GetFile() {
			t.Log(file.GetContent())
		}
	}
}

func clone(request *pluginpb.CodeGeneratorRequest) *pluginpb.CodeGeneratorRequest {
	return proto.CloneOf(request)
}
