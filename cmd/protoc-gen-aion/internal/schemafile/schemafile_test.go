package schemafile

import "testing"

func TestFileName(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, want string }{
		{"", ""},
		{"charge", "charge"},
		{"Charge-2_x.v1", "Charge-2_x.v1"},
		{"..", "%2E."},
		{".hidden", "%2Ehidden"},
		{"a/b", "a%2Fb"},
		{`a\b:c*`, "a%5Cb%3Ac%2A"},
		{"100%", "100%25"},
		{"Grüße", "Gr%C3%BC%C3%9Fe"},
		{"a b", "a%20b"},
	}
	for _, tt := range tests {
		if got := fileName(tt.name); got != tt.want {
			t.Errorf("fileName(%q): got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Explicit names of activities may have any characters but those of control.
func TestQuoted(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{`say "hi" \ <b>&`, `"say \"hi\" \\ <b>&"`},
		{"Grüße", `"Grüße"`},
	}
	for _, tt := range tests {
		if got := quoted(tt.text); got != tt.want {
			t.Errorf("quoted(%q): got %s, want %s", tt.text, got, tt.want)
		}
	}
}
