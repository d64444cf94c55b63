package ownfile

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// overflow is the user ID that the kernel shows for an owner which the user
// namespace does not map (kernel.overflowuid).
const overflow = 65534

// privateGroup reports whether gid is the private group of the owner uid of the file
// at path, so that the group's permissions are its owner's.
func privateGroup(path string, uid, gid uint32) bool {
	if uid == 0 || uid != gid || int(uid) != os.Geteuid() {
		return false
	}
	if n, err := syscall.Getxattr(path, "system.posix_acl_access", nil); err == nil && n > 0 {
		return false // the group's part of the mode is the access list's
	}
	return alone("/etc/passwd", "/etc/group", int(uid), int(gid))
}

// alone reports whether the user uid is the only member of the group gid. It returns
// false if one of the files cannot be read.
func alone(passwd, groups string, uid, gid int) bool {
	var name string
	only := each(passwd, func(fields []string) bool {
		if len(fields) < 4 {
			return true
		}
		if fields[2] == strconv.Itoa(uid) {
			name = fields[0]
			return true
		}
		return fields[3] != strconv.Itoa(gid)
	})
	return only && each(groups, func(fields []string) bool {
		return len(fields) < 4 || fields[2] != strconv.Itoa(gid) || fields[3] == "" || fields[3] == name
	})
}

// each reports whether holds returns true for the fields of every line of the file at
// path.
func each(path string, holds func(fields []string) bool) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if !holds(strings.Split(lines.Text(), ":")) {
			return false
		}
	}
	return lines.Err() == nil
}

// unmapped reports whether uid stands for owners that this user namespace does not map. In
// the initial namespace every user is mapped, and 65534 is a normal user.
func unmapped(uid uint32) bool {
	if uid != overflow {
		return false
	}
	text, err := os.ReadFile("/proc/self/uid_map")
	return err == nil && partial(string(text))
}

// partial reports whether a namespace's map does not include all users.
func partial(text string) bool {
	mapped := uint64(0)
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			return false
		}
		count, err := strconv.ParseUint(fields[2], 10, 64)
		if err != nil {
			return false
		}
		mapped += count
		first, err := strconv.ParseUint(fields[0], 10, 64)
		if err != nil || first <= overflow && overflow < first+count {
			return false // 65534 is a user here too
		}
	}
	return mapped > 0
}
