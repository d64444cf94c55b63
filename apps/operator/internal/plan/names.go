// Package plan decides what becomes of an MCPServer: the objects to apply, and the
// status to show. It makes no request and changes nothing, so that every decision can be
// tested by what goes in and what comes out.
package plan

import "github.com/thv-secrets/thv/apps/operator/api/v1beta1"

// Manager is the operator's name as an owner of fields, and in labels.
const Manager = "thv-operator"

// The labels of all that is made of servers.
const (
	LabelName      = "app.kubernetes.io/name"
	LabelInstance  = "app.kubernetes.io/instance"
	LabelManagedBy = "app.kubernetes.io/managed-by"
)

// The annotations that the operator keeps what it has to remember in.
const (
	annotationPrefix = "thv-secrets.dev/"
	// AnnotationSecrets stands on the pods' template.
	AnnotationSecrets = annotationPrefix + "secrets"
	// The others stand on the Deployment, whose change restarts nothing.
	annotationObserved  = annotationPrefix + "observed"
	annotationRotatedAt = annotationPrefix + "rotated-at"
	annotationTemplate  = annotationPrefix + "template"
	annotationApplied   = annotationPrefix + "applied"
)

// DeploymentName is the name of a server's Deployment.
func DeploymentName(server string) string { return server }

// ServiceName is the name of a server's Service.
func ServiceName(server string) string { return "mcp-" + server + "-proxy" }

// AccountName is the name of the ServiceAccount that is made for a server.
func AccountName(server string) string { return "mcp-" + server }

func selector(s *v1beta1.MCPServer) map[string]string {
	return map[string]string{LabelName: "mcpserver", LabelInstance: s.Name}
}

func labels(s *v1beta1.MCPServer) map[string]string {
	all := selector(s)
	all[LabelManagedBy] = Manager
	return all
}
