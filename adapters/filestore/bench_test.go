package filestore

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/thv-secrets/thv/adapters/filestore/internal/entries"
	"github.com/thv-secrets/thv/adapters/filestore/internal/seal"
	"github.com/thv-secrets/thv/core/secret"
)

// filled returns a Store of n secrets of 100 bytes, which remembers nothing.
func filled(b *testing.B, n int, f Format) (s *Store, last secret.Ref) {
	b.Helper()
	s = open(b, Config{Path: filepath.Join(b.TempDir(), "t", "s"), Keys: fixed(generated), Format: f})
	var all []entries.Entry
	for i := range n {
		all = append(all, entries.Entry{Name: fmt.Appendf(nil, "secret-%05d", i), Value: bytes.Repeat([]byte("x"), 100)})
	}
	list := entries.Join(all)
	apply := func(entries.List) (change, error) { return change{with: list}, nil }
	if err := s.update(b.Context(), apply); err != nil {
		b.Fatal(err)
	}
	s.forget()
	return s, ref(b, fmt.Sprintf("secret-%05d", n-1))
}

func eachSize(b *testing.B, run func(b *testing.B, n int, f Format)) {
	for _, n := range []int{1, 100, 10_000} {
		for _, f := range []Format{Format2, Format1} {
			b.Run(fmt.Sprintf("format%d/%d", f, n), func(b *testing.B) { run(b, n, f) })
		}
	}
}

func BenchmarkGet(b *testing.B) {
	eachSize(b, func(b *testing.B, n int, f Format) {
		s, last := filled(b, n, f)
		b.ReportAllocs()
		for b.Loop() {
			s.forget() // as in a new process
			if _, err := s.Get(b.Context(), last); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkPut(b *testing.B) {
	eachSize(b, func(b *testing.B, n int, f Format) {
		s, last := filled(b, n, f)
		b.ReportAllocs()
		for b.Loop() {
			s.forget()
			if err := s.Put(b.Context(), last, value("new")); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkGetAll20Of10000(b *testing.B) {
	s, last := filled(b, 10_000, Format2)
	var refs []secret.Ref
	for i := range 19 {
		refs = append(refs, ref(b, fmt.Sprintf("secret-%05d", 500*i)))
	}
	refs = append(refs, last)
	b.ReportAllocs()
	for b.Loop() {
		s.forget()
		if _, err := s.GetAll(b.Context(), refs); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFloor is what Get and Put of 10,000 secrets cannot do without.
func BenchmarkFloor(b *testing.B) {
	s, _ := filled(b, 10_000, Format2)
	path := s.config.Path
	read := func(path string) []byte {
		file, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		return file
	}
	key := make([]byte, seal.KeySize)
	sealed := path + ".sealed"
	writeFile(b, sealed, seal.Seal(nil, key, nil, read(path)))
	b.Run("read-and-open", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := seal.Open(key, read(sealed), nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("two-fsyncs", func(b *testing.B) {
		data := read(path)
		folder, err := os.Open(filepath.Dir(path))
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = folder.Close() }()
		for b.Loop() {
			f, err := os.Create(path + ".new")
			if err != nil {
				b.Fatal(err)
			}
			if _, err := f.Write(data); err != nil {
				b.Fatal(err)
			}
			if err := f.Sync(); err != nil {
				b.Fatal(err)
			}
			if err := f.Close(); err != nil {
				b.Fatal(err)
			}
			if err := os.Rename(path+".new", path); err != nil {
				b.Fatal(err)
			}
			if err := folder.Sync(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkDecode1(b *testing.B) {
	s, _ := filled(b, 10_000, Format1)
	d, err := s.load()
	if err != nil {
		b.Fatal(err)
	}
	plain, err := seal.Open(key1([]byte(generated)), d.body, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(plain)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode1(plain); err != nil {
			b.Fatal(err)
		}
	}
}
