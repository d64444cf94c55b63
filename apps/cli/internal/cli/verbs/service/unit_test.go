package service

import (
	"strings"
	"testing"
)

func TestSystemd_OneThatCannotStartDoesNotEndTheOthers(t *testing.T) {
	text := systemd("/opt/thv", "/home/someone/.config", nil).text
	// systemd ends all that is in a unit whose command has failed.
	if !strings.Contains(text, "\nExecStart=-\"/opt/thv\" start --all\n") {
		t.Errorf("a failure of thv start --all is the unit's:\n%s", text)
	}
}

func TestSystemd_QuotesWhatItWouldRead(t *testing.T) {
	text := systemd(`/opt/a b/100%/"thv"`, "/c", [][2]string{{"XDG_DATA_HOME", "/x y"}}).text
	for _, want := range []string{`ExecStart=-"/opt/a b/100%%/\"thv\"" start --all`, `Environment="XDG_DATA_HOME=/x y"`} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no line %s in:\n%s", want, text)
		}
	}
}
