package compose

import (
	"fmt"
	"sync"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/state/settings"
)

func newConfigNotes(s settings.Settings, path app.ConfigPath) app.ConfigNotes {
	notes := make(app.ConfigNotes, 0, len(s.Notes))
	for _, note := range s.Notes {
		notes = append(notes, fmt.Sprintf("configuration %s: %s", path, note))
	}
	return notes
}

// Telling is compose, which prints the notes about the configuration file once. It is
// for thv and not for the executables that carry on with its commands.
func Telling(compose app.Compose) app.Compose {
	var once sync.Once
	return func(g app.Globals, s *terminal.Streams, e *procenv.Environ) (*app.App, error) {
		made, err := compose(g, s, e)
		if err == nil && !g.IgnoreConfigErrors { // a command that looks at the file says it itself
			once.Do(func() {
				for _, note := range made.ConfigNotes {
					fmt.Fprintln(s.Err, note)
				}
			})
		}
		return made, err
	}
}
