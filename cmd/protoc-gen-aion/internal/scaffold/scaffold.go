// Package scaffold writes the files that a module of activities begins with.
package scaffold

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// files has what is written. The options are those of the module's own proto folder; a test holds
// them together.
//
//go:embed files
var files embed.FS

// file is one of the files.
type file struct {
	// name is its name below the folder that is written to, with slashes.
	name string
	// source is its name in files.
	source string
	// advice says what to look at in one that was there before and has another text.
	advice string
}

var all = []file{
	{
		name:   "proto/aion/activity/v1/options.proto",
		source: "files/options.proto",
		advice: "remove it and run this again if the plugin does not know what it has",
	},
	{
		name:   "buf.yaml",
		source: "files/buf.yaml",
		advice: "one of its modules must have the path proto",
	},
	{
		name:   "buf.gen.yaml",
		source: "files/buf.gen.yaml",
		advice: "it must exclude the path proto/aion/activity from its inputs, and disable go_package " +
			"for the path aion/activity in managed mode",
	},
}

// Write writes those of the files into a folder that are not there, and tells of each what became
// of it. What is there stays as it is.
func Write(dir string, told io.Writer) error {
	for _, f := range all {
		outcome, err := f.write(dir)
		if err != nil {
			return fmt.Errorf("write %s: %w", f.name, err)
		}
		fmt.Fprintln(told, outcome)
	}

	return nil
}

// write returns what became of the file.
func (f file) write(dir string) (string, error) {
	text, err := files.ReadFile(f.source)
	if err != nil {
		return "", fmt.Errorf("read the template: %w", err)
	}
	target := filepath.Join(dir, filepath.FromSlash(f.name))
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil { //nolint:gosec // A source folder.
		return "", fmt.Errorf("make its folder: %w", err)
	}
	err = create(target, text)
	switch {
	case err == nil:
		return "wrote " + f.name, nil
	case !errors.Is(err, fs.ErrExist):
		return "", err
	}
	present, err := os.ReadFile(target) //nolint:gosec // The name is one of three.
	switch {
	case err != nil:
		return "", fmt.Errorf("compare it with the one that is there: %w", err)
	case bytes.Equal(present, text):
		return "left " + f.name + " alone: it is as it should be", nil
	default:
		return "left " + f.name + " alone, which has another text: " + f.advice, nil
	}
}

// create writes a file that must not be there.
func create(name string, text []byte) error {
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // Source.
	if err != nil {
		return err
	}
	_, err = out.Write(text)

	return errors.Join(err, out.Close())
}
