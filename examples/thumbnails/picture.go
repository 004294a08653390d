package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // Reads GIF.
	_ "image/jpeg" // Reads JPEG.
	_ "image/png"  // Reads PNG.
	"io"
	"io/fs"

	thumbnailsv1 "github.com/aion-go/aion/examples/thumbnails/gen/thumbnails/v1"
)

// largestPicture bounds the pixels of a picture, 4 bytes each or 8. A file of a few
// bytes can claim to be of any size, and would be given the memory.
const largestPicture = 50_000_000

// read reads a picture. That a file is no picture is a typed failure, which is
// terminal: it stays so. That it cannot be read at the moment is an error like any
// other, which is retried.
func (t *thumbnails) read(ctx context.Context, name string) (image.Image, error) {
	file, err := t.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, unreadable(name, errors.New("there is no such file"))
	}
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // It was only read.
	in := &source{ctx: ctx, file: file}
	picture, err := decode(in)
	if in.err != nil {
		return nil, in.err
	}
	if err != nil {
		return nil, unreadable(name, err)
	}

	return picture, nil
}

func decode(in io.ReadSeeker) (image.Image, error) {
	config, _, err := image.DecodeConfig(in)
	if err != nil {
		return nil, err
	}
	if pixels := int64(config.Width) * int64(config.Height); pixels < 1 || pixels > largestPicture {
		return nil, fmt.Errorf("it is %d by %d pixels: want 1 to %d pixels",
			config.Width, config.Height, largestPicture)
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	picture, _, err := image.Decode(in)

	return picture, err
}

// source is a file for decoders that take no context: reading ends with it. It
// keeps apart what is wrong with reading and what with the content.
type source struct {
	ctx  context.Context //nolint:containedctx // That of the one call that it is made for.
	file io.ReadSeeker
	err  error
}

// Read reads from the file.
func (s *source) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		s.err = context.Cause(s.ctx)

		return 0, s.err
	}
	n, err := s.file.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}

	return n, err
}

// Seek is that of the file.
func (s *source) Seek(offset int64, whence int) (int64, error) { return s.file.Seek(offset, whence) }

func unreadable(name string, reason error) error {
	return thumbnailsv1.NewThumbnailsUnreadablePictureFailure(
		&thumbnailsv1.UnreadablePicture{Picture: name, Reason: reason.Error()},
	)
}
