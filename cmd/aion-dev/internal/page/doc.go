// Package page serves the web page of a development engine, and the HTTP
// interface behind it that the terminal commands use as well.
package page
