// Package peer has the worker programs that the benchmarks drive: workers made
// with this module, and workers that do the same by hand on gRPC, to compare
// with. Each of them reads the environment of ConfigFromEnv.
package peer
