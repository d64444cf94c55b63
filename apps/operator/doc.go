// Package operator is the root of the cluster application's module. Its program
// is cmd/thv-operator; API types, controller and charts come with it later.
package operator
