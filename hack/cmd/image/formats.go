package main

import "time"

// The parts of the OCI image specification 1.1 and of Docker's archives that are
// written here.

const (
	mediaManifest = "application/vnd.oci.image.manifest.v1+json"
	mediaIndex    = "application/vnd.oci.image.index.v1+json"
)

type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Platform    *platform         `json:"platform,omitempty"`
}

type platform struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
}

type index struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Manifests     []descriptor `json:"manifests"`
}

type ociManifest struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType"`
	Config        descriptor        `json:"config"`
	Layers        []descriptor      `json:"layers"`
	Annotations   map[string]string `json:"annotations,omitempty"`
}

type dockerManifest struct {
	Config   string
	RepoTags []string
	Layers   []string
}

type ociConfig struct {
	platform
	Created time.Time `json:"created"`
	Config  runtime   `json:"config"`
	RootFS  rootFS    `json:"rootfs"`
	History []history `json:"history"`
}

type runtime struct {
	User       string
	Entrypoint []string
	WorkingDir string
	Labels     map[string]string `json:",omitempty"`
}

type rootFS struct {
	Type    string   `json:"type"`
	DiffIDs []string `json:"diff_ids"`
}

type history struct {
	Created   time.Time `json:"created"`
	CreatedBy string    `json:"created_by"`
}

func (i image) config(diffID string) ociConfig {
	return ociConfig{
		platform: platform{OS: "linux", Architecture: i.Arch},
		Created:  i.Created,
		Config:   runtime{User: i.User, Entrypoint: []string{"/" + i.Entry}, WorkingDir: "/", Labels: i.Labels},
		RootFS:   rootFS{Type: "layers", DiffIDs: []string{diffID}},
		History:  []history{{Created: i.Created, CreatedBy: "thv hack/cmd/image: " + i.Entry}},
	}
}
