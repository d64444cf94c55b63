package k8s

import (
	"context"
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"

	"github.com/thv-secrets/thv/core/secret"
)

const (
	jsonType = "application/json"
	// retries is the maximum number of retries if the server requests them, after the
	// wait that it requests.
	retries = 3
	// pageSize is the number of Secrets, of up to 1 MiB each, in a page of a list.
	pageSize = "100"
)

// client is a client of one API server. The typed clients of client-go include every kind,
// which adds 16 MB to the executable; this one has only the types that it reads.
type client struct {
	rest *rest.RESTClient
	// server is the host and port for messages.
	server string
}

// secretObject has the fields of a Secret that are read.
type secretObject struct {
	metav1.TypeMeta `json:",inline"`
	Metadata        struct {
		Version string `json:"resourceVersion"`
	} `json:"metadata"`
	Data map[string][]byte `json:"data"`
}

// secretList is a page of a list, without values.
type secretList struct {
	metav1.TypeMeta `json:",inline"`
	Metadata        struct {
		Continue string `json:"continue"`
	} `json:"metadata"`
	Items []struct {
		Metadata struct {
			Namespace string    `json:"namespace"`
			Name      string    `json:"name"`
			Created   time.Time `json:"creationTimestamp"`
		} `json:"metadata"`
		Type string             `json:"type"`
		Data map[string]skipped `json:"data"`
	} `json:"items"`
}

// skipped is a value that is skipped in the server's response.
type skipped struct{}

// UnmarshalJSON discards the value.
func (*skipped) UnmarshalJSON([]byte) error { return nil }

// newClient returns a client. It changes config.
func newClient(config *rest.Config) (*client, error) {
	version := schema.GroupVersion{Version: "v1"}
	scheme := runtime.NewScheme()
	metav1.AddToGroupVersion(scheme, version)
	config.APIPath = "/api"
	config.GroupVersion = &version
	config.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	config.AcceptContentTypes, config.ContentType = jsonType, jsonType
	server, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, err
	}
	made, err := rest.RESTClientFor(config)
	if err != nil {
		return nil, err
	}
	return &client{rest: made, server: server.Host}, nil
}

func (c *client) get(ctx context.Context, id object) (secretObject, error) {
	request := c.rest.Get().Namespace(id.namespace).Resource("secrets").Name(id.secret)
	var read secretObject
	err := c.do(ctx, request, toGet(id), &read)
	if err == nil && (read.Kind != "Secret" || read.APIVersion != "v1") {
		err = c.notAPIServer()
	}
	return read, err
}

// list reads the page of the continue token start; "" is the first page.
func (c *client) list(ctx context.Context, namespace, start string) (secretList, error) {
	request := c.rest.Get().Namespace(namespace).Resource("secrets").Param("limit", pageSize)
	if start != "" {
		request.Param("continue", start)
	}
	var page secretList
	err := c.do(ctx, request, toList(namespace), &page)
	if err == nil && (page.Kind != "SecretList" || page.APIVersion != "v1") {
		err = c.notAPIServer()
	}
	return page, err
}

// review asks the server for the user's identity.
func (c *client) review(ctx context.Context) error {
	const kind, version = "SelfSubjectReview", "authentication.k8s.io/v1"
	asked := metav1.TypeMeta{Kind: kind, APIVersion: version}
	body, err := json.Marshal(asked)
	if err != nil {
		return c.notAPIServer()
	}
	request := c.rest.Post().AbsPath("/apis", version, "selfsubjectreviews").SetHeader("Content-Type", jsonType).Body(body)
	var answered metav1.TypeMeta
	err = c.do(ctx, request, toReview(), &answered)
	if err == nil && answered != asked {
		err = c.notAPIServer()
	}
	return err
}

// do sends the request and decodes the response into the object. It returns when ctx is done,
// even if a credential plugin still runs.
func (c *client) do(ctx context.Context, request *rest.Request, to task, into any) error {
	if ctx.Err() != nil {
		return ended(ctx)
	}
	done := make(chan rest.Result, 1)
	go func() { done <- request.MaxRetries(retries).Do(quiet(ctx)) }()
	select {
	case <-ctx.Done():
		return ended(ctx)
	case result := <-done:
		if err := result.Error(); err != nil {
			return c.classify(ctx, to, err)
		}
		// Its error was checked before.
		body, _ := result.Raw()
		if json.Unmarshal(body, into) != nil {
			return c.notAPIServer()
		}
		return nil
	}
}

// quiet disables the log of client-go, which may contain whole responses. The zero Logger
// discards everything.
func quiet(ctx context.Context) context.Context { return klog.NewContext(ctx, klog.Logger{}) }

// value returns the value of n's key in s.
func (s secretObject) value(n name) (secret.Value, error) {
	value, ok := s.Data[n.key]
	if !ok {
		return secret.Value{}, noKey(n)
	}
	return secret.NewValue(value), nil
}

// infos yields every key of every Secret on the page.
func (l secretList) infos() iter.Seq[secret.Info] {
	return func(yield func(secret.Info) bool) {
		for _, item := range l.Items {
			id := object{item.Metadata.Namespace, item.Metadata.Name}
			for _, key := range slices.Sorted(maps.Keys(item.Data)) {
				if !yield(secret.Info{Name: name{id, key}.String(), Description: item.Type, Created: item.Metadata.Created}) {
					return
				}
			}
		}
	}
}
