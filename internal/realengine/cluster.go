package realengine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	// clusterSize is the number of servers of a cluster, and of the shards of its
	// store.
	clusterSize = 3
	// firstMember is the server to favour: a cluster's first entry is for its shard,
	// and engine 0.31 does not form when another server writes that.
	firstMember = 1
	// formations bounds how often a cluster is started until it forms.
	formations = 5
	// favourPulse and favourShare say how the first member is favoured: of so many
	// pulses, the others run for one.
	favourPulse = 10 * time.Millisecond
	favourShare = 4
)

// member is a server's place in a cluster.
type member struct {
	index int
	addrs [clusterSize]string // Where workers connect.
	binds [clusterSize]string // Where the servers meet.
}

func memberName(index int) string { return fmt.Sprintf("server-%d", index) }

// configuration is the part of the store's configuration about the cluster.
func (m *member) configuration() string {
	var text strings.Builder
	fmt.Fprintf(&text, "owned_shards = [%d]\nshard_count = %d\n\n", m.index, clusterSize)
	fmt.Fprintf(&text, "[store.cluster]\nnode_id = %q\nbind_address = %q\nmembers = [",
		memberName(m.index), m.binds[m.index])
	for i := range clusterSize {
		fmt.Fprintf(&text, "%q, ", memberName(i))
	}
	text.WriteString("]\n")
	for i := range clusterSize {
		if i != m.index {
			fmt.Fprintf(&text, "\n[[store.cluster.peers]]\nname = %q\naddress = %q\n"+
				"grpc_address = %q\nowned_shards = [%d]\n", memberName(i), m.binds[i], m.addrs[i], i)
		}
	}

	return text.String()
}

// StartCluster starts three servers that replicate one durable store, and
// returns when all of them serve. They end with the test. A workflow is deployed
// on each server that is to start it, since the others learn of it later only.
//
// When one is killed, another takes over its workflows within seconds. Engine
// 0.31 goes no further: the one that was killed cannot come back, and the one
// that took nothing over starts no new workflows.
func StartCluster(tb testing.TB, opts ...Option) []*Server {
	tb.Helper()
	Binary(tb) // It skips the test.
	place := member{}
	for i := range clusterSize {
		place.addrs[i], place.binds[i] = FreeAddress(tb), FreeAddress(tb)
	}
	servers := make([]*Server, 0, clusterSize)
	for i := range clusterSize {
		s := defaultSettings()
		for _, opt := range opts {
			opt(&s)
		}
		own := place
		own.index = i
		s.member = &own
		servers = append(servers, prepare(tb, &s))
	}
	if err := form(servers); err != nil {
		tb.Fatal(err)
	}

	return servers
}

// form starts the servers until all of them serve.
func form(servers []*Server) error {
	var err error
	for range formations {
		for _, server := range servers {
			server.launch()
		}
		favour(servers[firstMember], slices.Concat(servers[:firstMember], servers[firstMember+1:]))
		if err = ready(servers); err == nil {
			return nil
		}
		for _, server := range servers {
			server.Kill()
			if err := os.RemoveAll(filepath.Join(server.home, "data")); err != nil {
				return err
			}
		}
	}

	return fmt.Errorf("the cluster does not form: %w", err)
}

// favour makes one of the servers that start faster than the others: those stand
// still most of the time until it serves, or has ended.
func favour(first *Server, others []*Server) {
	served := make(chan struct{})
	go func() { // Joined below.
		defer close(served)
		_ = first.WaitForLog(context.Background(), readyText) // The error is that of ready.
	}()
	pulse := time.NewTicker(favourPulse)
	defer pulse.Stop()
	for beat := 0; ; beat++ {
		setRunning(others, beat%favourShare == 0)
		select {
		case <-pulse.C:
		case <-served:
			setRunning(others, true)
			return
		}
	}
}

// setRunning pauses servers, or lets them go on, as far as they have not ended.
func setRunning(servers []*Server, running bool) {
	for _, server := range servers {
		select {
		case <-server.Ended():
			continue
		default:
		}
		if running {
			server.Continue()
		} else {
			server.Pause()
		}
	}
}

// ready waits until all servers serve, or one of them does not.
func ready(servers []*Server) error {
	errs := make([]error, 0, len(servers))
	for _, server := range servers {
		errs = append(errs, server.WaitForLog(context.Background(), readyText))
	}

	return errors.Join(errs...)
}
