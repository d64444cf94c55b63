package v1beta1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// The types of MCPExternalAuthConfig.
const (
	AuthTokenExchange   = "tokenExchange"
	AuthHeaderInjection = "headerInjection"
	AuthBearerToken     = "bearerToken"
	AuthUnauthenticated = "unauthenticated"
)

// MCPExternalAuthConfig configures how MCP servers authenticate to their backends.
// It refers to client secrets and never contains them.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=mcpeac;extauth,categories=thv;toolhive
// +kubebuilder:metadata:annotations="thv-secrets.dev/schema=1"
// +kubebuilder:printcolumn:name="Type",type=string,JSONPath=`.spec.type`
// +kubebuilder:printcolumn:name="Valid",type=string,JSONPath=`.status.conditions[?(@.type=="Valid")].status`
// +kubebuilder:printcolumn:name="In Use",type=string,JSONPath=`.status.conditions[?(@.type=="InUse")].status`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type MCPExternalAuthConfig struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec configures how servers authenticate.
	// +required
	Spec MCPExternalAuthConfigSpec `json:"spec"`
	// status is the state that the operator observed.
	// +optional
	Status MCPExternalAuthConfigStatus `json:"status,omitzero"`
}

// MCPExternalAuthConfigSpec configures one type of authentication.
//
// +kubebuilder:validation:XValidation:rule="(self.type == 'tokenExchange') == has(self.tokenExchange)",message="tokenExchange is required for the type tokenExchange and not allowed for any other"
// +kubebuilder:validation:XValidation:rule="(self.type == 'headerInjection') == has(self.headerInjection)",message="headerInjection is required for the type headerInjection and not allowed for any other"
// +kubebuilder:validation:XValidation:rule="(self.type == 'bearerToken') == has(self.bearerToken)",message="bearerToken is required for the type bearerToken and not allowed for any other"
type MCPExternalAuthConfigSpec struct {
	// type selects which of the other fields is set; unauthenticated has none.
	// +kubebuilder:validation:Enum=tokenExchange;headerInjection;bearerToken;unauthenticated
	// +required
	Type string `json:"type"`
	// tokenExchange configures a token exchange (RFC 8693).
	// +optional
	TokenExchange *TokenExchange `json:"tokenExchange,omitempty"`
	// headerInjection configures a header with a fixed value.
	// +optional
	HeaderInjection *HeaderInjection `json:"headerInjection,omitempty"`
	// bearerToken configures a fixed bearer token.
	// +optional
	BearerToken *BearerToken `json:"bearerToken,omitempty"`
}

// TokenExchange configures a token exchange (RFC 8693).
//
// +kubebuilder:validation:XValidation:rule="!has(self.clientSecretRef) || has(self.clientId)",message="clientSecretRef requires clientId"
type TokenExchange struct {
	// tokenUrl is the URL of the token endpoint.
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:XValidation:rule="isURL(self) && url(self).getScheme() in ['http', 'https'] && url(self).getHost() != ''",message="tokenUrl must be an http or https URL"
	// +required
	TokenURL string `json:"tokenUrl"`
	// clientId is the client's ID at the token endpoint.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	ClientID string `json:"clientId,omitempty"`
	// clientSecretRef refers to the client's secret.
	// +optional
	ClientSecretRef *SecretKeyRef `json:"clientSecretRef,omitempty"`
	// audience is the audience of the requested token.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2048
	// +required
	Audience string `json:"audience"`
	// scopes are the scopes of the requested token.
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=1024
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^[!#-\\\\[\\\\]-~]+$')",message="a scope must not contain spaces"
	// +listType=atomic
	// +optional
	Scopes []string `json:"scopes,omitempty"`
	// subjectTokenType is the type of the token that is exchanged.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	SubjectTokenType string `json:"subjectTokenType,omitempty"`
	// externalTokenHeaderName is the header in which the new token is sent. The
	// default is Authorization.
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:XValidation:rule="self.matches('^[!#$%&*+.^_`|~0-9A-Za-z-]+$')",message="a header's name must be a valid HTTP header name"
	// +optional
	ExternalTokenHeaderName string `json:"externalTokenHeaderName,omitempty"`
}

// HeaderInjection configures a header with a fixed value.
type HeaderInjection struct {
	// headerName is the header's name.
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:XValidation:rule="self.matches('^[!#$%&*+.^_`|~0-9A-Za-z-]+$')",message="a header's name must be a valid HTTP header name"
	// +required
	HeaderName string `json:"headerName"`
	// valueSecretRef refers to the header's value.
	// +required
	ValueSecretRef SecretKeyRef `json:"valueSecretRef"`
}

// BearerToken configures a fixed bearer token.
type BearerToken struct {
	// tokenSecretRef refers to the token.
	// +required
	TokenSecretRef SecretKeyRef `json:"tokenSecretRef"`
}

// SecretRef returns the reference to the configuration's secret, or nil.
func (s *MCPExternalAuthConfigSpec) SecretRef() *SecretKeyRef {
	switch {
	case s.TokenExchange != nil:
		return s.TokenExchange.ClientSecretRef
	case s.HeaderInjection != nil:
		return &s.HeaderInjection.ValueSecretRef
	case s.BearerToken != nil:
		return &s.BearerToken.TokenSecretRef
	}
	return nil
}

// MCPExternalAuthConfigStatus is the observed state of a configuration.
type MCPExternalAuthConfigStatus struct {
	// observedGeneration is the metadata.generation that this status describes.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions are Valid and InUse.
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// MCPExternalAuthConfigList is a list of MCPExternalAuthConfigs.
//
// +kubebuilder:object:root=true
type MCPExternalAuthConfigList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []MCPExternalAuthConfig `json:"items"`
}
