package awl_test

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"testing"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/awl"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/check"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/goldencase"
)

// configured is a document whose action has a config line.
func configured(line string) string {
	return document("", "worker jobs\n  action work() -> String\n    "+line+"\n")
}

// takes reports whether the engine's program finds a document right.
func (c cli) takes(text string) bool {
	c.Helper()
	cmd := c.command("awl", "check", c.write(text))
	out, err := cmd.CombinedOutput()
	if refused := new(exec.ExitError); err != nil && !errors.As(err, &refused) {
		c.Fatalf("%s: %v\n%s", cmd, err, out)
	}

	return err == nil
}

func TestDurationsAreAWLs(t *testing.T) {
	t.Parallel()
	program := findCLI(t)
	tests := []struct {
		text string
		// The milliseconds, or -1 for no duration.
		want int64
	}{
		{"", -1},
		{"s", -1},
		{"30", -1},
		{"-1s", -1},
		{"+1s", -1},
		{"1.5h", -1},
		{"1h30m", -1},
		{"1 s", -1},
		{"1S", -1},
		{"100ms", -1},
		{"1w", -1},
		{"1y", -1},
		{"\"1s\"", -1},
		{"1s, node n", -1},
		{"٣s", -1},
		{"9223372036854776s", -1},
		{"153722867280913m", -1},
		{"2562047788016h", -1},
		{"106751991168d", -1},
		{"18446744073709551616s", -1},
		{"0s", 0},
		{"30s", 30_000},
		{"030s", 30_000},
		{"5m", 300_000},
		{"2h", 7_200_000},
		{"2d", 172_800_000},
		{"9223372036854775s", 9223372036854775_000},
		{"153722867280912m", 153722867280912 * 60_000},
		{"2562047788015h", 2562047788015 * 3_600_000},
		{"106751991167d", 106751991167 * 86_400_000},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			got, ok := check.AWLDuration(tt.text)
			if !ok {
				got = -1
			}
			if got != tt.want {
				t.Errorf("got %d ms, want %d", got, tt.want)
			}
			if tt.text == "1s, node n" {
				return // AWL takes it for two parts of the line.
			}
			c := cli{t, program.path, program.home}
			if taken := c.takes(configured("timeout " + tt.text)); taken != ok {
				t.Errorf("got taken by AWL: %t, want %t", taken, ok)
			}
		})
	}
}

// The words are those that AWL has, and names that resemble them.
func TestFallbacksAndNodesAreAWLs(t *testing.T) {
	t.Parallel()
	program := findCLI(t)
	guide := program.run("", "awl", "guide")
	names := []string{
		"", "Norn", "_norn", "2nd", "a.b", "a-b", "a b", "ü", "norn", "norn_2", "a__b", "a_", "null",
		"workers", "default", "A", "gpuA", "Gpu_1", "GPU-1", "Ünit", "\"gpu\"", "Worker",
	}
	for _, word := range regexp.MustCompile(`(?m)^  ([a-z]+) `).FindAllStringSubmatch(guide, -1) {
		names = append(names, word[1])
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) < 80 {
		t.Fatalf("got %d names, want those of all words of AWL: %v", len(names), names)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := cli{t, program.path, program.home}
			got := check.AWLFallback(name)
			if want := c.takes(configured("fallback " + name)); got != want {
				t.Errorf("fallback: got %t, want %t, which is AWL's", got, want)
			}
			got = check.AWLNode(name)
			if want := c.takes(configured("node " + name)); got != want {
				t.Errorf("node: got %t, want %t, which is AWL's", got, want)
			}
		})
	}
}

// configLine is one in a document.
var configLine = regexp.MustCompile(`(?m)^    (node|timeout|retry|fallback) .*$`)

// The order of the parts is that of the formatter, which leaves the lines as they are generated.
func TestFormatterLeavesConfigLines(t *testing.T) {
	t.Parallel()
	c := findCLI(t)
	files, _ := awl.Files("a.awl", false, goldencase.Outlines(t, testdata)["options"])
	text := document("", files[0].GetContent())
	want := configLine.FindAllString(text, -1)
	if len(want) < 5 {
		t.Fatalf("got %d config lines, want those of the options: %q", len(want), want)
	}
	name := c.write(text)
	c.run(name, "awl", "fmt", name)
	formatted, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got := configLine.FindAllString(string(formatted), -1); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
