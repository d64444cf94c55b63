package v1beta1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Group is the API group of the resources.
const Group = "toolhive.stacklok.dev"

// GroupVersion is the storage version.
var GroupVersion = schema.GroupVersion{Group: Group, Version: "v1beta1"}

// AddToScheme registers the types of this package in scheme.
func AddToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion, &MCPServer{}, &MCPServerList{}, &MCPExternalAuthConfig{}, &MCPExternalAuthConfigList{})
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
