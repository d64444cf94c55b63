// Package config has the manifests that the operator needs in a cluster.
package config

import "embed"

// CRDs are the files of the CustomResourceDefinitions, below crd/.
//
//go:embed crd/*.yaml
var CRDs embed.FS

// Role is the file of the rights that the operator needs, as one ClusterRole.
//
//go:embed rbac/role.yaml
var Role []byte
