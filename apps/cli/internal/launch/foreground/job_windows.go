package foreground

import "os"

var jobControl []os.Signal

func continues(os.Signal) bool { return false }

func wantsTerminal(os.Signal) bool { return false }

func suspend(os.Signal, bool) bool { return false }

func (*job) inBackground() bool { return false }
