// Package docker runs workloads as containers of a Docker Engine: the runtime
// port of core/workload over the Engine API, 1.41 and newer. It speaks to the
// Engine directly; the docker command is not needed.
//
// # Capabilities
//
// A run is: create, attach and wait, start. The image is pulled where
// Spec.Pull asks for it. Output is demultiplexed without being held back, and
// an end of the input closes the workload's input while its output goes on. On
// a terminal every key reaches the workload: the Engine's detach keys are off.
//
// The container is made with automatic removal. The Engine then removes it
// when it ends, also where this process has died meanwhile, and nothing that
// holds the environment stays behind on its disk; its standard input is closed
// when this process dies, which ends a well-behaved server. Exit status and
// output are not lost by this: both requests are open before the start. A
// container that ends by itself needs no further call; where a start fails, a
// context is done or a connection breaks, it is removed by force. One moment
// is left: a process that dies between create and start leaves a container
// that never ran, with its environment in the Engine's record. Spec.Labels tell
// whose it is, and Sweep removes it.
//
// A small init process runs as process 1 in the container (as docker run
// --init), so that a workload without signal handlers of its own, such as a
// Node or Go program, ends by the signals that it is sent, with a status of
// 128+n, and leaves no zombies. With it, a command that is not there is the
// status 127 and one that cannot be executed 126, with a line of the init
// process on standard error. Config.NoInit runs the image's command as process
// 1 itself, which images with an init system of their own (s6-overlay,
// systemd) need; then both are errors of Start.
//
// # Delivery
//
// Variables are part of the container's configuration. Where Spec.Delivery is
// sealed they are not, and neither are files in any delivery: a static program,
// Config.Init, is put into an anonymous volume of the container before its start,
// stands before the image's entrypoint and command, reads the values from the
// first bytes of the attached input, in the frame of core/delivery, writes the
// files to memory-backed storage (tmpfs) and becomes the image's command. It costs
// three calls more: the Engine's version and the image are asked for, since the
// one says which program is sent and the other what it becomes, and the program
// is sent. The plain way has none of them. Where a value does not arrive, the
// program says so on standard error and its status is 125. A process that has files
// is a workload.Refresher: the program, run by an exec, replaces them.
//
// A workload that closes both of its output streams and runs on is waited for.
// Its input is closed by the Engine then.
//
// # Errors
//
// workload.ErrInvalidSpec is a Spec that cannot be run; all that is wrong is said at
// once, by field, before any call. secret.ErrUnavailable is an Engine that is
// not there, breaks off or does not answer in time, secret.ErrDenied one that
// refuses this user, secret.ErrNotFound an image that is not to be had,
// secret.ErrConflict a name or a port that is taken, secret.ErrUnsupported an
// Engine or an address that this package cannot use. workload.ErrNoCommand and
// workload.ErrCannotExecute are as the port says. Every call is bounded in
// time, and a pull by the time without progress; only the workload itself is
// not.
//
// # Security
//
// The environment is sent in the create request only, and this package keeps no
// copy. The Engine keeps it until the container is removed, and on its disk
// perhaps longer; root and every user of the Engine can read it. Sealed variables
// and files are sent over the attached connection only: the Engine neither records
// nor stores them. Every user who may start a process in the container can still
// read them there. The text of an Engine's error is repeated only if it contains
// no value of the environment.
//
// A container gets no new privileges (a set-user-ID program in it gains
// nothing) and no log: what a workload prints is not written to the Engine's
// disk. Ports are published on 127.0.0.1 where no address is said. A host
// directory must exist; it is never made. Capabilities, seccomp and AppArmor
// are the Engine's defaults, which images are tested with.
package docker
