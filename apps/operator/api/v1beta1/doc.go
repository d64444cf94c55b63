// Package v1beta1 defines the operator's resources, in the group
// toolhive.stacklok.dev. The API server also serves the version v1alpha1 with the
// same schema, so that older manifests still apply. That version needs no Go types:
// the conversion changes only the version's name.
//
// No field holds a secret's value or names another namespace. All references are to
// objects in the namespace of the resource.
//
// +kubebuilder:object:generate=true
// +groupName=toolhive.stacklok.dev
package v1beta1
