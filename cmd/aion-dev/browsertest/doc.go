// Package browsertest tests aion-dev's page in a real browser. It is a module of
// its own, so that the browser's driver is nobody else's dependency.
package browsertest
