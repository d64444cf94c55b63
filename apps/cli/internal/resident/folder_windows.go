package resident

func ownFolder(string) error { return ErrUnsupported }
