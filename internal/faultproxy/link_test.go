package faultproxy

import (
	"net"
	"testing"
	"time"
)

// Over a pipe, each read is one write.
func TestASliceIsAWrite(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		slice int
		want  []string
	}{
		"whole":  {0, []string{"abcde"}},
		"bytes":  {1, []string{"a", "b", "c", "d", "e"}},
		"pairs":  {2, []string{"ab", "cd", "e"}},
		"larger": {9, []string{"abcde"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy := Start(t, "127.0.0.1:1")
			proxy.Slice(tt.slice)
			near, far := net.Pipe()
			defer far.Close()
			far.SetDeadline(time.Now().Add(5 * time.Second))
			l := &link{proxy: proxy, worker: near, engine: near, cut: make(chan struct{})}
			written := make(chan bool, 1)
			go func() { written <- l.write(ToEngine, near, chunk{bytes: []byte("abcde"), due: time.Now()}) }()
			for _, want := range tt.want {
				buffer := make([]byte, 16)
				n, err := far.Read(buffer)
				if err != nil || string(buffer[:n]) != want {
					t.Errorf("got %q, %v, want %q", buffer[:n], err, want)
				}
			}
			if !<-written {
				t.Error("the write failed")
			}
		})
	}
}
