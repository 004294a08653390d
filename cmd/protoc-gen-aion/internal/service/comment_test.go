package service

import (
	"testing"

	"google.golang.org/protobuf/compiler/protogen"
)

func TestClean(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, comment, want string }{
		{"nothing", "", ""},
		{"only space", " \n\t\n", ""},
		{"line", " Greet greets.\n", "Greet greets."},
		{"no space", "Greet greets.\n", "Greet greets."},
		{"indentation", " Greet:\n   code\n", "Greet:\n  code"},
		{"space at the end", " Greet \t\n greets. \n", "Greet\ngreets."},
		{"blank ends", "\n\n Greet\n\n greets.\n\n\n", "Greet\n\ngreets."},
		{"lines of other systems", " Greet\r\n greets\r people.\r\n", "Greet\ngreets\npeople."},
		{"control characters", " Gr\x00eet\x07\x1b[1m\ufeff greets.\n", "Greet[1m greets."},
		{"invalid UTF-8", " Gr\xff\xfeet\n", "Gr\ufffdet"},
		{"tab", " a\tb\n", "a\tb"},
		{"end of a Go comment", " a */ b\n", "a */ b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := clean(protogen.Comments(tt.comment)); got != tt.want {
				t.Errorf("clean(%q): got %q, want %q", tt.comment, got, tt.want)
			}
		})
	}
}
