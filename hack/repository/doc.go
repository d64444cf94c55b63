// Package repository holds the tests of what the whole repository promises:
// versions of dependencies, generated files, the workflow, the examples.
package repository
