// Command image packs one static program as a container image, from scratch and
// without a registry: a tar archive that is an OCI image layout and what docker
// load reads, both. The same program and flags make the same archive, byte for
// byte; the time in it is SOURCE_DATE_EPOCH's (seconds), or 1970.
//
//	image -program bin/thv-operator -arch arm64 -name localhost/thv-operator:v1 -o dist/thv-operator.tar
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:], os.Getenv("SOURCE_DATE_EPOCH")); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(args []string, epoch string) error {
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	i := image{Labels: map[string]string{}}
	program := flags.String("program", "", "the static linux `file` that the image runs")
	output := flags.String("o", "", "the `archive` to write")
	flags.StringVar(&i.Name, "name", "", "the image's `name`, with registry and tag")
	flags.StringVar(&i.Arch, "arch", "amd64", "the program's `architecture`")
	flags.StringVar(&i.User, "user", "65532:65532", "who the program runs as, in `numbers`: UID:GID")
	flags.Func("label", "a `KEY=VALUE` of the image's", func(text string) error {
		key, value, found := strings.Cut(text, "=")
		if !found {
			return fmt.Errorf("%q is no KEY=VALUE", text)
		}
		i.Labels[key] = value
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *program == "" || *output == "" {
		return fmt.Errorf("-program and -o are needed")
	}
	var err error
	if i.Created, err = created(epoch); err != nil {
		return err
	}
	if i.Program, err = os.ReadFile(*program); err != nil {
		return err
	}
	i.Entry = filepath.Base(*program)
	return write(*output, i)
}

func created(epoch string) (time.Time, error) {
	if epoch == "" {
		return time.Unix(0, 0).UTC(), nil
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// write leaves a whole archive at path, or nothing new.
func write(path string, i image) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".image-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	digest, err := i.archive(file)
	if err == nil {
		err = file.Chmod(0o644)
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	fmt.Printf("%s: %s\n    %s\n", path, i.Name, digest)
	return os.Rename(file.Name(), path)
}
