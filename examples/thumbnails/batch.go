package main

import (
	"crypto/rand"
	"errors"
	"image"
	"image/png"
	"os"
	"path"
)

// partialSuffix ends the name of a folder of thumbnails that are not yet all there.
// What a worker leaves that is killed can be found by it.
const partialSuffix = ".partial"

// batch is the thumbnails of one run of the activity. They are written into a
// folder of their own and appear under their names when all of them are there. So
// a run that fails, is cancelled or killed leaves no file behind that looks like
// one, and two that run at once do not write into the same.
type batch struct {
	root    *os.Root
	staging string
	files   map[string]string // The final name of each staged file.
}

func newBatch(root *os.Root) (*batch, error) {
	b := &batch{root: root, staging: rand.Text() + partialSuffix, files: map[string]string{}}

	return b, root.Mkdir(b.staging, 0o755)
}

// add writes a picture that is to get a name.
func (b *batch) add(name string, picture image.Image) error {
	staged := path.Join(b.staging, rand.Text())
	file, err := b.root.Create(staged)
	if err != nil {
		return err
	}
	err = png.Encode(file, picture)
	if err == nil {
		err = file.Sync() // Before the rename: else a crash of the machine could leave it empty.
	}
	b.files[staged] = name

	return errors.Join(err, file.Close())
}

// commit gives all files their names. Each is replaced as a whole.
func (b *batch) commit() error {
	for staged, name := range b.files {
		if err := b.root.MkdirAll(path.Dir(name), 0o755); err != nil {
			return err
		}
		if err := b.root.Rename(staged, name); err != nil {
			return err
		}
	}

	return nil
}

// discard removes what has no name yet. After a commit, that is an empty folder.
func (b *batch) discard() error { return b.root.RemoveAll(b.staging) }
