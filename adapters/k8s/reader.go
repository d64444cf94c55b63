package k8s

import (
	"context"
	"time"

	"k8s.io/client-go/rest"

	"github.com/thv-secrets/thv/core/secret"
)

// Reader reads whole Secrets, for a process that watches their metadata and already has a
// client configuration. It keeps nothing between calls, and is safe for concurrent use.
type Reader struct {
	client  *client
	timeout time.Duration
}

// Secret is the result of [Reader.Read]. The caller owns the values.
type Secret struct {
	// Version is the metadata.resourceVersion.
	Version string
	Values  map[string]secret.Value
}

// NewReader returns a Reader, and makes no request. It copies config. timeout is the time limit
// of a call; zero is the default of [Config].
func NewReader(config *rest.Config, timeout time.Duration) (*Reader, error) {
	made, err := newClient(rest.CopyConfig(config))
	if err != nil {
		return nil, unavailable("the API server's configuration cannot be used: %v", err)
	}
	return &Reader{client: made, timeout: Config{Timeout: timeout}.timeout()}, nil
}

// Read returns the Secret. Its errors are those of [Provider.Get].
func (r *Reader) Read(ctx context.Context, namespace, name string) (Secret, error) {
	id := object{namespace: namespace, secret: name}
	ctx, cancel := context.WithTimeoutCause(ctx, r.timeout, &slowError{server: r.client.server, limit: r.timeout})
	defer cancel()
	read, err := r.client.get(ctx, id)
	if err != nil {
		return Secret{}, err
	}
	values := make(map[string]secret.Value, len(read.Data))
	for key, value := range read.Data {
		values[key] = secret.NewValue(value)
	}
	return Secret{Version: read.Metadata.Version, Values: values}, nil
}
