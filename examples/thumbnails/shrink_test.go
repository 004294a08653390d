package main

import (
	"context"
	"errors"
	"image"
	"image/color"
	"math/rand/v2"
	"testing"

	"golang.org/x/image/draw"
)

func TestFit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ width, height, size, wantWidth, wantHeight int }{
		{1600, 1200, 320, 320, 240},
		{1200, 1600, 320, 240, 320},
		{100, 100, 1, 1, 1},
		{320, 240, 320, 320, 240},
		{319, 240, 320, 319, 240}, // Never larger.
		{10_000, 1, 100, 100, 1},  // Never nothing.
		{1000, 666, 100, 100, 67}, // Rounded.
	} {
		if w, h := fit(tt.width, tt.height, tt.size); w != tt.wantWidth || h != tt.wantHeight {
			t.Errorf("%d by %d in %d: got %d by %d, want %d by %d",
				tt.width, tt.height, tt.size, w, h, tt.wantWidth, tt.wantHeight)
		}
	}
}

// Stripes cannot be seen: it is what one call draws, but for what rounding to 8
// bits between the two passes does.
func TestShrinkDrawsWhatOneCallDraws(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	large := image.NewRGBA(image.Rect(0, 0, 700, 500))
	for y := range 500 {
		for x := range 700 { // Smooth, with a bit of noise: edges would be cut off at 0 and 255.
			v := func(n int) uint8 { return uint8(64 + n%100 + random.IntN(20)) }
			large.SetRGBA(x, y, color.RGBA{v(x / 7), v(y / 5), v((x + y) / 12), 255})
		}
	}
	picture := large.SubImage(image.Rect(13, 17, 613, 417)) // One that does not begin at 0, 0.
	got, err := shrink(t.Context(), picture, 150)
	if err != nil {
		t.Fatal(err)
	}
	want := image.NewRGBA(image.Rect(0, 0, 150, 100))
	draw.CatmullRom.Scale(want, want.Bounds(), picture, picture.Bounds(), draw.Src, nil)
	if got.Bounds() != want.Bounds() {
		t.Fatalf("got %v, want %v", got.Bounds(), want.Bounds())
	}
	for y := range 100 {
		for x := range 150 {
			g, w := got.At(x, y).(color.RGBA), want.RGBAAt(x, y)
			if differ(g.R, w.R) || differ(g.G, w.G) || differ(g.B, w.B) || differ(g.A, w.A) {
				t.Fatalf("at %d, %d: got %v, want %v", x, y, g, w)
			}
		}
	}
}

func differ(a, b uint8) bool { return max(a, b)-min(a, b) > 2 }

func TestShrinkStops(t *testing.T) {
	t.Parallel()
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	if _, err := shrink(ctx, image.NewRGBA(image.Rect(0, 0, 10, 10)), 5); !errors.Is(err, reason) {
		t.Errorf("got %v, want the cause of the context", err)
	}
}
