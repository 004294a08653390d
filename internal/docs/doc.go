// Package docs holds that the documentation's Go and proto text is that of tests
// and of services that are generated: it compiles, and does what the pages say.
package docs
