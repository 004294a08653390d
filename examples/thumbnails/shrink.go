package main

import (
	"context"
	"image"

	"golang.org/x/image/draw"
)

// stripe is how many rows or columns are drawn between two looks at the context.
const stripe = 64

// shrink draws a picture so small that its longest edge is size; a smaller one is
// copied as it is. It stops soon after ctx has ended: the function that draws takes
// no context, so it is called for a stripe at a time. Stripes need not overlap, as
// the picture is made narrower first, where rows are nothing to each other, and
// then lower, where columns are.
func shrink(ctx context.Context, picture image.Image, size int) (image.Image, error) {
	from := picture.Bounds()
	width, height := fit(from.Dx(), from.Dy(), size)
	narrow := image.NewRGBA(image.Rect(0, 0, width, from.Dy()))
	for top := 0; top < from.Dy(); top += stripe {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		rows := image.Rect(0, top, width, min(top+stripe, from.Dy()))
		source := image.Rect(0, rows.Min.Y, from.Dx(), rows.Max.Y).Add(from.Min)
		draw.CatmullRom.Scale(narrow, rows, picture, source, draw.Src, nil)
	}
	small := image.NewRGBA(image.Rect(0, 0, width, height))
	for left := 0; left < width; left += stripe {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		columns := image.Rect(left, 0, min(left+stripe, width), height)
		source := image.Rect(columns.Min.X, 0, columns.Max.X, from.Dy())
		draw.CatmullRom.Scale(small, columns, narrow, source, draw.Src, nil)
	}

	return small, nil
}

// fit returns the edges of a picture in its own proportions whose longest edge is
// size at most, and no edge shorter than a pixel.
func fit(width, height, size int) (int, int) {
	longest := max(width, height)
	if longest <= size {
		return width, height
	}
	scaled := func(edge int) int { return max(1, (edge*size+longest/2)/longest) }

	return scaled(width), scaled(height)
}
