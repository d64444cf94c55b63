package workload

// Labels of a container that say which workload it belongs to.
const (
	// LabelName has the name under which the workload is saved; its container may have
	// another.
	LabelName = "toolhive-name"
	// LabelForeground is there only if the container belongs to a run in the foreground.
	LabelForeground = "toolhive-foreground"
	// LabelGroup has the name of the workload's group, which its user chose.
	LabelGroup = "toolhive-group"
)
