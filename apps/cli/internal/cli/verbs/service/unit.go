package service

import (
	"fmt"
	"path/filepath"
	"strings"
)

// systemd is a unit of the user's manager. It stays active with the supervisors in
// it, so that a shutdown ends them all, each with the time that its workload has to
// end; what they ran stays wanted. The store's password may come as a credential.
func systemd(thv, config string, env [][2]string) unit {
	var b strings.Builder
	b.WriteString(`# Written by thv service install.
[Unit]
Description=Workloads of thv that ran before

[Service]
Type=oneshot
RemainAfterExit=yes
`)
	for _, pair := range env {
		fmt.Fprintf(&b, "Environment=%s\n", quoted(pair[0]+"="+pair[1]))
	}
	fmt.Fprintf(&b, `# With the '-' one that cannot start, which thv list --all shows, does not end the
# others: a unit that has failed is emptied.
ExecStart=-%s start --all
# The supervisors end their workloads when they are told to.
KillMode=control-group
KillSignal=SIGTERM
TimeoutStartSec=10min
TimeoutStopSec=60

[Install]
WantedBy=default.target
`, quoted(thv))
	return unit{
		path: filepath.Join(config, "systemd", "user", "thv.service"), text: b.String(),
		enable: []string{
			"systemctl --user daemon-reload",
			"systemctl --user enable --now thv",
			"loginctl enable-linger # starts them with the machine, and not only at login",
		},
		disable: []string{"systemctl --user disable thv", "systemctl --user daemon-reload"},
	}
}

// quoted is text as one word of a unit's line; see systemd.syntax(7): a '%' begins a
// specifier.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%").Replace(text) + `"`
}

// launchd returns an agent that runs once at login. Processes that it started are not stopped when
// it exits.
func launchd(thv, home string, env [][2]string) unit {
	path := filepath.Join(home, "Library", "LaunchAgents", "com.github.thv-secrets.thv.plist")
	var variables strings.Builder
	for _, pair := range env {
		fmt.Fprintf(&variables, "\t\t<key>%s</key><string>%s</string>\n", pair[0], escaped(pair[1]))
	}
	text := fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key><string>com.github.thv-secrets.thv</string>
	<key>ProgramArguments</key>
	<array>
		<string>%s</string>
		<string>start</string>
		<string>--all</string>
	</array>
	<key>EnvironmentVariables</key>
	<dict>
%s	</dict>
	<key>RunAtLoad</key><true/>
	<key>AbandonProcessGroup</key><true/>
</dict>
</plist>
`, escaped(thv), variables.String())
	return unit{
		path: path, text: text,
		enable:  []string{fmt.Sprintf("launchctl bootstrap gui/$(id -u) %q", path)},
		disable: []string{"launchctl bootout gui/$(id -u)/com.github.thv-secrets.thv"},
	}
}

func escaped(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}
