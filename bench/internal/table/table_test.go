package table_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/aion-go/aion/bench/internal/table"
)

func TestNumbersHaveThreeDigits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		figure float64
		want   string
	}{
		{0, "0"},
		{0.95123, "0.951"},
		{-2.345, "-2.35"},
		{12.34, "12.3"},
		{256, "256"},
		{1024, "1,024"},
		{-1234, "-1,234"},
		{123456.7, "123,457"},
		{1234567, "1,234,567"},
	} {
		if got := table.Number(tt.figure); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.figure, got, tt.want)
		}
	}
}

func TestFiguresAreAMedianAndARange(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		figures table.Figures
		want    string
	}{
		{nil, ""},
		{table.Figures{3}, "3"},
		{table.Figures{4, 2}, "3 (2–4)"},
		{table.Figures{9, 1, 2}, "2 (1–9)"},
	} {
		if got := tt.figures.String(); got != tt.want {
			t.Errorf("%v: got %q, want %q", []float64(tt.figures), got, tt.want)
		}
	}
}

func TestFiguresAreComparedRoundByRound(t *testing.T) {
	t.Parallel()
	ours, theirs := table.Figures{10, 30, 5}, table.Figures{5, 10, 0}
	if got := ours.Over(theirs); len(got) != 2 || got[0] != 2 || got[1] != 3 {
		t.Errorf("got %v, want 2 and 3, and nothing for the round without a figure", []float64(got))
	}
	if got := ours.Less(theirs).Median(); got != 5 {
		t.Errorf("got a difference of %v, want 5", got)
	}
	if got := ours.Over(nil); got != nil {
		t.Errorf("got %v against nothing, want nothing", got)
	}
}

func TestReplaceNeedsAPlace(t *testing.T) {
	t.Parallel()
	const begin, end = "<!-- a -->\n", "<!-- end of a -->"
	for _, tt := range []struct{ name, document, want string }{
		{"a place", "x\n" + begin + "old\n" + end + "\ny", "x\n" + begin + "new\n" + end + "\ny"},
		{"another's place", "<!-- b -->\n<!-- end of b -->", ""},
		{"no end", begin + "old", ""},
		{"nothing", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "document.md")
			if err := os.WriteFile(path, []byte(tt.document), 0o600); err != nil {
				t.Fatal(err)
			}
			err := table.Replace(path, "a", "new\n")
			got, readErr := os.ReadFile(path)
			if readErr != nil {
				t.Fatal(readErr)
			}
			if tt.want == "" {
				if err == nil || string(got) != tt.document {
					t.Errorf("got %v and %q, want an error and the document as it was", err, got)
				}
			} else if err != nil || string(got) != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestATableHasAHead(t *testing.T) {
	t.Parallel()
	got := table.New("a", "b")
	got.Add("1", "2")
	if want := "| a | b |\n|---|---|\n| 1 | 2 |\n"; got.String() != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
