package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// testImage is of a program that is built here, for arch.
func testImage(t *testing.T, arch string) image {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pause")
	build := exec.Command("go", "build", "-trimpath", "-o", file, "../pause")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	program, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return image{
		Name: "localhost/thv-pause:test", Entry: "pause", Program: program, Arch: arch, User: "65532:65532",
		Labels: map[string]string{"b": "2", "a": "1"}, Created: time.Unix(0, 0).UTC(),
	}
}

func contents(t *testing.T, r io.Reader) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for archive := tar.NewReader(r); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[header.Name], err = io.ReadAll(archive); err != nil {
			t.Fatal(err)
		}
	}
}

func TestArchive_SameInputIsSameBytes(t *testing.T) {
	i := testImage(t, "amd64")
	var first, second bytes.Buffer
	digest, err := i.archive(&first)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := i.archive(&second); err != nil || again != digest {
		t.Errorf("the second archive is %s, %v; the first was %s", again, err, digest)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two archives of one program differ")
	}
	i.Created = time.Unix(1, 0).UTC()
	if other, err := i.archive(io.Discard); err != nil || other == digest {
		t.Errorf("another time made the same image (%v)", err)
	}
}

func TestArchive_EveryBlobIsWhatItsDigestSays(t *testing.T) {
	var archive bytes.Buffer
	digest, err := testImage(t, "arm64").archive(&archive)
	if err != nil {
		t.Fatal(err)
	}
	files := contents(t, &archive)
	seen := 0
	for name, content := range files {
		if sum, found := strings.CutPrefix(name, "blobs/sha256/"); found && sum != "" {
			seen++
			if digestOf(content) != "sha256:"+sum {
				t.Errorf("%s has the digest %s", name, digestOf(content))
			}
		}
	}
	if seen != 3 {
		t.Errorf("%d blobs, want a layer, a configuration and a manifest", seen)
	}
	var list index
	if err := json.Unmarshal(files["index.json"], &list); err != nil {
		t.Fatal(err)
	}
	if list.Manifests[0].Digest != digest || list.Manifests[0].Platform.Architecture != "arm64" {
		t.Errorf("index.json: %s", files["index.json"])
	}
}

func TestArchive_IsTheProgramAloneAndNotRoot(t *testing.T) {
	i := testImage(t, "amd64")
	var archive bytes.Buffer
	if _, err := i.archive(&archive); err != nil {
		t.Fatal(err)
	}
	files := contents(t, &archive)
	var docker []dockerManifest
	if err := json.Unmarshal(files["manifest.json"], &docker); err != nil {
		t.Fatal(err)
	}
	var config ociConfig
	if err := json.Unmarshal(files[docker[0].Config], &config); err != nil {
		t.Fatal(err)
	}
	if config.Config.User != "65532:65532" || config.Config.Entrypoint[0] != "/pause" || docker[0].RepoTags[0] != i.Name {
		t.Errorf("configuration %+v, tags %v", config.Config, docker[0].RepoTags)
	}
	layer, err := gzip.NewReader(bytes.NewReader(files[docker[0].Layers[0]]))
	if err != nil {
		t.Fatal(err)
	}
	root := contents(t, layer)
	if len(root) != 1 || !bytes.Equal(root["pause"], i.Program) {
		t.Errorf("the root has %d files, want the program alone", len(root))
	}
}

func TestArchive_RefusesWhatWouldFailInACluster(t *testing.T) {
	good := testImage(t, "amd64")
	cases := map[string]struct {
		spoil func(*image)
		want  string
	}{
		"root":               {func(i *image) { i.User = "0:0" }, "-user"},
		"user by name":       {func(i *image) { i.User = "app" }, "-user"},
		"no tag":             {func(i *image) { i.Name = "localhost/thv-pause" }, "-name"},
		"no registry":        {func(i *image) { i.Name = "thv-pause:test" }, "-name"},
		"other architecture": {func(i *image) { i.Arch = "arm64" }, "is for"},
		"unknown one":        {func(i *image) { i.Arch = "mips" }, "is for"},
		"script":             {func(i *image) { i.Program = []byte("#!/bin/sh\n") }, "no linux program"},
	}
	for name, c := range cases {
		i := good
		c.spoil(&i)
		if _, err := i.archive(io.Discard); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestRun_WritesAFileOthersCanRead(t *testing.T) {
	i := testImage(t, "amd64")
	program := filepath.Join(t.TempDir(), "pause")
	if err := os.WriteFile(program, i.Program, 0o600); err != nil {
		t.Fatal(err)
	}
	output := filepath.Join(t.TempDir(), "pause.tar")
	args := []string{"-program", program, "-name", i.Name, "-label", "a=1", "-o", output}
	if err := run(args, "1700000000"); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(output)
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v", info, err)
	}
	for _, bad := range [][]string{args[:2], append(args, "-label", "a"), append(args, "-arch", "arm64")} {
		if err := run(bad, ""); err == nil {
			t.Errorf("%v was accepted", bad)
		}
	}
	if err := run(args, "yesterday"); err == nil {
		t.Error("SOURCE_DATE_EPOCH=yesterday was accepted")
	}
}
