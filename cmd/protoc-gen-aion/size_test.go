package main_test

import (
	"os"
	"testing"
)

// People install the plugin with go install or download it in each run of CI.
func TestPluginIsSmall(t *testing.T) {
	t.Parallel()
	info, err := os.Stat(plugin)
	if err != nil {
		t.Fatal(err)
	}
	const most = 15 << 20
	if got := info.Size(); got > most {
		t.Errorf("size of the plugin: got %d bytes, want %d or less", got, most)
	} else {
		t.Logf("%.1f MiB", float64(got)/(1<<20))
	}
}
