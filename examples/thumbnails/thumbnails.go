package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"path"
	"path/filepath"
	"strings"

	thumbnailsv1 "github.com/aion-go/aion/examples/thumbnails/gen/thumbnails/v1"
	aion "github.com/aion-go/aion/runtime"
)

// largestSize bounds the longest edge of a thumbnail.
const largestSize = 4096

// thumbnails implements the activities of the queue "thumbnails".
type thumbnails struct {
	// root is the folder that the worker works in. Paths of workflows cannot leave it,
	// neither by dots nor by symbolic links.
	root *os.Root
}

var _ thumbnailsv1.ThumbnailsActivities = (*thumbnails)(nil)

// Resize makes thumbnails of several pictures. It may be run again at any time:
// what is there already is written anew, with the same content.
func (t *thumbnails) Resize(
	ctx context.Context, in *thumbnailsv1.ResizeRequest,
) (out *thumbnailsv1.ResizeResponse, err error) {
	if err := check(in); err != nil {
		return nil, aion.Terminal(err)
	}
	batch, err := newBatch(t.root)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, batch.discard()) }()
	out, err = t.resize(ctx, in, batch)
	if err != nil {
		return nil, err
	}

	return out, batch.commit()
}

// resize makes the thumbnails of a batch.
func (t *thumbnails) resize(
	ctx context.Context, in *thumbnailsv1.ResizeRequest, batch *batch,
) (*thumbnailsv1.ResizeResponse, error) {
	out := &thumbnailsv1.ResizeResponse{}
	progress := progress{total: len(in.GetPictures()) * len(in.GetSizes())}
	for _, name := range in.GetPictures() {
		if err := progress.tell(ctx, name); err != nil {
			return nil, err
		}
		picture, err := t.read(ctx, name)
		if err != nil {
			return nil, err
		}
		for _, size := range in.GetSizes() {
			small, err := shrink(ctx, picture, int(size))
			if err != nil {
				return nil, err
			}
			file := thumbnailName(in.GetFolder(), name, size)
			if err := batch.add(file, small); err != nil {
				return nil, err
			}
			out.Thumbnails = append(out.Thumbnails, thumbnail(file, small.Bounds()))
			progress.written++
			if err := progress.tell(ctx, name); err != nil {
				return nil, err
			}
		}
	}

	return out, nil
}

func thumbnail(file string, bounds image.Rectangle) *thumbnailsv1.Thumbnail {
	return &thumbnailsv1.Thumbnail{
		File:   file,
		Width:  int32(bounds.Dx()), //nolint:gosec // It is largestSize at most.
		Height: int32(bounds.Dy()), //nolint:gosec // As above.
	}
}

// check says all that is wrong with a request.
func check(in *thumbnailsv1.ResizeRequest) error {
	var errs []error
	if len(in.GetPictures()) == 0 || len(in.GetSizes()) == 0 {
		errs = append(errs, errors.New("nothing to do: name one of pictures and sizes or more"))
	}
	for i, size := range in.GetSizes() {
		if size < 1 || size > largestSize {
			errs = append(errs, fmt.Errorf("sizes[%d] is %d: want 1 to %d", i, size, largestSize))
		}
	}
	for _, name := range append([]string{in.GetFolder()}, in.GetPictures()...) {
		if !filepath.IsLocal(name) {
			errs = append(errs, fmt.Errorf("path %q: want one below the worker's folder", name))
		}
	}
	taken := map[string]string{}
	for _, name := range in.GetPictures() {
		file := thumbnailName("", name, 0)
		if other, ok := taken[file]; ok {
			errs = append(errs, fmt.Errorf("pictures %q and %q would have the same thumbnails: "+
				"resize them into two folders", other, name))
		}
		taken[file] = name
	}

	return errors.Join(errs...)
}

// thumbnailName is the file of a thumbnail: small/garden-320.png of garden.jpg.
func thumbnailName(folder, picture string, size int32) string {
	base := strings.TrimSuffix(path.Base(picture), path.Ext(picture))

	return path.Join(folder, fmt.Sprintf("%s-%d.png", base, size))
}
