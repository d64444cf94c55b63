// Package plan decides which objects to apply for an MCPServer and which status to
// write. It makes no requests and changes nothing, so that tests need only compare
// the [Result] of an [Input].
package plan

import "github.com/thv-secrets/thv/apps/operator/api/v1beta1"

// Manager is the operator's name as a field owner and in labels.
const Manager = "thv-operator"

// The labels of all objects that are made for servers.
const (
	LabelName      = "app.kubernetes.io/name"
	LabelInstance  = "app.kubernetes.io/instance"
	LabelManagedBy = "app.kubernetes.io/managed-by"
)

// The annotations in which the operator keeps its state.
const (
	annotationPrefix = "thv-secrets.dev/"
	// AnnotationSecrets is on the pod template.
	AnnotationSecrets = annotationPrefix + "secrets"
	// The others are on the Deployment, where a change restarts no pod.
	annotationObserved  = annotationPrefix + "observed"
	annotationRotatedAt = annotationPrefix + "rotated-at"
	annotationTemplate  = annotationPrefix + "template"
	annotationApplied   = annotationPrefix + "applied"
)

// DeploymentName returns the name of a server's Deployment.
func DeploymentName(server string) string { return server }

// ServiceName returns the name of a server's Service.
func ServiceName(server string) string { return "mcp-" + server + "-proxy" }

// AccountName returns the name of the ServiceAccount that is made for a server.
func AccountName(server string) string { return "mcp-" + server }

func selector(s *v1beta1.MCPServer) map[string]string {
	return map[string]string{LabelName: "mcpserver", LabelInstance: s.Name}
}

func labels(s *v1beta1.MCPServer) map[string]string {
	all := selector(s)
	all[LabelManagedBy] = Manager
	return all
}
