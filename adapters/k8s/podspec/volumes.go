package podspec

import (
	"strconv"

	core "k8s.io/client-go/applyconfigurations/core/v1"
)

func (v Volume) source() *core.VolumeApplyConfiguration {
	volume := core.Volume().WithName(v.Name)
	switch {
	case v.HostPath != "":
		volume.WithHostPath(core.HostPathVolumeSource().WithPath(v.HostPath))
	case v.Claim != "":
		volume.WithPersistentVolumeClaim(core.PersistentVolumeClaimVolumeSource().WithClaimName(v.Claim))
	default:
		volume.WithConfigMap(core.ConfigMapVolumeSource().WithName(v.ConfigMap))
	}
	return volume
}

// files returns the secrets that are delivered as files.
func (p Pod) files() []Secret {
	var files []Secret
	for _, s := range p.Secrets {
		if s.Target.Path != "" && !s.Absent {
			files = append(files, s)
		}
	}
	return files
}

// filesVolume returns a volume with each file under its index, on memory-backed storage.
func filesVolume(files []Secret) *core.VolumeApplyConfiguration {
	projected := core.ProjectedVolumeSource().WithDefaultMode(fileMode)
	for i, s := range files {
		item := core.KeyToPath().WithKey(s.Key).WithPath(strconv.Itoa(i))
		if s.Target.Mode != 0 {
			item.WithMode(int32(s.Target.Mode.Perm())) //nolint:gosec // nine bits
		}
		from := core.SecretProjection().WithName(s.Name).WithItems(item)
		if s.Optional {
			from.WithOptional(true)
		}
		projected.WithSources(core.VolumeProjection().WithSecret(from))
	}
	return core.Volume().WithName(FilesVolume).WithProjected(projected)
}

// mounts returns a mount for each single file, so that the files of the image beside it stay
// visible. The drawback is that the node does not refresh such a mount: as with a variable, a
// new value needs a new pod.
func (p Pod) mounts() []*core.VolumeMountApplyConfiguration {
	var mounts []*core.VolumeMountApplyConfiguration
	for _, v := range p.Volumes {
		mount := core.VolumeMount().WithName(v.Name).WithMountPath(v.MountPath)
		if v.ReadOnly {
			mount.WithReadOnly(true)
		}
		mounts = append(mounts, mount)
	}
	for i, s := range p.files() {
		mounts = append(mounts, core.VolumeMount().WithName(FilesVolume).WithMountPath(s.Target.Path).WithSubPath(strconv.Itoa(i)).WithReadOnly(true))
	}
	return mounts
}
