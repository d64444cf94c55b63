// Package examples holds the tests of the files in this directory; README.md says
// what each is for.
package examples
