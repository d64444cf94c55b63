package engine

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
)

// Import makes an image called image (name:tag) of one statically linked
// program, which becomes its entry point.
func (e *Engine) Import(ctx context.Context, image, program string) error {
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(archive(writer, program)) }()
	query := url.Values{
		"fromSrc": {"-"},
		"repo":    {image},
		"changes": {`ENTRYPOINT ["/` + filepath.Base(program) + `"]`},
	}
	err := e.call(ctx, http.MethodPost, "/images/create?"+query.Encode(), reader, nil)
	return errors.Join(err, reader.Close())
}

// archive writes a root file system with the program in it.
func archive(w io.Writer, program string) error {
	file, err := os.Open(program)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	files := tar.NewWriter(w)
	header := &tar.Header{Name: filepath.Base(program), Mode: 0o755, Size: info.Size(), ModTime: info.ModTime()}
	if err := files.WriteHeader(header); err != nil {
		return err
	}
	if _, err := io.Copy(files, file); err != nil {
		return err
	}
	return files.Close()
}
