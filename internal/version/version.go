// Package version holds the version of this module's programs.
package version

// Version is the version of this module, without a leading v, as programs print it and generated
// files name it.
const Version = "0.1.0"
