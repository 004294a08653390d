package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	thumbnailsv1 "github.com/aion-go/aion/examples/thumbnails/gen/thumbnails/v1"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/aiontest"
	"github.com/aion-go/aion/runtime/devengine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newFolder is the worker's folder of a test, with a picture of 300 by 200 pixels.
func newFolder(t *testing.T) *thumbnails {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	if err := paint(root, "garden.png", 300, 200); err != nil {
		t.Fatal(err)
	}

	return &thumbnails{root: root}
}

// expectFiles expects that there are these files and folders, and no others.
func (t *thumbnails) expectFiles(tb testing.TB, want ...string) {
	tb.Helper()
	var got []string
	err := fs.WalkDir(t.root.FS(), ".", func(name string, _ fs.DirEntry, err error) error {
		got = append(got, name)

		return err
	})
	want = append([]string{"."}, want...)
	slices.Sort(got)
	slices.Sort(want)
	if err != nil || !slices.Equal(got, want) {
		tb.Errorf("got the files %q, %v, want %q", got, err, want)
	}
}

func TestRequestsThatCannotBe(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		pictures []string
		sizes    []int32
		folder   string
		want     string
	}{
		"no picture":      {nil, []int32{1}, "small", "nothing to do"},
		"no size":         {[]string{"garden.png"}, nil, "small", "nothing to do"},
		"size 0":          {[]string{"garden.png"}, []int32{64, 0}, "small", "sizes[1] is 0: want 1 to 4096"},
		"large size":      {[]string{"garden.png"}, []int32{4097}, "small", "sizes[0] is 4097"},
		"same name":       {[]string{"a.png", "b/a.jpg"}, []int32{1}, "small", `"a.png" and "b/a.jpg"`},
		"outside":         {[]string{"../garden.png"}, []int32{1}, "small", `path "../garden.png"`},
		"absolute":        {[]string{"/etc/passwd"}, []int32{1}, "small", `path "/etc/passwd"`},
		"folder outside":  {[]string{"garden.png"}, []int32{1}, "..", `path ".."`},
		"without a place": {[]string{"garden.png"}, []int32{1}, "", `path ""`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := newFolder(t)
			_, err := folder.Resize(aiontest.Context(t, aion.Info{}), &thumbnailsv1.ResizeRequest{
				Pictures: tt.pictures, Sizes: tt.sizes, Folder: tt.folder,
			})
			if aion.KindOf(err) != aion.KindTerminal || !strings.Contains(fmt.Sprint(err), tt.want) {
				t.Errorf("got %v, want a terminal failure with %q", err, tt.want)
			}
			folder.expectFiles(t, "garden.png")
		})
	}
}

func TestPicturesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	const png = "\x89PNG\r\n\x1a\n"
	huge := "IHDR\x00\x01\x86\xa0\x00\x01\x86\xa0\x08\x02\x00\x00\x00" // 100,000 by 100,000.
	checksum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(huge)))
	for name, tt := range map[string]struct{ content, want string }{
		"no picture": {"hello", "unknown format"},
		"empty":      {"", "unknown format"},
		"cut":        {png, "unexpected EOF"},
		"huge":       {png + "\x00\x00\x00\x0d" + huge + string(checksum), "it is 100000 by 100000 pixels"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := newFolder(t)
			if err := folder.root.WriteFile("broken.png", []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			folder.expectUnreadable(t, "broken.png", tt.want)
			folder.expectFiles(t, "garden.png", "broken.png")
		})
	}
	t.Run("missing", func(t *testing.T) {
		t.Parallel()
		folder := newFolder(t)
		folder.expectUnreadable(t, "missing.png", "there is no such file")
		folder.expectFiles(t, "garden.png")
	})
}

// expectUnreadable resizes a good picture and another one, of which it expects that
// it cannot be read, ever.
func (t *thumbnails) expectUnreadable(tb testing.TB, picture, reason string) {
	tb.Helper()
	_, err := t.Resize(aiontest.Context(tb, aion.Info{}), &thumbnailsv1.ResizeRequest{
		Pictures: []string{"garden.png", picture}, Sizes: []int32{10}, Folder: "small",
	})
	got, ok := thumbnailsv1.ThumbnailsUnreadablePictureFrom(err)
	if !ok || got.GetPicture() != picture || !strings.Contains(got.GetReason(), reason) ||
		aion.KindOf(err) != aion.KindTerminal {
		tb.Errorf("got %v, want the terminal failure of %s with %q", err, picture, reason)
	}
}

func TestAPlaceThatIsTaken(t *testing.T) {
	t.Parallel()
	folder := newFolder(t)
	_, err := folder.Resize(aiontest.Context(t, aion.Info{}), &thumbnailsv1.ResizeRequest{
		Pictures: []string{"garden.png"}, Sizes: []int32{10}, Folder: "garden.png",
	})
	if err == nil || aion.KindOf(err) != aion.KindRetryable {
		t.Errorf("got %v, want a retryable failure: somebody may clear the place", err)
	}
	folder.expectFiles(t, "garden.png")
}

func TestThumbnailsOverTheWire(t *testing.T) {
	t.Parallel()
	folder := newFolder(t)
	if err := paint(folder.root, "tower.jpg", 50, 400); err != nil {
		t.Fatal(err)
	}
	if err := folder.root.WriteFile("small.txt", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	stub := thumbnailsv1.NewThumbnailsStub(aiontest.Run(t, thumbnailsv1.NewThumbnailsDispatcher(folder)))
	want := []*thumbnailsv1.Thumbnail{
		{File: "small/garden-30.png", Width: 30, Height: 20},
		{File: "small/garden-1000.png", Width: 300, Height: 200},
		{File: "small/tower-30.png", Width: 4, Height: 30},
		{File: "small/tower-1000.png", Width: 50, Height: 400},
	}
	for range 2 { // The second time replaces what the first has made.
		out, err := stub.Resize(t.Context(), &thumbnailsv1.ResizeRequest{
			Pictures: []string{"garden.png", "tower.jpg"}, Sizes: []int32{30, 1000}, Folder: "small",
		})
		if err != nil || !slices.EqualFunc(out.GetThumbnails(), want, sameThumbnail) {
			t.Errorf("got %v, %v, want %v", out.GetThumbnails(), err, want)
		}
		for _, thumbnail := range want {
			folder.expectPicture(t, thumbnail)
		}
		folder.expectFiles(t, "garden.png", "tower.jpg", "small.txt", "small", want[0].GetFile(),
			want[1].GetFile(), want[2].GetFile(), want[3].GetFile())
	}
}

func sameThumbnail(a, b *thumbnailsv1.Thumbnail) bool {
	return a.GetFile() == b.GetFile() && a.GetWidth() == b.GetWidth() && a.GetHeight() == b.GetHeight()
}

// expectPicture expects that a file is a PNG of the size that was told.
func (t *thumbnails) expectPicture(tb testing.TB, want *thumbnailsv1.Thumbnail) {
	tb.Helper()
	file, err := t.root.Open(want.GetFile())
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	picture, format, err := image.Decode(file)
	if err != nil || format != "png" ||
		picture.Bounds() != image.Rect(0, 0, int(want.GetWidth()), int(want.GetHeight())) {
		tb.Errorf("%s: got a %s of %v, %v, want %v", want.GetFile(), format, picture, err, want)
	}
}

func TestProgressOnlyGrows(t *testing.T) {
	t.Parallel()
	folder := newFolder(t)
	if err := paint(folder.root, "tower.jpg", 50, 400); err != nil {
		t.Fatal(err)
	}
	ctx := aiontest.Context(t, aion.Info{})
	if _, err := folder.Resize(ctx, &thumbnailsv1.ResizeRequest{
		Pictures: []string{"garden.png", "tower.jpg"}, Sizes: []int32{10, 20}, Folder: "small",
	}); err != nil {
		t.Fatal(err)
	}
	progress := aiontest.Heartbeats[*thumbnailsv1.ResizeProgress](ctx)
	percents := make([]int32, 0, len(progress))
	for _, p := range progress {
		percents = append(percents, p.GetPercent())
	}
	if want := []int32{0, 25, 50, 50, 75, 100}; !reflect.DeepEqual(percents, want) {
		t.Errorf("got %v percent, want %v", percents, want)
	}
}

func TestACancellationLeavesNothing(t *testing.T) {
	t.Parallel()
	folder := newFolder(t)
	stub := thumbnailsv1.NewThumbnailsStub(aiontest.Run(t, thumbnailsv1.NewThumbnailsDispatcher(folder)))
	sizes := make([]int32, 20_000) // It takes minutes, unless it is cancelled.
	for i := range sizes {
		sizes[i] = int32(200 + i%100)
	}
	call := aiontest.Start(t, stub.Resize, &thumbnailsv1.ResizeRequest{
		Pictures: []string{"garden.png"}, Sizes: sizes, Folder: "small",
	})
	call.WaitHeartbeats(2) // The second comes after a second of work: some are written.
	if told := aiontest.Heartbeats[*thumbnailsv1.ResizeProgress](call); told[1].GetWritten() == 0 {
		t.Errorf("got progress %v, want some written", told)
	}
	call.Cancel()
	if _, err := call.Wait(); !errors.Is(err, devengine.ErrCancelled) {
		t.Errorf("got %v, want that it is cancelled", err)
	}
	runs := call.HandlerRuns()
	if len(runs) != 1 || !errors.Is(runs[0].Cause, aion.ErrCancelledByEngine) {
		t.Errorf("got %+v, want one handler that the engine has cancelled", runs)
	}
	folder.expectFiles(t, "garden.png")
}

func TestAnEndWhileAPictureIsRead(t *testing.T) {
	t.Parallel()
	folder := newFolder(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(aion.ErrWorkerStopping)
	_, err := folder.read(ctx, "garden.png")
	if _, unreadable := thumbnailsv1.ThumbnailsUnreadablePictureFrom(err); unreadable ||
		!errors.Is(err, aion.ErrWorkerStopping) {
		t.Errorf("got %v, want the cause of the context, not that the picture is broken", err)
	}
}
