// Package api is what aion-dev's page, its HTTP server and its terminal commands
// say to each other: the JSON texts, and a client of them.
package api
