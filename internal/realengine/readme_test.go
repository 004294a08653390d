package realengine_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aion-go/aion/internal/realengine"
)

// root is where the README's commands run.
const root = "../.."

// readmeSection returns the text of a section of the README.
func readmeSection(t *testing.T, title string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## "+title+"\n")
	if !found {
		t.Fatalf("README.md has no section %q", title)
	}
	section, _, _ = strings.Cut(section, "\n## ")

	return section
}

// shellCommands returns the lines of a section's one shell block.
func shellCommands(t *testing.T, section string) []string {
	t.Helper()
	block := regexp.MustCompile("(?s)```sh\n(.*?)\n```").FindStringSubmatch(section)
	if block == nil {
		t.Fatal("the section has no shell block")
	}

	return strings.Split(block[1], "\n")
}

// The README's three commands do what it says. Only the addresses are the
// test's own, and the file with the engine's is a copy with those.
func TestTheREADMEsCommandsOnTheRealEngine(t *testing.T) {
	t.Parallel()
	section := readmeSection(t, "On the real engine")
	commands := shellCommands(t, section)
	promise := regexp.MustCompile("result is `(.*)`").FindStringSubmatch(section)
	if len(commands) != 3 || promise == nil {
		t.Fatalf("got commands %q and result %q, want three and one", commands, promise)
	}
	shell := newShell(t)
	server := shell.start(commands[0])
	if err := server.WaitForLog(t.Context(), "startup catch-up complete"); err != nil {
		t.Fatal(err)
	}
	worker := shell.start(commands[1])
	for _, queue := range []string{"greeter", "concierge"} {
		if err := worker.WaitForLog(t.Context(), "task_queue="+queue); err != nil {
			t.Fatal(err)
		}
	}
	out, err := shell.command(commands[2]).CombinedOutput()
	if err != nil || !strings.Contains(string(out), promise[1]) {
		t.Errorf("%s: got %s, %v, want %s", commands[2], out, err, promise[1])
	}
}

// shell runs lines of the README at the module's root.
type shell struct {
	*testing.T

	env       []string
	addresses *strings.Replacer
}

func newShell(t *testing.T) *shell {
	t.Helper()
	home := filepath.Join(t.TempDir(), "home")
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	const config = "examples/greeter/aion.toml"
	own := filepath.Join(home, "aion.toml")
	addresses := strings.NewReplacer(
		"127.0.0.1:8080", realengine.FreeAddress(t),
		"127.0.0.1:50051", realengine.FreeAddress(t),
		config, own,
	)
	text, err := os.ReadFile(filepath.Join(root, config))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(own, []byte(addresses.Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Dir(realengine.Binary(t)) + string(os.PathListSeparator) + os.Getenv("PATH")
	// The Go command keeps its caches, which are in the real home.
	return &shell{t, []string{"PATH=" + path, "AION_HOME=" + filepath.Join(home, ".aion")}, addresses}
}

// line is a line that replaces the shell, so that a signal reaches its command.
func (s *shell) line(line string) []string {
	return []string{"-c", "cd " + root + " && exec " + s.addresses.Replace(line)}
}

func (s *shell) start(line string) *realengine.Process {
	s.Helper()

	return realengine.StartProcess(s.T, "/bin/sh", s.line(line), s.env)
}

func (s *shell) command(line string) *exec.Cmd {
	cmd := exec.CommandContext(s.Context(), "/bin/sh", s.line(line)...)
	cmd.Env = append(os.Environ(), s.env...)

	return cmd
}
