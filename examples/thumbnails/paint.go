package main

import (
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path"
)

// paint paints a picture of rings for the demonstration, in the format that the
// end of its name says.
func paint(root *os.Root, name string, width, height int) error {
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			ring := math.Hypot(float64(x-width/2), float64(y-height/2)) / 12
			wave := func(phase float64) uint8 { return uint8(128 + 127*math.Sin(ring+phase)) }
			picture.SetRGBA(x, y, color.RGBA{R: wave(0), G: wave(2), B: wave(4), A: math.MaxUint8})
		}
	}
	file, err := root.Create(name)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // The next to read it would notice.
	if path.Ext(name) == ".png" {
		return png.Encode(file, picture)
	}

	return jpeg.Encode(file, picture, nil)
}
