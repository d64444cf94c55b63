package main

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// image is one program for one architecture of linux.
type image struct {
	// Name is the name for engines: registry/repository:tag.
	Name string
	// Entry is the program's file name in the image, and Program its content.
	Entry   string
	Program []byte
	Arch    string
	// User is numeric, since the image has no /etc/passwd, and so that Kubernetes can verify
	// that it is not root.
	User    string
	Labels  map[string]string
	Created time.Time
}

var (
	numericUser = regexp.MustCompile(`^[1-9][0-9]*:[1-9][0-9]*$`)
	wholeName   = regexp.MustCompile(`^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)+:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)
	machines    = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}
)

// check refuses images that would fail only in a cluster, where the reason is hard to find.
func (i image) check() error {
	if !wholeName.MatchString(i.Name) {
		return fmt.Errorf("-name %q is not registry/repository:tag", i.Name)
	}
	if !numericUser.MatchString(i.User) {
		return fmt.Errorf("-user %q is not two numbers above 0", i.User)
	}
	program, err := elf.NewFile(bytes.NewReader(i.Program))
	if err != nil {
		return fmt.Errorf("%s is no linux program: %w", i.Entry, err)
	}
	if machine, known := machines[i.Arch]; !known || program.Machine != machine {
		return fmt.Errorf("%s is for %s, not for %q", i.Entry, program.Machine, i.Arch)
	}
	for _, part := range program.Progs {
		if part.Type == elf.PT_INTERP {
			return fmt.Errorf("%s is linked dynamically; build it with CGO_ENABLED=0", i.Entry)
		}
	}
	return nil
}

// archive writes the image, and returns the digest of its manifest.
func (i image) archive(w io.Writer) (digest string, err error) {
	if err := i.check(); err != nil {
		return "", err
	}
	layer, diffID, err := i.layer()
	if err != nil {
		return "", err
	}
	blobs := map[string][]byte{}
	layerBlob := keep(blobs, "application/vnd.oci.image.layer.v1.tar+gzip", layer)
	config, err := json.Marshal(i.config(diffID))
	if err != nil {
		return "", err
	}
	configBlob := keep(blobs, "application/vnd.oci.image.config.v1+json", config)
	manifest, err := json.Marshal(ociManifest{
		SchemaVersion: 2, MediaType: mediaManifest, Config: configBlob, Layers: []descriptor{layerBlob}, Annotations: i.Labels,
	})
	if err != nil {
		return "", err
	}
	manifestBlob := keep(blobs, mediaManifest, manifest)
	manifestBlob.Platform = &platform{OS: "linux", Architecture: i.Arch}
	tag := i.Name[strings.LastIndexByte(i.Name, ':')+1:]
	manifestBlob.Annotations = map[string]string{
		"io.containerd.image.name": i.Name, "org.opencontainers.image.ref.name": tag,
	}
	files := map[string]any{
		"oci-layout":    map[string]string{"imageLayoutVersion": "1.0.0"},
		"index.json":    index{SchemaVersion: 2, MediaType: mediaIndex, Manifests: []descriptor{manifestBlob}},
		"manifest.json": []dockerManifest{{Config: blobPath(configBlob), RepoTags: []string{i.Name}, Layers: []string{blobPath(layerBlob)}}},
	}
	return manifestBlob.Digest, i.pack(w, files, blobs)
}

func (i image) pack(w io.Writer, files map[string]any, blobs map[string][]byte) error {
	for name, value := range files {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		blobs[name] = text
	}
	t := newTar(w, i.Created)
	t.folder("blobs/")
	t.folder("blobs/sha256/")
	for _, name := range slices.Sorted(maps.Keys(blobs)) {
		t.file(name, 0o644, blobs[name])
	}
	return t.close()
}

// keep adds content to blobs under the name of its digest.
func keep(blobs map[string][]byte, mediaType string, content []byte) descriptor {
	d := descriptor{MediaType: mediaType, Digest: digestOf(content), Size: len(content)}
	blobs[blobPath(d)] = content
	return d
}

func blobPath(d descriptor) string { return "blobs/" + strings.Replace(d.Digest, ":", "/", 1) }

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}
