package contract_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/aion-go/aion/internal/contract"
	"github.com/aion-go/aion/internal/contract/internal/testproto"
)

// shape is a message, and the struct that one would write by hand to have the same
// JSON from encoding/json.
type shape struct {
	name    string
	message proto.Message
	byHand  any        // A pointer.
	empty   func() any // What byHand is decoded into.
}

type itemByHand struct {
	Name   string `json:"name"`
	Amount int64  `json:"amount"`
	Colour string `json:"colour"`
}

type listsByHand struct {
	Flags   []bool       `json:"flags"`
	Texts   []string     `json:"texts"`
	Counts  []int64      `json:"counts"`
	Ratios  []float32    `json:"ratios"`
	Blobs   [][]byte     `json:"blobs"`
	Colours []string     `json:"colours"`
	Items   []itemByHand `json:"items"`
	Values  []any        `json:"values"`
	Wrapped []string     `json:"wrapped"`
}

type treeByHand struct {
	Name     string                 `json:"name"`
	Children []*treeByHand          `json:"children"`
	Twin     *treeByHand            `json:"twin,omitempty"`
	Named    map[string]*treeByHand `json:"named"`
}

//nolint:tagliatelle // The contract's property names are proto's.
type mixedByHand struct {
	OptionalText string                  `json:"optional_text,omitempty"`
	RequiredText string                  `json:"required_text"`
	LegacyText   string                  `json:"legacy_text"`
	LegacyItem   itemByHand              `json:"legacy_item"`
	Counts       []int32                 `json:"counts"`
	Named        map[string]*mixedByHand `json:"named"`
	Colour       string                  `json:"colour,omitempty"`
	Blob         []byte                  `json:"blob,omitempty"`
	At           *time.Time              `json:"at,omitempty"`
}

// shapes are what payloads look like.
func shapes() []shape {
	return []shape{smallFlat(), texts(), nested(), records(), mixed(), mixedOpaque()}
}

func smallFlat() shape {
	return shape{
		name: "small flat",
		message: &testproto.Item{
			Name: "an item", Amount: 1234567, Colour: testproto.Colour_COLOUR_DARK_BLUE,
		},
		byHand: &itemByHand{Name: "an item", Amount: 1234567, Colour: "DarkBlue"},
		empty:  func() any { return new(itemByHand) },
	}
}

// texts has some that need escapes, and some that are not English.
func texts() shape {
	all := []string{
		strings.Repeat("A sentence of an ordinary length, and then another one. ", 8),
		"a \"quoted\" word\nand a second line",
		strings.Repeat("Größe für Straßenbäume, ", 10),
		"short",
	}
	byHand := emptyLists()
	byHand.Texts = all

	return shape{
		name:    "strings",
		message: &testproto.Lists{Texts: all},
		byHand:  byHand,
		empty:   func() any { return new(listsByHand) },
	}
}

// emptyLists has lists that are encoded as empty ones and not as null.
func emptyLists() *listsByHand {
	return &listsByHand{
		Flags: []bool{}, Texts: []string{}, Counts: []int64{}, Ratios: []float32{}, Blobs: [][]byte{},
		Colours: []string{}, Items: []itemByHand{}, Values: []any{}, Wrapped: []string{},
	}
}

// nested is a tree in which each node but the last ones has two below it.
func nested() shape {
	var grow func(depth int) (*testproto.Tree, *treeByHand)
	grow = func(depth int) (*testproto.Tree, *treeByHand) {
		name := fmt.Sprintf("level %d", depth)
		tree := &testproto.Tree{Name: name}
		byHand := &treeByHand{Name: name, Children: []*treeByHand{}, Named: map[string]*treeByHand{}}
		if depth > 0 {
			child, childByHand := grow(depth - 1)
			tree.Children = append(tree.Children, child)
			byHand.Children = append(byHand.Children, childByHand)
			tree.Twin, byHand.Twin = grow(depth - 1)
		}

		return tree, byHand
	}
	tree, byHand := grow(4)

	return shape{
		name: "nested", message: tree, byHand: byHand, empty: func() any { return new(treeByHand) },
	}
}

func records() shape {
	lists, byHand := &testproto.Lists{}, emptyLists()
	for i := range 50 {
		name, amount := fmt.Sprintf("item number %d of the order", i), int64(1000*i)
		lists.Items = append(lists.Items, &testproto.Item{
			Name: name, Amount: amount, Colour: testproto.Colour_COLOUR_RED,
		})
		byHand.Items = append(byHand.Items, itemByHand{Name: name, Amount: amount, Colour: "Red"})
	}

	return shape{
		name: "records", message: lists, byHand: byHand, empty: func() any { return new(listsByHand) },
	}
}

// mixed has maps, enums, timestamps and bytes.
func mixed() shape {
	message, byHand := mixedOne(0)
	for i := range 8 {
		name := fmt.Sprintf("entry %d", i)
		message.Named[name], byHand.Named[name] = mixedOne(i)
	}

	return shape{
		name: "maps, enums, timestamps, bytes", message: message, byHand: byHand,
		empty: func() any { return new(mixedByHand) },
	}
}

func mixedOne(i int) (*testproto.Mixed, *mixedByHand) {
	opaque, byHand := opaqueOne(i)

	return &testproto.Mixed{
		OptionalText: new(opaque.GetOptionalText()),
		RequiredText: opaque.GetRequiredText(),
		LegacyText:   opaque.GetLegacyText(),
		LegacyItem:   opaque.GetLegacyItem(),
		Counts:       opaque.GetCounts(),
		Named:        map[string]*testproto.Mixed{},
		Colour:       opaque.GetColour().Enum(),
		Blob:         opaque.GetBlob(),
		At:           opaque.GetAt(),
	}, byHand
}

// mixedOpaque has what mixed has, in messages of the opaque API.
func mixedOpaque() shape {
	message, byHand := opaqueOne(0)
	named := map[string]*testproto.Opaque{}
	for i := range 8 {
		name := fmt.Sprintf("entry %d", i)
		named[name], byHand.Named[name] = opaqueOne(i)
	}
	message.SetNamed(named)

	return shape{
		name: "the same, opaque API", message: message, byHand: byHand,
		empty: func() any { return new(mixedByHand) },
	}
}

func opaqueOne(i int) (*testproto.Opaque, *mixedByHand) {
	at := time.Date(2026, time.March, 4, 5, 6, i, 0, time.UTC)
	blob := []byte(strings.Repeat("some bytes ", 8))
	counts := []int32{1, 20, 300, int32(i)}
	message := testproto.Opaque_builder{
		OptionalText: new("a text"),
		RequiredText: "another text",
		LegacyText:   new("a third one"),
		LegacyItem: &testproto.Item{
			Name: "an item", Amount: 7, Colour: testproto.Colour_COLOUR_DARK_BLUE,
		},
		Counts: counts,
		Colour: testproto.Colour_COLOUR_RED.Enum(),
		Blob:   blob,
		At:     timestamppb.New(at),
	}.Build()

	return message, &mixedByHand{
		OptionalText: "a text",
		RequiredText: "another text",
		LegacyText:   "a third one",
		LegacyItem:   itemByHand{Name: "an item", Amount: 7, Colour: "DarkBlue"},
		Counts:       counts, Named: map[string]*mixedByHand{}, Colour: "Red", Blob: blob, At: &at,
	}
}

// TestShapesAreTheSameByHand keeps the comparison fair.
func TestShapesAreTheSameByHand(t *testing.T) {
	t.Parallel()
	for _, s := range shapes() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			byContract, err := outputPlan(t, s.message, contract.Options{}).Append(nil, s.message)
			if err != nil {
				t.Fatal(err)
			}
			byHand, err := json.Marshal(s.byHand)
			if err != nil {
				t.Fatal(err)
			}
			var got, want any
			if err := json.Unmarshal(byContract, &got); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(byHand, &want); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %s by the contract, want what is written by hand: %s", byContract, byHand)
			}
		})
	}
}

// jsonCodec is encoding/json, or what goes by its name.
type jsonCodec struct {
	name      string
	marshal   func(any) ([]byte, error)
	unmarshal func([]byte, any) error
}

// jsonCodecs are those to compare with. A file with a build tag adds to them.
var jsonCodecs = []jsonCodec{{"json", json.Marshal, json.Unmarshal}}

// likeContract makes protojson write what the contract writes, about.
var likeContract = protojson.MarshalOptions{EmitDefaultValues: true, UseProtoNames: true}

// BenchmarkEncode is the result of a task, a new text each time as a worker needs it.
func BenchmarkEncode(b *testing.B) {
	for _, s := range shapes() {
		plan := outputPlan(b, s.message, contract.Options{})
		benchmarkEncode(b, s.name+"/contract", func() ([]byte, error) { return plan.Encode(s.message) })
		benchmarkEncode(b, s.name+"/protojson", func() ([]byte, error) {
			return likeContract.Marshal(s.message)
		})
		for _, codec := range jsonCodecs {
			benchmarkEncode(b, s.name+"/"+codec.name, func() ([]byte, error) {
				return codec.marshal(s.byHand)
			})
		}
	}
}

func benchmarkEncode(b *testing.B, name string, encode func() ([]byte, error)) {
	b.Helper()
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			text, err := encode()
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(text)))
		}
	})
}

// BenchmarkDecodeShape is the input of a task, a new message each time.
func BenchmarkDecodeShape(b *testing.B) {
	for _, s := range shapes() {
		plan := outputPlan(b, s.message, contract.Options{})
		text, err := plan.Append(nil, s.message)
		if err != nil {
			b.Fatal(err)
		}
		benchmarkDecodeShape(b, s.name+"/contract", text, func(text []byte) error {
			return plan.Decode(text, s.message.ProtoReflect().New().Interface())
		})
		standard, err := likeContract.Marshal(s.message)
		if err != nil {
			b.Fatal(err)
		}
		benchmarkDecodeShape(b, s.name+"/protojson", standard, func(text []byte) error {
			return protojson.Unmarshal(text, s.message.ProtoReflect().New().Interface())
		})
		for _, codec := range jsonCodecs {
			benchmarkDecodeShape(b, s.name+"/"+codec.name, text, func(text []byte) error {
				return codec.unmarshal(text, s.empty())
			})
		}
	}
}

func benchmarkDecodeShape(b *testing.B, name string, text []byte, decode func([]byte) error) {
	b.Helper()
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			if err := decode(text); err != nil {
				b.Fatal(err)
			}
		}
	})
}
