// Package v1beta1 has the resources of the operator, in the group
// toolhive.stacklok.dev. The group's version v1alpha1 is served with the very same
// schema, so that older manifests apply: it has no types of its own, since the
// server converts between the two by their name alone.
//
// No field anywhere holds a secret's value, and none names another namespace:
// everything that is referred to is in the resource's own.
//
// +kubebuilder:object:generate=true
// +groupName=toolhive.stacklok.dev
package v1beta1
