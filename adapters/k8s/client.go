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
	// retries is how often a request is made again where the server asks for
	// that, with the wait that it asks for.
	retries = 3
	// pageSize is how many Secrets, of up to 1 MiB each, a page of a list has.
	pageSize = "100"
)

// client speaks to one API server. The typed clients of client-go know every
// kind there is, which is 16 MB of program; this one knows what it reads.
type client struct {
	rest *rest.RESTClient
	// server is the host and port, for messages.
	server string
}

// secretObject is the part of a Secret that is read.
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

// skipped is a value that is passed over in what the server answers.
type skipped struct{}

// UnmarshalJSON keeps nothing.
func (*skipped) UnmarshalJSON([]byte) error { return nil }

// newClient changes config.
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

// list reads the page that begins where start says, the first for "".
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

// review has the server say who the user is.
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

// do makes the request and reads what is answered into the object. It ends with
// ctx, which a credential plugin does not know of.
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
		// It has no error that has not been looked at.
		body, _ := result.Raw()
		if json.Unmarshal(body, into) != nil {
			return c.notAPIServer()
		}
		return nil
	}
}

// quiet keeps client-go from logging, which may log whole answers. The zero
// Logger logs nothing.
func quiet(ctx context.Context) context.Context { return klog.NewContext(ctx, klog.Logger{}) }

// value is the one that s has under n's key.
func (s secretObject) value(n name) (secret.Value, error) {
	value, ok := s.Data[n.key]
	if !ok {
		return secret.Value{}, noKey(n)
	}
	return secret.NewValue(value), nil
}

// infos describes every key of every Secret on the page.
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
