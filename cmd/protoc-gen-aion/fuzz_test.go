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

// Inputs that gave broken code once, with the pools as they are: a map's entry as a message, and
// messages in a package that is named main.
var broken = []string{
	"\x03\x00\x15\n\x00\x00\f\x05\x0e\x00\b\x12\f\n\x04\x14\x15\x04\f\v\x10\x00\x12\x06" +
		"\x03\b\x00\x00\a\x00\x0e",
	"\x03\x00\a\f\t\x12\x00\x0f\x00\r\x13\x00\r\r\x00\x03\x0f\x10\x12\x01\x15\x17\r\r\x00" +
		"\x13\n\x16\x00\x0f\x0f\a\x00\x00\f\x00\n\x00\x16\x00\x06\x00\x14\x10\x00\x02\x14\x05" +
		"\x00\x05\x05\r",
}

// FuzzRespond holds that any descriptors give code that compiles beside the messages, or mistakes
// with positions; the same each time. Enter an input that fails in the list above, and remove the
// folder testdata/fuzz, which the golden tests would take for a case of theirs.
func FuzzRespond(f *testing.F) {
	seeds := rand.NewChaCha8([32]byte{})
	for size := range 40 {
		input := make([]byte, 8*size)
		if _, err := seeds.Read(input); err != nil {
			f.Fatal(err)
		}
		f.Add(input)
	}
	for _, input := range broken {
		f.Add([]byte(input))
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
