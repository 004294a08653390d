package main

import (
	"context"

	thumbnailsv1 "github.com/aion-go/aion/examples/thumbnails/gen/thumbnails/v1"
)

// progress is how far an activity has come.
type progress struct{ written, total int }

// tell reports it. It costs next to nothing, since only the newest is sent, once
// a second. When the activity has been cancelled, its error is the reason: a loop
// that tells its progress and returns this error needs no other check.
func (p progress) tell(ctx context.Context, picture string) error {
	return thumbnailsv1.ThumbnailsResizeHeartbeat(ctx, &thumbnailsv1.ResizeProgress{
		Picture: picture,
		Written: int32(p.written),                 //nolint:gosec // A request has 4 MiB at most.
		Total:   int32(p.total),                   //nolint:gosec // As above.
		Percent: int32(100 * p.written / p.total), //nolint:gosec // It is 100 at most.
	})
}
