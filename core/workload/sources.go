package workload

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/thv-secrets/thv/core/secret"
)

// Sources are where a workload's plain variables come from.
type Sources struct {
	// Files are --env-file, in the order given.
	Files []map[string]string
	// Dir is --env-file-dir.
	Dir map[string]string
	// Defaults are those of the registry's entry.
	Defaults map[string]string
	// Flags are -e.
	Flags map[string]string
	// Transport is what TransportVariables returns.
	Transport map[string]string
}

// Merge returns the variables of all sources, in a map of its own. The order,
// lowest first, is: env files, the folder of env files, the registry's defaults,
// -e, the transport's. Secrets come after all of them, in Environment.SetSecret.
func (s Sources) Merge() map[string]string {
	vars := map[string]string{}
	for _, file := range s.Files {
		merge(vars, file)
	}
	merge(vars, s.Dir)
	merge(vars, s.Defaults)
	merge(vars, s.Flags)
	merge(vars, s.Transport)
	return vars
}

// TransportVariables are what tells a server how to speak MCP: MCP_TRANSPORT,
// and, where port is not zero, MCP_PORT and FASTMCP_PORT.
func TransportVariables(transport string, port int) map[string]string {
	vars := map[string]string{"MCP_TRANSPORT": transport}
	if port != 0 {
		vars["MCP_PORT"] = strconv.Itoa(port)
		vars["FASTMCP_PORT"] = strconv.Itoa(port)
	}
	return vars
}

// ParseFlags reads -e parameters: NAME=VALUE, or NAME alone for what lookup
// answers, which is left out where it has none. The later wins. An error names
// the parameter's position, from 1, and not its text.
func ParseFlags(params []string, lookup func(string) (string, bool)) (map[string]string, error) {
	vars := map[string]string{}
	var errs []error
	for i, param := range params {
		name, value, given := strings.Cut(param, "=")
		if !secret.ValidContainerEnvName(name) {
			errs = append(errs, fmt.Errorf("-e parameter %d: the text before '=' is not a variable's name (printable ASCII without blanks, quotes and any of = , $ / \\)", i+1))
			continue
		}
		if strings.ContainsRune(value, 0) {
			errs = append(errs, fmt.Errorf("-e parameter %d: the value holds a NUL", i+1))
			continue
		}
		if !given {
			if value, given = lookup(name); !given {
				continue
			}
		}
		vars[name] = value
	}
	return vars, errors.Join(errs...)
}

func merge(into, from map[string]string) { maps.Copy(into, from) }

func sortedNames(vars map[string]string) []string { return slices.Sorted(maps.Keys(vars)) }
