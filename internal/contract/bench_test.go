package contract_test

import (
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/aion-go/aion/internal/contract"
	"github.com/aion-go/aion/internal/contract/internal/testproto"
)

// order is a message of ordinary size.
func order() *testproto.Lists {
	m := &testproto.Lists{
		Texts:  []string{"first", "second with \"quotes\"", "third"},
		Counts: []int64{1, 20, 300, 4000, 50000},
		Ratios: []float32{0.5, 1.25},
		Blobs:  [][]byte{[]byte("some bytes")},
	}
	for range 10 {
		m.Items = append(m.Items, &testproto.Item{
			Name: "an item of the order", Amount: 1234567,
			Colour: testproto.Colour_COLOUR_DARK_BLUE,
		})
	}

	return m
}

func BenchmarkAppend(b *testing.B) {
	m := order()
	b.Run("contract", func(b *testing.B) {
		plan := outputPlan(b, m, contract.Options{})
		var buffer []byte
		b.ReportAllocs()
		for b.Loop() {
			var err error
			if buffer, err = plan.Append(buffer[:0], m); err != nil {
				b.Fatal(err)
			}
		}
		b.SetBytes(int64(len(buffer)))
	})
	b.Run("protojson", func(b *testing.B) {
		options := protojson.MarshalOptions{EmitUnpopulated: true, UseProtoNames: true}
		var buffer []byte
		b.ReportAllocs()
		for b.Loop() {
			var err error
			if buffer, err = options.MarshalAppend(buffer[:0], m); err != nil {
				b.Fatal(err)
			}
		}
		b.SetBytes(int64(len(buffer)))
	})
}

func BenchmarkDecode(b *testing.B) {
	m := order()
	b.Run("contract", func(b *testing.B) {
		plan := outputPlan(b, m, contract.Options{})
		text, err := plan.Append(nil, m)
		if err != nil {
			b.Fatal(err)
		}
		benchmarkDecode(b, text, plan.Decode)
	})
	b.Run("protojson", func(b *testing.B) {
		text, err := protojson.Marshal(m)
		if err != nil {
			b.Fatal(err)
		}
		benchmarkDecode(b, text, protojson.Unmarshal)
	})
}

func benchmarkDecode(b *testing.B, text []byte, decode func([]byte, proto.Message) error) {
	b.Helper()
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if err := decode(text, new(testproto.Lists)); err != nil {
			b.Fatal(err)
		}
	}
}
