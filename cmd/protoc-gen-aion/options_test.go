package main

import "testing"

func TestOptions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, value string
		// The package suffix afterwards, or ok is false.
		suffix string
		ok     bool
	}{
		{"package_suffix", "", "", true},
		{"package_suffix", "aion", "aion", true},
		{"package_suffix", "_Aion2", "_Aion2", true},
		{"package_suffix", "a/b", "", false},
		{"package_suffix", "ü", "", false},
		{"package_suffix", "_test", "", false},
		{"package_suffix", "aion\n", "", false},
		{"Package_suffix", "aion", "", false},
		{"suffix", "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name+"="+tt.value, func(t *testing.T) {
			t.Parallel()
			var got options
			err := got.set(tt.name, tt.value)
			if ok := err == nil; ok != tt.ok {
				t.Errorf("error: got %v, want one: %t", err, !tt.ok)
			}
			if got.packageSuffix != tt.suffix {
				t.Errorf("package suffix: got %q, want %q", got.packageSuffix, tt.suffix)
			}
		})
	}
}

func TestOutputOptions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, value string
		want        options
		ok          bool
	}{
		{"schemas", "schemas", options{schemas: "schemas"}, true},
		{"schemas", ".", options{schemas: "."}, true},
		{"schemas", "a/b.c", options{schemas: "a/b.c"}, true},
		{"schemas", "", options{}, false},
		{"schemas", "..", options{}, false},
		{"schemas", "../a", options{}, false},
		{"schemas", "/a", options{}, false},
		{"schemas", "a/", options{}, false},
		{"schemas", "a/../b", options{}, false},
		{"schemas", `a\b`, options{}, false},
		{"schemas", `c:a`, options{}, false},
		{"docs", "docs/a.md", options{docs: "docs/a.md"}, true},
		{"docs", "docs/a.txt", options{}, false},
		{"docs", "docs/.md", options{}, false},
		{"awl", "a.awl", options{awl: "a.awl"}, true},
		{"awl", "a", options{}, false},
		{"awl_workflows", "true", options{awlWorkflows: true}, true},
		{"awl_workflows", "false", options{}, true},
		{"awl_workflows", "", options{}, false},
		{"awl_workflows", "yes", options{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name+"="+tt.value, func(t *testing.T) {
			t.Parallel()
			var got options
			err := got.set(tt.name, tt.value)
			if ok := err == nil; ok != tt.ok {
				t.Errorf("error: got %v, want one: %t", err, !tt.ok)
			}
			if got != tt.want {
				t.Errorf("options: got %+v, want %+v", got, tt.want)
			}
		})
	}
}
