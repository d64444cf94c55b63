{{- /*
The rules of apps/operator/config/rbac/role.yaml, in its three parts. A test
compares them.
*/ -}}

{{- /* In every namespace that is watched. */ -}}
{{- define "thv.rules.watched" -}}
- apiGroups: [toolhive.stacklok.dev]
  resources: [mcpservers, mcpexternalauthconfigs]
  verbs: [get, list, watch]
- apiGroups: [toolhive.stacklok.dev]
  resources: [mcpservers/status, mcpexternalauthconfigs/status]
  verbs: [patch]
- apiGroups: [toolhive.stacklok.dev]
  resources: [mcpexternalauthconfigs]
  verbs: [patch]
- apiGroups: [toolhive.stacklok.dev]
  resources: [mcpservers/finalizers, mcpexternalauthconfigs/finalizers]
  verbs: [update]
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch, create, patch]
- apiGroups: [""]
  resources: [services, serviceaccounts]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{- /* In the operator's own namespace: its key for fingerprints, its lease. */ -}}
{{- define "thv.rules.own" -}}
- apiGroups: [""]
  resources: [secrets]
  verbs: [create]
- apiGroups: [""]
  resources: [secrets]
  resourceNames: [thv-operator-fingerprint]
  verbs: [get]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, create, update]
- apiGroups: ["", events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{- /* Of the cluster: whose the CRDs are. */ -}}
{{- define "thv.rules.crds" -}}
- apiGroups: [apiextensions.k8s.io]
  resources: [customresourcedefinitions]
  resourceNames: [mcpservers.toolhive.stacklok.dev, mcpexternalauthconfigs.toolhive.stacklok.dev]
  verbs: [get]
{{- end }}

{{- /* Of the cluster: who may read the metrics. */ -}}
{{- define "thv.rules.tokens" -}}
- apiGroups: [authentication.k8s.io]
  resources: [tokenreviews]
  verbs: [create]
- apiGroups: [authorization.k8s.io]
  resources: [subjectaccessreviews]
  verbs: [create]
{{- end }}

{{- define "thv.subjects" -}}
- kind: ServiceAccount
  name: {{ include "thv.serviceAccount" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}
