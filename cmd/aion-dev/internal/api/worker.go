package api

import (
	"encoding/json"
	"time"
)

// Worker is one registration. A worker process may have several.
type Worker struct {
	ID         uint64   `json:"id"`
	Identity   string   `json:"identity"`
	Namespaces []string `json:"namespaces"`
	Queue      string   `json:"queue"`
	Node       string   `json:"node,omitempty"`
	// Slots is how many tasks it takes at once, Held how many take one now.
	Slots int `json:"slots"`
	Held  int `json:"held"`
	// Ready is whether it gets tasks: neither draining nor behind with pings.
	Ready    bool `json:"ready"`
	Draining bool `json:"draining"`
	// LastBeat is when its newest frame arrived.
	LastBeat time.Time `json:"lastBeat"`
}

// Activity is what connected workers serve.
type Activity struct {
	Namespaces []string `json:"namespaces"`
	Queue      string   `json:"queue"`
	Type       string   `json:"type"`
	// Nodes are those of the workers that serve it, without the empty one.
	Nodes []string `json:"nodes"`
	// InputSchema and OutputSchema are those of the newest registration; null when
	// it advertised none.
	InputSchema  json.RawMessage `json:"inputSchema"`
	OutputSchema json.RawMessage `json:"outputSchema"`
}
