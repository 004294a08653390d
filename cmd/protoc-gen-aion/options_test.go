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
