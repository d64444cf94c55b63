package vault

import (
	"context"
	"time"

	"github.com/thv-secrets/thv/adapters/filestore"
	"github.com/thv-secrets/thv/apps/cli/internal/store/unlock"
)

// File is one of the paths that the store needs.
type File struct {
	// Part is folder, file or lock.
	Part, Path string
	Exists     bool
	// Modified is when it last changed; zero if that is not known.
	Modified time.Time
	// Err is why it cannot be used.
	Err error
}

// Files returns the store's directory, file and lock, in this order. It needs no
// password and changes nothing.
func (v *Vault) Files() ([]File, error) {
	store, err := v.Store()
	if err != nil {
		return nil, err
	}
	var files []File
	for _, f := range store.Files() {
		files = append(files, File(f))
	}
	return files, nil
}

// Diagnose finds out for every source of the chain whether its password opens the
// store. It never prompts and changes nothing. Its error is why the store's file cannot
// be read.
func (v *Vault) Diagnose(ctx context.Context) (unlock.Diagnosis, error) {
	info, err := v.Describe(ctx)
	if err != nil {
		return unlock.Diagnosis{}, err
	}
	store, err := v.Store()
	if err != nil {
		return unlock.Diagnosis{}, err
	}
	request := filestore.Request{Account: info.Account, Path: info.Path, Quiet: true}
	if info.Format == int(filestore.Format1) {
		request.Spare = legacyAccounts[1:]
	}
	if !info.Exists {
		return v.sources.Diagnose(ctx, request, nil), nil
	}
	return v.sources.Diagnose(ctx, request, store.Opens), nil
}
