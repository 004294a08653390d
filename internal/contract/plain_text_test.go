package contract

import (
	"strings"
	"testing"
)

func TestPlainPrefixStopsBeforeEverySpecialByte(t *testing.T) {
	t.Parallel()
	for b := range 256 {
		special := b < ' ' || b == '"' || b == '\\'
		for at := range 40 {
			text := strings.Repeat("x", at) + string([]byte{byte(b)}) + strings.Repeat("y", 39-at)
			want, wantASCII := len(text), b < 0x80
			if special {
				want, wantASCII = at-at%wordBytes, true
			}
			got, ascii := plainPrefix(text)
			same, _ := plainPrefix([]byte(text))
			if got != want || ascii != wantASCII || same != want {
				t.Fatalf("got %d, %t for byte %#x at %d, want %d, %t", got, ascii, b, at, want, wantASCII)
			}
		}
	}
	if got, _ := plainPrefix("short"); got != 0 {
		t.Errorf("got %d for less than a word, want 0", got)
	}
}
