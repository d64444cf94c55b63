package workload

import (
	"fmt"
	"slices"
	"strings"
)

// The values of [Spec.Transport] for containers. It may also be empty.
const (
	TransportStdio          = "stdio"
	TransportSSE            = "sse"
	TransportStreamableHTTP = "streamable-http"
)

// The values of [Spec.Pull]. The default is PullMissing.
const (
	PullMissing = "missing"
	PullAlways  = "always"
	PullNever   = "never"
)

// The values of [Spec.Restart]. The default is RestartOnFailure.
const (
	RestartNo        = "no"
	RestartOnFailure = "on-failure"
	RestartAlways    = "always"
)

// Transport is a parsed [Spec.Transport].
type Transport string

// ParseTransport parses a [Spec.Transport], which may be empty.
func ParseTransport(text string) (Transport, error) {
	return choice[Transport](text, "", TransportStdio, TransportSSE, TransportStreamableHTTP)
}

// HTTP reports whether the server listens on a port.
func (t Transport) HTTP() bool { return t == TransportSSE || t == TransportStreamableHTTP }

// PullPolicy is a parsed [Spec.Pull].
type PullPolicy string

// ParsePullPolicy parses a [Spec.Pull]. The default is [PullMissing].
func ParsePullPolicy(text string) (PullPolicy, error) {
	return choice[PullPolicy](text, PullMissing, PullMissing, PullAlways, PullNever)
}

// RestartPolicy is a parsed [Spec.Restart].
type RestartPolicy string

// ParseRestartPolicy parses a [Spec.Restart]. The default is [RestartOnFailure].
func ParseRestartPolicy(text string) (RestartPolicy, error) {
	return choice[RestartPolicy](text, RestartOnFailure, RestartNo, RestartOnFailure, RestartAlways)
}

// DeliveryMode is a parsed [Spec.Delivery].
type DeliveryMode string

// ParseDelivery parses a [Spec.Delivery]. The default is [DeliveryEnv].
func ParseDelivery(text string) (DeliveryMode, error) {
	return choice[DeliveryMode](text, DeliveryEnv, DeliveryEnv, DeliverySealed)
}

// choice returns text if it is one of may, and none if it is empty. The error does not
// repeat text.
func choice[T ~string](text string, none T, may ...string) (T, error) {
	if text == "" {
		return none, nil
	}
	if !slices.Contains(may, text) {
		last := len(may) - 1
		return "", fmt.Errorf("it is %s or %s", strings.Join(may[:last], ", "), may[last])
	}
	return T(text), nil
}
