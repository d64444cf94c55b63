package v1beta1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// The types of MCPExternalAuthConfig.
const (
	AuthTokenExchange   = "tokenExchange"
	AuthHeaderInjection = "headerInjection"
	AuthBearerToken     = "bearerToken"
	AuthUnauthenticated = "unauthenticated"
)

// MCPExternalAuthConfig says how servers authenticate to what is behind them. It
// refers to client secrets and never holds them.
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

	// spec says how servers authenticate.
	// +required
	Spec MCPExternalAuthConfigSpec `json:"spec"`
	// status is what the operator makes of it.
	// +optional
	Status MCPExternalAuthConfigStatus `json:"status,omitzero"`
}

// MCPExternalAuthConfigSpec is one way to authenticate.
//
// +kubebuilder:validation:XValidation:rule="(self.type == 'tokenExchange') == has(self.tokenExchange)",message="tokenExchange is set exactly where type is tokenExchange"
// +kubebuilder:validation:XValidation:rule="(self.type == 'headerInjection') == has(self.headerInjection)",message="headerInjection is set exactly where type is headerInjection"
// +kubebuilder:validation:XValidation:rule="(self.type == 'bearerToken') == has(self.bearerToken)",message="bearerToken is set exactly where type is bearerToken"
type MCPExternalAuthConfigSpec struct {
	// type says which of the objects is set; unauthenticated has none.
	// +kubebuilder:validation:Enum=tokenExchange;headerInjection;bearerToken;unauthenticated
	// +required
	Type string `json:"type"`
	// tokenExchange is the exchange of a token after RFC 8693.
	// +optional
	TokenExchange *TokenExchange `json:"tokenExchange,omitempty"`
	// headerInjection is a header with a fixed value.
	// +optional
	HeaderInjection *HeaderInjection `json:"headerInjection,omitempty"`
	// bearerToken is a fixed token.
	// +optional
	BearerToken *BearerToken `json:"bearerToken,omitempty"`
}

// TokenExchange is the exchange of a token after RFC 8693.
//
// +kubebuilder:validation:XValidation:rule="!has(self.clientSecretRef) || has(self.clientId)",message="a client that has a secret has a clientId"
type TokenExchange struct {
	// tokenUrl is the token endpoint's address.
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:XValidation:rule="isURL(self) && url(self).getScheme() in ['http', 'https'] && url(self).getHost() != ''",message="tokenUrl is an http or https address"
	// +required
	TokenURL string `json:"tokenUrl"`
	// clientId is that of the client at the token endpoint.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	ClientID string `json:"clientId,omitempty"`
	// clientSecretRef is where the client's secret is.
	// +optional
	ClientSecretRef *SecretKeyRef `json:"clientSecretRef,omitempty"`
	// audience of the token that is asked for.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2048
	// +required
	Audience string `json:"audience"`
	// scopes of the token that is asked for.
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=1024
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^[!#-\\\\[\\\\]-~]+$')",message="a scope has no space in it"
	// +listType=atomic
	// +optional
	Scopes []string `json:"scopes,omitempty"`
	// subjectTokenType is that of the token which is exchanged.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	SubjectTokenType string `json:"subjectTokenType,omitempty"`
	// externalTokenHeaderName is the header that the new token is sent in; the
	// header Authorization where nothing is said.
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:XValidation:rule="self.matches('^[!#$%&*+.^_`|~0-9A-Za-z-]+$')",message="a header's name has the form of a token of HTTP"
	// +optional
	ExternalTokenHeaderName string `json:"externalTokenHeaderName,omitempty"`
}

// HeaderInjection is a header with a fixed value.
type HeaderInjection struct {
	// headerName is the header's name.
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:XValidation:rule="self.matches('^[!#$%&*+.^_`|~0-9A-Za-z-]+$')",message="a header's name has the form of a token of HTTP"
	// +required
	HeaderName string `json:"headerName"`
	// valueSecretRef is where the value is.
	// +required
	ValueSecretRef SecretKeyRef `json:"valueSecretRef"`
}

// BearerToken is a fixed token.
type BearerToken struct {
	// tokenSecretRef is where the token is.
	// +required
	TokenSecretRef SecretKeyRef `json:"tokenSecretRef"`
}

// SecretRef returns the Secret's key that the configuration refers to, or nil.
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

// MCPExternalAuthConfigStatus is what the operator makes of a configuration.
type MCPExternalAuthConfigStatus struct {
	// observedGeneration is the metadata.generation that this status is about.
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
