package workload

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// protective are the fields of ToolHive's RunConfig that restrict a workload and that this
// package does not implement.
var protective = []string{
	"audit_config", "audit_config_path", "authz_config", "authz_config_path", "enable_audit", "isolate_network", "oidc_config",
	"permission_profile", "permission_profile_name_or_path", "token_exchange_config", "tools_filter", "tools_override",
}

// harmless are the fields of ToolHive's RunConfig that do not change what a workload does.
var harmless = []string{
	"base_name", "container_name", "debug", "group", "host", "ignore_config", "proxy_mode", "target_host", "telemetry_config",
}

// Honour sets the network none if the permission profile has no network, which isolates
// the workload in the same way. It is for a Spec that [ReadSpec] returned.
func (s *Spec) Honour() {
	if !s.profiledWithoutNetwork() || s.Network != "" && s.Network != "none" || s.servesHTTP() {
		return
	}
	s.Network = "none"
}

func (s Spec) servesHTTP() bool {
	return s.Transport == TransportSSE || s.Transport == TransportStreamableHTTP
}

// Unprotected returns the protective fields that are set and not implemented, sorted.
func (s Spec) Unprotected() []string {
	var fields []string
	for _, name := range protective {
		if s.says(name) && !s.honoured(name) {
			fields = append(fields, name)
		}
	}
	return fields
}

// CheckProtection returns [ErrInvalidSpec] if [Spec.Unprotected] returns a field that is
// not in ignored.
func (s Spec) CheckProtection(ignored []string) error {
	left := slices.DeleteFunc(s.Unprotected(), func(name string) bool { return slices.Contains(ignored, name) })
	if len(left) == 0 {
		return nil
	}
	return fmt.Errorf("%w: it asks for a protection that thv does not give: %s; to run it without, add --ignore %s",
		ErrInvalidSpec, strings.Join(left, ", "), strings.Join(left, " --ignore "))
}

// Ignore adds fields to s.Ignored. It returns [ErrInvalidSpec] for a field that
// [Spec.Unprotected] does not return, so that nothing is ignored in advance.
func (s *Spec) Ignore(fields ...string) error {
	unprotected := s.Unprotected()
	for _, field := range fields {
		if !slices.Contains(unprotected, field) {
			return fmt.Errorf("%w: --ignore %q is not a protection that it asks for and thv does not give; those are: %s",
				ErrInvalidSpec, field, cmp.Or(strings.Join(unprotected, ", "), "none"))
		}
	}
	kept := append(slices.Clone(s.Ignored), fields...)
	s.Ignored = slices.DeleteFunc(unprotected, func(field string) bool { return !slices.Contains(kept, field) })
	if len(s.Ignored) == 0 {
		s.Ignored = nil
	}
	return nil
}

// Unheeded returns the non-empty fields that are neither known, harmless nor protective,
// sorted.
func (s Spec) Unheeded() []string {
	return slices.DeleteFunc(s.Unknown(), func(name string) bool {
		lower := strings.ToLower(name)
		return !s.says(name) || slices.Contains(harmless, lower) || slices.Contains(protective, lower)
	})
}

// says reports whether an unknown field has a value that is not null, false, zero or
// empty.
func (s Spec) says(name string) bool { return s.value(name) != nil }

// value returns the value of an unknown field, or nil. Its name is not case-sensitive, as
// in the programs that write such fields.
func (s Spec) value(name string) json.RawMessage {
	for _, spelled := range s.Unknown() {
		var compact bytes.Buffer
		if !strings.EqualFold(spelled, name) || json.Compact(&compact, s.unknown[spelled]) != nil {
			continue
		}
		if !slices.Contains([]string{"null", "false", "0", `""`, "[]", "{}"}, compact.String()) {
			return s.unknown[spelled]
		}
	}
	return nil
}

func (s Spec) honoured(name string) bool {
	switch name {
	case "isolate_network":
		return s.Network == "none"
	case "permission_profile":
		return s.opensNetwork() || s.profiledWithoutNetwork() && s.Network == "none"
	case "permission_profile_name_or_path":
		// If a profile is set too, it is the one that the name refers to.
		return s.says("permission_profile") || s.profileName() == "network" || s.profileName() == "none" && s.Network == "none"
	}
	return false
}

// profile is the part of a permission profile that concerns the network.
type profile struct {
	Name    string `json:"name"`
	Network *struct {
		Mode     string `json:"mode"`
		Outbound *struct {
			All   bool              `json:"insecure_allow_all"`
			Hosts []json.RawMessage `json:"allow_host"`
			Ports []json.RawMessage `json:"allow_port"`
		} `json:"outbound"`
	} `json:"network"`
}

func (s Spec) profile() (p profile, err error) {
	if !s.says("permission_profile") {
		return p, errors.New("there is no profile")
	}
	return p, json.Unmarshal(s.value("permission_profile"), &p)
}

func (s Spec) profileName() (name string) {
	_ = json.Unmarshal(s.value("permission_profile_name_or_path"), &name)
	return name
}

// opensNetwork reports whether the profile does not restrict the network.
func (s Spec) opensNetwork() bool {
	p, err := s.profile()
	if err != nil {
		return false
	}
	if p.Network == nil {
		return p.Name == "network"
	}
	return p.Network.Mode != "none" && p.Network.Outbound != nil && p.Network.Outbound.All
}

// profiledWithoutNetwork reports whether the profile, or its name if there is no profile,
// excludes the network.
func (s Spec) profiledWithoutNetwork() bool {
	p, err := s.profile()
	if err != nil {
		return s.profileName() == "none"
	}
	if p.Network == nil {
		return p.Name == "none"
	}
	out := p.Network.Outbound
	return p.Network.Mode == "none" || out != nil && !out.All && len(out.Hosts)+len(out.Ports) == 0
}
