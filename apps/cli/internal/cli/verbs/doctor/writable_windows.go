package doctor

// writable is true: Windows tells it only to who tries, and doctor changes
// nothing.
func writable(string) bool { return true }
