// Package service is thv service, which has detached workloads started when their
// user logs in, or the machine starts.
package service

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/state/atomicfile"
	"github.com/thv-secrets/thv/core/ownfile"
	"github.com/thv-secrets/thv/core/secret"
)

// unit is a file that an init system reads, with the commands that the user runs for
// it.
type unit struct {
	path, text      string
	enable, disable []string
}

type report struct {
	Path string `json:"path"`
	// Installed is whether the file is there, and Current whether it says what this
	// thv would write.
	Installed bool     `json:"installed"`
	Current   bool     `json:"current"`
	Commands  []string `json:"commands,omitempty"`
}

// Options are the arguments and options of the verb.
type Options struct {
	// Action is install, uninstall or status.
	Action string
}

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "service",
		Short: "Start detached workloads again after a reboot",
		Long: `Let this user's init system run thv start --all at login or boot: on Linux by a
unit of systemd's user manager, on macOS by a launch agent. thv writes or
removes the file, and prints the commands that make the init system load or
unload it; it does not run them.`,
		Args: command.NoSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, verb := range []struct{ name, short, example string }{
		{"install", "Write the unit's file", "  # Write the file, and run the commands that it prints\n  thv service install | sh"},
		{"uninstall", "Remove the unit's file", "  # Remove the file, and run the commands that it prints\n  thv service uninstall | sh"},
		{"status", "Show whether the unit's file is installed", "  # Show whether the file is installed and up to date\n  thv service status"},
	} {
		cmd.AddCommand(&cobra.Command{
			Use: verb.name, Short: verb.short, Example: verb.example, Args: command.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				return command.Run(cmd.Context(), f, &Options{Action: verb.name}, runF, run)
			},
		})
	}
	return cmd
}

func run(_ context.Context, a *app.App, o *Options) error {
	u, err := unitOf(a, runtime.GOOS)
	if err != nil {
		return err
	}
	switch o.Action {
	case "install":
		return install(a, u)
	case "uninstall":
		return uninstall(a, u)
	}
	return show(a, u)
}

// unitOf is the unit of a system; one without is secret.ErrUnsupported.
func unitOf(a *app.App, system string) (unit, error) {
	self, err := os.Executable()
	if err == nil {
		// The engine's executable may be doing this.
		self, err = filepath.EvalSymlinks(filepath.Join(filepath.Dir(self), "thv"))
	}
	if err != nil {
		return unit{}, fmt.Errorf("%w: cannot find thv: %w", secret.ErrUnavailable, err)
	}
	if strings.ContainsAny(self, "\n\r\x00$") { // which init systems interpret
		return unit{}, secret.Usagef("the path of thv holds a '$' or a control character: %q", self)
	}
	switch system {
	case "linux":
		return systemd(self, filepath.Dir(filepath.Dir(string(a.ConfigPath))), kept(a)), nil
	case "darwin":
		return launchd(self, a.Environ.Get("HOME"), kept(a)), nil
	}
	return unit{}, fmt.Errorf("%w: there is no service on this system; have its own scheduler run at login: thv start --all", secret.ErrUnsupported)
}

// kept returns the set variables that decide where thv's files and the engine are, since an init
// system has different ones.
func kept(a *app.App) [][2]string {
	var set [][2]string
	for _, name := range []string{"XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "DOCKER_CONFIG", "DOCKER_CLIENT_TIMEOUT"} {
		if value := a.Environ.Get(name); value != "" && !strings.ContainsAny(value, "\n\r\x00") {
			set = append(set, [2]string{name, value})
		}
	}
	return set
}

func install(a *app.App, u unit) error {
	if err := os.MkdirAll(filepath.Dir(u.path), 0o755); err != nil {
		return fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	if _, _, err := ownfile.Resolve(filepath.Dir(u.path)); err != nil {
		return &secret.UsageError{Err: err}
	}
	if err := atomicfile.Replace(u.path, []byte(u.text)); err != nil {
		return err
	}
	if a.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(a.Streams.Out, report{u.path, true, true, u.enable})
	}
	a.Streams.Say("Wrote %s. To enable it, run:", u.path)
	return lines(a, u.enable)
}

func lines(a *app.App, all []string) error {
	for _, line := range all {
		if _, err := fmt.Fprintln(a.Streams.Out, line); err != nil {
			return err
		}
	}
	return nil
}

func uninstall(a *app.App, u unit) error {
	err := os.Remove(u.path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	if a.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(a.Streams.Out, report{Path: u.path, Commands: u.disable})
	}
	if err != nil {
		a.Streams.Say("There is no %s.", u.path)
		return nil
	}
	a.Streams.Say("Removed %s. To have it forgotten, run:", u.path)
	return lines(a, u.disable)
}

func show(a *app.App, u unit) error {
	text, err := os.ReadFile(u.path)
	r := report{Path: u.path, Installed: err == nil, Current: string(text) == u.text}
	if a.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(a.Streams.Out, r)
	}
	switch {
	case !r.Installed:
		_, err = fmt.Fprintf(a.Streams.Out, "not installed; thv service install writes %s\n", u.path)
	case !r.Current:
		_, err = fmt.Fprintf(a.Streams.Out, "%s was written by another thv; run thv service install to update it\n", u.path)
	default:
		_, err = fmt.Fprintf(a.Streams.Out, "%s is installed\n", u.path)
	}
	return err
}
