// Package config embeds the manifests that the operator needs in a cluster.
package config

import "embed"

// CRDs are the CustomResourceDefinitions, one file each, in crd/.
//
//go:embed crd/*.yaml
var CRDs embed.FS

// Role is the ClusterRole with the permissions that the operator needs.
//
//go:embed rbac/role.yaml
var Role []byte
