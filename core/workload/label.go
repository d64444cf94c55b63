package workload

// The labels of a container that identify its workload.
const (
	// LabelName is the name under which the workload is saved. The name of the container
	// may differ.
	LabelName = "toolhive-name"
	// LabelForeground is set only if the container belongs to a run in the foreground.
	LabelForeground = "toolhive-foreground"
	// LabelGroup is the name of the workload's group, which the user chose.
	LabelGroup = "toolhive-group"
)
