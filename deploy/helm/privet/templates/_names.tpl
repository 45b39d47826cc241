{{- define "privet.name" -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "privet.labels" -}}
app.kubernetes.io/name: privet
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "privet.image" -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- end }}

{{/* No root, no capability, no writing but to the state volume and /tmp. */}}
{{- define "privet.container" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end }}

{{- define "privet.pod" -}}
automountServiceAccountToken: {{ .token }}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .uid }}
  runAsGroup: {{ .uid }}
  fsGroup: {{ .uid }}
  seccompProfile: { type: RuntimeDefault }
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "privet.clients" -}}
{{- with .Values.clients.namespaceLabels }}
- namespaceSelector: { matchLabels: {{ toJson . }} }
{{- else }}
- podSelector: {}
{{- end }}
{{- end }}
