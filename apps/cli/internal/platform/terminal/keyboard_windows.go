package terminal

import "os"

// await lets every read begin: on Windows no job is in the background.
func (k *Keyboard) await() (bool, error) { return true, nil }

// typedAhead has nothing: a Windows console keeps its keys as keys.
func typedAhead(*os.File) []byte { return nil }
