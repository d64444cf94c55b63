package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"time"
)

// layer returns the root file system, compressed, and the digest that it has
// without the compression.
func (i image) layer() (compressed []byte, diffID string, err error) {
	var plain bytes.Buffer
	t := newTar(&plain, i.Created)
	t.file(i.Entry, 0o755, i.Program)
	if err := t.close(); err != nil {
		return nil, "", err
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(plain.Bytes()); err != nil {
		return nil, "", err
	}
	if err := z.Close(); err != nil {
		return nil, "", err
	}
	return out.Bytes(), digestOf(plain.Bytes()), nil
}

// reproducible writes tar archives that do not depend on the place and time of the build. It stops at
// the first error, which close returns.
type reproducible struct {
	w   *tar.Writer
	at  time.Time
	err error
}

func newTar(w io.Writer, at time.Time) *reproducible {
	return &reproducible{w: tar.NewWriter(w), at: at}
}

func (t *reproducible) folder(name string) {
	t.write(&tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755}, nil)
}

func (t *reproducible) file(name string, mode int64, content []byte) {
	t.write(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(content))}, content)
}

func (t *reproducible) write(header *tar.Header, content []byte) {
	if t.err != nil {
		return
	}
	header.ModTime, header.Format = t.at, tar.FormatUSTAR
	if t.err = t.w.WriteHeader(header); t.err == nil {
		_, t.err = t.w.Write(content)
	}
}

func (t *reproducible) close() error {
	if t.err != nil {
		return t.err
	}
	return t.w.Close()
}
