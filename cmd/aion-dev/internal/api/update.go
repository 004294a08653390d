package api

import "time"

// Update is what has changed since the one before it on the same stream.
type Update struct {
	// Reset says that everything that came before is to be forgotten.
	Reset bool `json:"reset,omitempty"`
	// More says that the next update follows at once.
	More bool `json:"more,omitempty"`
	// Now is the time by which other times are to be read.
	Now time.Time `json:"now"`
	// Runs are the runs that have changed.
	Runs []Run `json:"runs,omitempty"`
	// Removed are the numbers of runs that are kept no more.
	Removed []int `json:"removed,omitempty"`
	// Workers are all workers, null when nothing has changed about them.
	Workers *[]Worker `json:"workers,omitempty"`
}

// Engine says what is behind the page.
type Engine struct {
	Version    string   `json:"version"`
	Address    string   `json:"address"`
	Namespaces []string `json:"namespaces"`
	// Kept is how many ended runs are kept.
	Kept int `json:"kept"`
}

// Problem is the body of every answer that is an error.
type Problem struct {
	Error string `json:"error"`
}
