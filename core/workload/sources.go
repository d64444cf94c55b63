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

// Sources are the sources of a workload's plain variables.
type Sources struct {
	// Files are the files of --env-file, in the order given.
	Files []map[string]string
	// Dir has the variables of --env-file-dir.
	Dir map[string]string
	// Defaults are the defaults of the registry's entry.
	Defaults map[string]string
	// Flags are the variables of -e.
	Flags map[string]string
	// Transport is the result of [TransportVariables].
	Transport map[string]string
}

// Merge returns the variables of all sources in a new map. The precedence, lowest first,
// is: env files, the directory of env files, the registry's defaults, -e, the transport.
// Secrets have the highest precedence; see [Environment.SetSecret].
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

// TransportVariables returns the variables that configure a server's MCP transport:
// MCP_TRANSPORT and, if port is not zero, MCP_PORT and FASTMCP_PORT.
func TransportVariables(transport string, port int) map[string]string {
	vars := map[string]string{"MCP_TRANSPORT": transport}
	if port != 0 {
		vars["MCP_PORT"] = strconv.Itoa(port)
		vars["FASTMCP_PORT"] = strconv.Itoa(port)
	}
	return vars
}

// ParseFlags parses -e parameters: NAME=VALUE, or NAME for the value that lookup returns;
// if it has none, the variable is omitted. A later parameter replaces an earlier one. An
// error has the parameter's position, from 1, and does not repeat its text.
func ParseFlags(params []string, lookup func(string) (string, bool)) (map[string]string, error) {
	vars := map[string]string{}
	var errs []error
	for i, param := range params {
		name, value, given := strings.Cut(param, "=")
		if !secret.ValidContainerEnvName(name) {
			errs = append(errs, fmt.Errorf("-e parameter %d: the text before '=' is not a valid variable name (printable ASCII without blanks, quotes and any of = , $ / \\)", i+1))
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
