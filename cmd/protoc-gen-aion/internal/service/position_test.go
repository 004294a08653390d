package service_test

import (
	"slices"
	"testing"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

func TestPositionString(t *testing.T) {
	t.Parallel()
	tests := []struct {
		position service.Position
		want     string
	}{
		{service.Position{File: "a.proto", Line: 3, Column: 7}, "a.proto:3:7"},
		{service.Position{File: "a.proto"}, "a.proto"},
	}
	for _, tt := range tests {
		if got := tt.position.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestPositionCompare(t *testing.T) {
	t.Parallel()
	want := []service.Position{
		{File: "a.proto"},
		{File: "a.proto", Line: 2, Column: 9},
		{File: "a.proto", Line: 10, Column: 1},
		{File: "a.proto", Line: 10, Column: 3},
		{File: "b.proto", Line: 1, Column: 1},
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, service.Position.Compare)
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
