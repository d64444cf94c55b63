// Package docker runs workloads as containers of a Docker Engine or Podman. It implements
// workload.Runtime with the Engine API, 1.41 and newer, and does not need the docker
// command.
//
// # Capabilities
//
// A run consists of create, attach, wait and start. The image is pulled as Spec.Pull
// requires. Output is demultiplexed without delay, and the end of the input closes the
// workload's input but not its output. On a terminal every key reaches the workload: the
// Engine's detach keys are disabled.
//
// The container is created with automatic removal: the Engine removes it when it exits,
// even if this process has died, so that nothing with the environment stays on its disk.
// The container's standard input is closed when this process dies, which ends a
// well-behaved server. Exit status and output are not lost, since the requests for both are
// open before the start. A container that exits needs no further call; if a start fails, a
// context is done or a connection breaks, the container is removed by force. One gap
// remains: if this process dies between create and start, a container stays that never
// ran, with its environment in the Engine's record. Spec.Labels identify it, and
// [Runtime.Sweep] removes it.
//
// A small init process runs as process 1 in the container (as with docker run --init), so
// that signals terminate a workload without signal handlers, such as a Node or Go program,
// with the status 128+n, and no zombies stay. With it, the status is 127 for a missing
// command and 126 for one that cannot be executed, with a message of the init process on
// standard error. [Config].NoInit runs the image's command as process 1, which images with
// an init system (s6-overlay, systemd) need; then both are errors of Start.
//
// # Delivery
//
// Variables are part of the container's configuration, unless Spec.Delivery is sealed.
// Sealed variables and all files are delivered by a static executable, [Config].Init. It is
// copied into an anonymous volume of the container before the start, and runs before the
// image's entrypoint and command. It reads the values from the first bytes of the attached
// input, in the frame of core/delivery, writes the files to memory-backed storage (tmpfs)
// and executes the image's command. This needs three more calls: for the Engine's version,
// which selects the executable, for the image, which has the command, and for the copy. If
// a value does not arrive, the executable reports it on standard error and exits with 125.
// A process with files is a workload.Refresher: an exec of the executable replaces them.
//
// If a workload closes both output streams and continues to run, Wait waits for it. The
// Engine then closes its input.
//
// # Errors
//
// workload.ErrInvalidSpec is a Spec that cannot be run; all its mistakes are reported
// together, by field, before any call. secret.ErrUnavailable is an Engine that is not
// reachable, breaks the connection or does not respond in time, secret.ErrDenied one that
// refuses this user, secret.ErrNotFound an image that does not exist, secret.ErrConflict a
// name or a port in use, and secret.ErrUnsupported an Engine or an address that this
// package does not support. workload.ErrNoCommand and workload.ErrCannotExecute are defined
// by workload.Runtime. Every call has a time limit, and a pull has a limit for the time
// without progress; only the workload itself has none.
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
// A container cannot gain privileges (set-user-ID executables have no effect) and has no
// log: output is not written to the Engine's disk. Ports are published on 127.0.0.1 by
// default. A host directory must exist; it is never created. Capabilities, seccomp and
// AppArmor have the Engine's defaults, with which images are tested.
package docker
