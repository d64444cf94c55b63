//go:build !windows

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// promises are scripts, with $RUN before a command, whose output and status env and
// thv exec do not change, in a terminal or without. docs/exec.md lists them.
var promises = map[string]string{
	"exit codes":        `for n in 0 1 7 125 126 127 128 255; do $RUN sh -c "exit $n"; echo $?; done`,
	"ended by a signal": `ulimit -c 0; for s in HUP INT QUIT TERM KILL USR1 PIPE; do $RUN sh -c "kill -$s \$\$" 2>/dev/null; echo $?; done`,
	"no such command":   `$RUN no-such-command 2>/dev/null; echo $?; $RUN ./plain 2>/dev/null; echo $?`,
	"arguments":         `$RUN sh -c 'printf "<%s>" "$0" "$@"' "a b" "" "*" '$x' "$(printf 'two\nlines')"`,
	"argv0":             `$RUN sh -c 'tr "\0" "\n" </proc/$$/cmdline | head -n 1'`,
	"directory":         `mkdir -p d; cd d; $RUN pwd`,
	"umask":             `umask 027; $RUN sh -c umask`,
	"limits":            `ulimit -n 300; ulimit -c 0; $RUN sh -c 'ulimit -n; ulimit -Hn; ulimit -c'`,
	"inherited files":   `$RUN sh -c 'cat <&3; cat <&9; echo more >&4; ls /proc/self/fd | wc -l' 3<three 9<nine 4>>out; cat out`,
	"no other files":    `$RUN ls /proc/self/fd`,
	"ignored signals":   `trap '' HUP INT TSTP TTIN TTOU; $RUN grep SigIgn /proc/self/status`,
	"other signals":     `$RUN grep -e SigIgn -e SigBlk /proc/self/status`,
	"nohup":             `nohup $RUN grep SigIgn /proc/self/status </dev/null >nohup.out 2>&1; cat nohup.out`,
	"setsid":            `setsid -w $RUN sh -c 'cat; true </dev/tty && echo terminal; exit 3' </dev/null 2>/dev/null | cat; echo a | setsid -w $RUN sh -c 'cat; exit 4'; echo $?`,
	"xargs":             `echo a b | xargs -n 1 $RUN sh -c 'echo "<$1>"; exit 1' x; echo $?; echo a b | xargs -n 1 $RUN sh -c 'echo "<$1>"; exit 255' x 2>/dev/null; echo $?`,
	"timeout":           `timeout 0.5 $RUN sleep 600; echo $?; timeout -s INT 0.5 $RUN sleep 600; echo $?`,
	"script":            `sleep 1 | script -qec "$RUN sh -c 'test -t 0 && test -t 1 && echo terminal; exit 5'" /dev/null; echo $?`,
	"input left":        `printf 'a\nb\n' | { $RUN sh -c 'read x; echo got $x'; cat; }`,
	"closed input":      `$RUN sh -c 'cat 2>/dev/null; echo over' <&-`,
	"without a reader":  `{ $RUN sh -c 'while echo line; do :; done' 2>/dev/null; echo $? >status; } | head -n 1; until [ -s status ]; do sleep 0.01; done; cat status`,
	"in the background": `$RUN sh -c 'sleep 0.1; exit 6' & wait $!; echo $?`,
	"job of a shell":    `set -m; $RUN sh -c 'exit 6' & wait $!; echo $?`,
}

func TestExec_PromisesWhatEnvPromises(t *testing.T) {
	for name, script := range promises {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTerminalUser(t)
			if _, code := s.run("canary-of-k", "secret", "set", "k"); code != 0 {
				t.Fatalf("secret set ends with %d", code)
			}
			for file, text := range map[string]string{"plain": "no program\n", "three": "from 3\n", "nine": "from 9\n"} {
				s.write(file, text)
			}
			s.vars["PATH"] = s.bin + string(os.PathListSeparator) + os.Getenv("PATH")
			for _, with := range []func(string) string{s.alone, s.attended} {
				want := with("RUN=env; " + script)
				if want == "" {
					t.Error("env prints nothing: the test tests nothing")
				}
				for _, run := range []string{"thv exec --", "thv exec --secret k --"} {
					if got := with("RUN='" + run + "'; " + script); got != want {
						t.Errorf("%s: %q, want %q", run, got, want)
					}
				}
			}
		})
	}
}

// alone runs a script as cron and systemd start one: without a terminal, in a session
// of its own, with an input that is empty. It returns what the script prints.
func (s *terminalUser) alone(script string) string {
	s.t.Helper()
	s.clean()
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir, cmd.SysProcAttr = s.folder, &syscall.SysProcAttr{Setsid: true}
	for name, value := range s.vars {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		s.t.Fatal(err)
	}
	return out.String() + cmd.ProcessState.String()
}

// attended runs a script in a terminal.
func (s *terminalUser) attended(script string) string {
	s.t.Helper()
	s.clean()
	d := s.startProgram("/bin/sh", "-c", script+"\necho 'all' printed")
	d.sees("all printed\r\n")
	d.ends()
	return strings.ReplaceAll(d.seen(), "\r\n", "\n")
}

// clean removes what scripts have made.
func (s *terminalUser) clean() {
	for _, name := range []string{"out", "nohup.out", "status"} {
		_ = os.Remove(filepath.Join(s.folder, name))
	}
}
