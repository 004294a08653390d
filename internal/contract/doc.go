// Package contract turns proto messages into activity payloads and contracts: JSON text in both
// directions, and the JSON Schema that a worker advertises for it.
//
// A [Plan] is compiled once for a message descriptor. Encoding, decoding and the schema all read
// that one plan, so they cannot disagree about a name, about what is required, or about how an
// enum value is spelled. Plans work on every message that has protobuf reflection: generated ones
// of the open and the opaque API, and dynamicpb.
package contract
