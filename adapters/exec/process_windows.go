package exec

import (
	"os"
	"path/filepath"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// group is a job object with the process and all its children. The system kills them when its
// last handle is closed, also if this process dies.
type group windows.Handle

func root(path string) string { return filepath.VolumeName(path) + `\` }

// attributes keeps the console's Ctrl-C from the process.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}

// closedFiles returns nil: on Windows a process inherits only the intended handles.
func closedFiles() []*os.File { return nil }

// gather puts the process into a job. Children that it started before are not in the job.
func (p *process) gather() error {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return err
	}
	p.group = group(job)
	limits := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{}
	limits.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	if err == nil {
		err = p.join(job)
	}
	if err != nil {
		_ = windows.CloseHandle(job)
	}
	return err
}

func (p *process) join(job windows.Handle) error {
	program, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(p.cmd.Process.Pid))
	if err != nil {
		return err
	}
	defer func() { _ = windows.CloseHandle(program) }()
	return windows.AssignProcessToJobObject(job, program)
}

// kill kills the process and its children at once.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		_ = windows.TerminateJobObject(windows.Handle(p.group), 1)
	}
}

// reap waits for the exit of the process and kills its remaining children.
func (p *process) reap() {
	_ = p.cmd.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = windows.TerminateJobObject(windows.Handle(p.group), 1)
	_ = windows.CloseHandle(windows.Handle(p.group))
	p.reaped = true
}
