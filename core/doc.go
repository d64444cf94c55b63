// Package core has no code of its own. The packages in its subdirectories import only
// the standard library and each other, which the test in this directory checks.
package core
