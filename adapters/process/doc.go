// Package process runs workloads as local processes, without a container engine. It
// implements workload.Runtime.
//
// # Workloads
//
// A workload is a command, its variables and a working directory. What only a container
// can have (an image, volumes, published ports, a network, files with secrets, limits,
// another user, a root file system that is read-only) is refused.
//
// # Capabilities
//
// A Runtime divides terminals and controls jobs on Unix; see Runtime.DividesTerminal and
// Runtime.ControlsJobs. It finds no workloads of earlier commands and pulls nothing.
//
// # Errors
//
// secret.ErrUnsupported for what a local process cannot have; workload.ErrCannotExecute
// for a command or a working directory that is missing or cannot be executed;
// secret.ErrTooLarge for arguments and variables that the system does not take;
// secret.ErrUnavailable for everything else.
//
// # Security
//
// A process runs as this user. Its variables can be read by the same user and by root,
// as those of every process. The package logs names of programs and process ids only.
package process
