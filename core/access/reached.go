package access

import (
	"path/filepath"
	"slices"

	"github.com/thv-secrets/thv/core/workload"
)

// reached returns network://NAME, publish://ADDRESS:PORT and
// volume://SOURCE:TARGET[:OPTION,…], with links in SOURCE resolved. A named network may
// have other containers of the user, and a named volume their data. A volume with another
// target or other options is another item, since it may hide the image's executable, and
// some options change files of the host. An entry that cannot be parsed is an item as a
// whole.
func (r Request) reached() []Item {
	var items []Item
	switch network, err := workload.ParseNetwork(r.Spec.Network); {
	case err != nil:
		items = append(items, plain(Network, r.Spec.Network))
	case network.Usual():
		items = append(items, usual(Network, "default"))
	case network.Name != "none":
		items = append(items, plain(Network, network.String()))
	}
	for _, text := range r.Spec.Publish {
		if p, err := workload.ParsePublish(text); err != nil || !p.OnLoopback() {
			items = append(items, plain(Publish, text))
		}
	}
	for _, text := range r.Spec.Volumes {
		items = append(items, r.volume(text))
	}
	return items
}

func (r Request) volume(text string) Item {
	v, err := workload.ParseVolume(text)
	if err != nil {
		return plain(Volume, text)
	}
	mode := v.Mode()
	if mode != "" {
		mode = ":" + mode
	}
	source := r.lead(v.Source)
	item := plain(Volume, source+":"+v.Target+mode)
	item.former = ""
	if source == filepath.Clean(v.Source) {
		item.former = string(Volume) + "://" + v.Source + mode // for every target
	}
	return item
}

// files returns the env files, with links resolved.
func (r Request) files() []Item {
	paths := slices.Clone(r.Spec.EnvFiles)
	if r.Spec.EnvFileDir != "" {
		paths = append(paths, r.Spec.EnvFileDir)
	}
	var items []Item
	for _, path := range paths {
		item := plain(File, r.lead(path))
		item.former = ""
		if r.lead(path) == filepath.Clean(path) {
			item.former = string(File) + "://" + path
		}
		items = append(items, item)
	}
	for _, path := range r.Linked {
		items = append(items, plain(File, path))
	}
	return items
}

func (r Request) lead(path string) string {
	if lead, has := r.Leads[path]; has {
		return lead
	}
	return filepath.Clean(path)
}

// protections returns the protections that the container lacks, and its working directory.
func protections(spec workload.Spec) []Item {
	var items []Item
	if spec.Delivery != workload.DeliverySealed {
		items = append(items, usual(Delivery, workload.DeliveryEnv))
	}
	if !spec.ReadOnly {
		items = append(items, usual(Root, "writable"))
	}
	if spec.Workdir != "" {
		item := plain(Workdir, spec.Workdir)
		item.later = true
		items = append(items, item)
	}
	return items
}

func usual(kind Kind, text string) Item {
	item := plain(kind, text)
	item.later, item.usual = true, true
	return item
}
