package scaffold_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/scaffold"
)

const optionsProto = "proto/aion/activity/v1/options.proto"

func write(t *testing.T, dir string) string {
	t.Helper()
	var told strings.Builder
	if err := scaffold.Write(dir, &told); err != nil {
		t.Fatal(err)
	}

	return told.String()
}

func read(t *testing.T, elements ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(elements...))
	if err != nil {
		t.Fatal(err)
	}

	return string(text)
}

func TestTheOptionsAreThoseOfTheModule(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir)
	got, want := read(t, dir, optionsProto), read(t, "..", "..", "..", "..", optionsProto)
	if got != want {
		t.Error("got other options than those in the module's proto folder: " +
			"copy them to files/options.proto")
	}
}

func TestWhatIsThereStays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const mine = "# mine\n"
	if err := os.WriteFile(filepath.Join(dir, "buf.gen.yaml"), []byte(mine), 0o600); err != nil {
		t.Fatal(err)
	}
	first := write(t, dir)
	want := "wrote proto/aion/activity/v1/options.proto\nwrote buf.yaml\n" +
		"left buf.gen.yaml alone, which has another text: it must exclude the path " +
		"proto/aion/activity from its inputs, and disable go_package for the path aion/activity in " +
		"managed mode\n"
	if first != want {
		t.Errorf("first run:\ngot  %s\nwant %s", first, want)
	}
	second := write(t, dir)
	if want := "left buf.yaml alone: it is as it should be\n"; !strings.Contains(second, want) {
		t.Errorf("second run: got %s, want %s in it", second, want)
	}
	if got := read(t, dir, "buf.gen.yaml"); got != mine {
		t.Errorf("got %q, want %q", got, mine)
	}
}

func TestWhatCannotBeWrittenIsAnError(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, inTheWay, want string
		folder               bool
	}{
		{name: "a file for a folder", inTheWay: "proto", want: "write " + optionsProto + ": make its folder"},
		{
			name: "a folder for a file", inTheWay: "buf.yaml", folder: true,
			want: "write buf.yaml: compare it with the one that is there",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			inTheWay := filepath.Join(dir, tt.inTheWay)
			obstruct := func() error { return os.WriteFile(inTheWay, nil, 0o600) }
			if tt.folder {
				obstruct = func() error { return os.Mkdir(inTheWay, 0o700) }
			}
			if err := obstruct(); err != nil {
				t.Fatal(err)
			}
			var told strings.Builder
			if err := scaffold.Write(dir, &told); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
}
