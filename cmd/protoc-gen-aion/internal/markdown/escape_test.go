package markdown

import "testing"

// What a comment says must not change the page around it.
func TestProse(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, comment, want string }{
		{"heading", "# A", `\# A`},
		{"line under a heading", "A\n===\nB\n---", "A\n\\===\nB\n\\---"},
		{"fence", "```\ncode", "\\```\ncode"},
		{"other fence", "  ~~~", `  \~~~`},
		{"HTML", "a <b> & 1 < 2", "a &lt;b> & 1 &lt; 2"},
		{"HTML in code", "`<a>` <b> `<c", "`<a>` &lt;b> `&lt;c"},
		{"list", "- a\n  - b\n\n1. c", "- a\n  - b\n\n1. c"},
		{"code by indentation", "A:\n\n    # a", "A:\n\n    # a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := prose(tt.comment); got != tt.want {
				t.Errorf("prose(%q): got %q, want %q", tt.comment, got, tt.want)
			}
		})
	}
}

func TestCell(t *testing.T) {
	t.Parallel()
	tests := []struct{ comment, want string }{
		{"", ""},
		{"a | b", `a \| b`},
		{"a\nb\n\n  c", "a b<br>c"},
	}
	for _, tt := range tests {
		if got := cell(tt.comment); got != tt.want {
			t.Errorf("cell(%q): got %q, want %q", tt.comment, got, tt.want)
		}
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"a", "`a`"},
		{"a`b", "`` a`b ``"},
		{"``", "``` `` ```"},
	}
	for _, tt := range tests {
		if got := code(tt.text); got != tt.want {
			t.Errorf("code(%q): got %s, want %s", tt.text, got, tt.want)
		}
	}
}
