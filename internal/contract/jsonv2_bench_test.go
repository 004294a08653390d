//go:build goexperiment.jsonv2

package contract_test

import (
	"encoding/json/v2"
)

func init() {
	jsonCodecs = append(jsonCodecs, jsonCodec{
		name:      "jsonv2",
		marshal:   func(v any) ([]byte, error) { return json.Marshal(v) },
		unmarshal: func(text []byte, v any) error { return json.Unmarshal(text, v) },
	})
}
