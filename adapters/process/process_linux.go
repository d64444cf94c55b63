package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// dieWithThread makes the kernel kill the process when the thread that starts it ends. The
// thread must therefore live as long as the process.
func dieWithThread(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGKILL }

// stillStopped reports whether a process is stopped now. The report of a stop of the whole job
// may arrive after the job was continued.
func stillStopped(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, found := bytes.Cut(text, []byte(") "))
	return err != nil || !found || bytes.HasPrefix(after, []byte("T"))
}

// descendants returns the processes below pid, as far as they can be read.
func descendants(pid int) []int {
	var found []int
	threads, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	for _, thread := range threads {
		children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, thread.Name()))
		for field := range strings.FieldsSeq(string(children)) {
			if child, err := strconv.Atoi(field); err == nil {
				found = append(append(found, child), descendants(child)...)
			}
		}
	}
	return found
}
