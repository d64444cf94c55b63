package app

import (
	"slices"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/rotation"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// Descriptor is what thv knows about a provider. The zero value, but for the name, is
// right for a provider that nothing is known about, such as a configured program.
type Descriptor struct {
	// Name is the provider's in configurations, reports and errors.
	Name string
	// Scheme is that of its references; empty if it holds bare names only.
	Scheme string
	// SchemeOnly is whether the provider is reached by its Scheme only: it cannot be
	// selected, and no chain can name it.
	SchemeOnly bool
	// Former are the names that ToolHive has for it, in lower case.
	Former []string
	// Reserved are the names besides Name and Scheme that no configured program may take.
	Reserved []string
	// Unlocking are the variables that unlock it, in upper case. No workload gets them.
	Unlocking []string
	// Detection is how a changed secret is detected, and Files are the files to watch if
	// that is rotation.Watched.
	Detection rotation.Detection
	Files     []string
	// Volatile reports whether a secret differs each time by its nature, so that this is
	// no change; nil if none does.
	Volatile func(secret.Ref) bool
	// Local is whether the provider never needs the network, and thv itself words its
	// errors. A command that an error of another provider names is not repeated as advice.
	Local bool
	// Advice are the commands that help after a failure of a class.
	Advice map[secret.Class]string
	// Unprepared are the classes of failures that mean that the provider is not set up
	// here, besides secret.ClassUnsupported.
	Unprepared []secret.Class
	// InCluster is whether the references are SCHEME://NAMESPACE/SECRET/KEY and name
	// Secrets of Kubernetes, which a manifest can refer to.
	InCluster bool
	// Open opens the provider.
	Open provider.Opener
}

// Reserves returns the names that no configured program may take.
func (d Descriptor) Reserves() []string {
	names := append([]string{d.Name}, d.Reserved...)
	if d.Scheme != "" {
		names = append(names, d.Scheme)
	}
	return names
}

// Describe returns the Descriptor of the provider name; only the name is set if it is
// not known.
func (p *Providers) Describe(name string) Descriptor {
	for _, d := range p.Descriptors {
		if d.Name == name {
			return d
		}
	}
	return Descriptor{Name: name}
}

// ChangeDetection returns how a changed secret of the provider name is detected.
func (p *Providers) ChangeDetection(name string) rotation.Detection {
	return p.Describe(name).Detection
}

// Files returns the files of the providers whose changes are watched.
func (p *Providers) Files() []string {
	var files []string
	for _, d := range p.Descriptors {
		files = append(files, d.Files...)
	}
	return files
}

// Volatile reports whether the secret ref differs each time by its nature, so that this
// is no change.
func (p *Providers) Volatile(ref secret.Ref) bool {
	return slices.ContainsFunc(p.Descriptors, func(d Descriptor) bool {
		return d.Volatile != nil && d.Scheme == ref.Scheme() && d.Volatile(ref)
	})
}

// InCluster reports whether the references of scheme name Secrets of Kubernetes.
func (p *Providers) InCluster(scheme string) bool {
	return slices.ContainsFunc(p.Descriptors, func(d Descriptor) bool { return d.InCluster && d.Scheme == scheme })
}
