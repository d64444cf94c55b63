// Package examples tests the files in this directory, which README.md describes.
package examples
