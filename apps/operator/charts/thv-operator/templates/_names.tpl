{{- define "thv.name" -}}
{{ .Values.nameOverride | default .Chart.Name | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- /* One release in a namespace is what is usual, and then it has the chart's name. */ -}}
{{- define "thv.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else if contains (include "thv.name" .) .Release.Name -}}
{{ .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name (include "thv.name" .) | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- /* Of what belongs to no namespace: two releases in two namespaces must differ. */ -}}
{{- define "thv.clusterName" -}}
{{ printf "%s-%s" .Release.Namespace (include "thv.fullname" .) }}
{{- end }}

{{- define "thv.serviceAccount" -}}
{{ .Values.serviceAccount.create | ternary (.Values.serviceAccount.name | default (include "thv.fullname" .)) .Values.serviceAccount.name }}
{{- end }}

{{- define "thv.selector" -}}
app.kubernetes.io/name: {{ include "thv.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "thv.labels" -}}
{{ include "thv.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_") }}
{{- end }}

{{- define "thv.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{- /* The namespaces that are watched, as JSON; none with scope cluster. */ -}}
{{- define "thv.namespaces" -}}
{{- if eq .Values.scope "cluster" -}}
{{- if .Values.watchNamespaces }}{{ fail "watchNamespaces goes with scope: namespaced" }}{{ end -}}
[]
{{- else -}}
{{ .Values.watchNamespaces | default (list .Release.Namespace) | toJson }}
{{- end }}
{{- end }}

{{- define "thv.metrics" -}}
{{ .Values.metrics.mode | default (eq .Values.scope "cluster" | ternary "authenticated" "off") }}
{{- end }}
