// Command format1 is an independent program for stores of format 1, written from
// the format's description alone:
//
//	PASSWORD=… format1 put FILE NAME <value
//	PASSWORD=… format1 get FILE NAME
package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"io"
	"os"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func main() {
	verb, file, name := os.Args[1], os.Args[2], os.Args[3]
	key := sha256.Sum256([]byte(os.Getenv("PASSWORD")))
	gcm := must(cipher.NewGCM(must(aes.NewCipher(key[:]))))
	var store struct {
		Secrets map[string]string `json:"secrets"`
	}
	if sealed, err := os.ReadFile(file); err == nil {
		text := must(gcm.Open(nil, sealed[:12], sealed[12:], nil))
		must(0, json.Unmarshal(text, &store))
	}
	if verb == "get" {
		must(os.Stdout.WriteString(store.Secrets[name]))
		return
	}
	if store.Secrets == nil {
		store.Secrets = map[string]string{}
	}
	store.Secrets[name] = string(must(io.ReadAll(os.Stdin)))
	nonce := make([]byte, 12)
	must(rand.Read(nonce))
	must(0, os.WriteFile(file, gcm.Seal(nonce, nonce, must(json.Marshal(store)), nil), 0o600))
}
