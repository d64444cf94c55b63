// Package core holds no code: what it stands for is in its folders, which import
// the standard library and each other only. The test beside this file proves it.
package core
