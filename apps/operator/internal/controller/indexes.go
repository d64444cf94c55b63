package controller

import (
	"context"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
	"github.com/thv-secrets/thv/apps/operator/internal/plan"
)

// The indexes of the cache: servers and configurations by the Secrets, and servers by
// the configuration, that they refer to.
const (
	bySecret = "secret"
	byAuth   = "auth"
)

// AddIndexes adds the indexes that the controllers need to the cache.
func AddIndexes(ctx context.Context, indexer client.FieldIndexer) error {
	for _, index := range []struct {
		object client.Object
		name   string
		keys   client.IndexerFunc
	}{
		{&v1beta1.MCPServer{}, bySecret, serverSecrets},
		{&v1beta1.MCPServer{}, byAuth, serverAuth},
		{&v1beta1.MCPExternalAuthConfig{}, bySecret, authSecrets},
	} {
		if err := indexer.IndexField(ctx, index.object, index.name, index.keys); err != nil {
			return err
		}
	}
	return nil
}

func serverSecrets(o client.Object) []string { return plan.SecretNames(o.(*v1beta1.MCPServer), nil) }

func serverAuth(o client.Object) []string {
	if ref := o.(*v1beta1.MCPServer).Spec.ExternalAuthConfigRef; ref != nil {
		return []string{ref.Name}
	}
	return nil
}

func authSecrets(o client.Object) []string {
	if ref := o.(*v1beta1.MCPExternalAuthConfig).Spec.SecretRef(); ref != nil {
		return []string{ref.Name}
	}
	return nil
}

// users returns the servers that refer to a configuration.
func users(ctx context.Context, c client.Reader, namespace, auth string) ([]v1beta1.MCPServer, error) {
	return servers(ctx, c, namespace, byAuth, auth)
}

func servers(ctx context.Context, c client.Reader, namespace, index, value string) ([]v1beta1.MCPServer, error) {
	var list v1beta1.MCPServerList
	err := c.List(ctx, &list, client.InNamespace(namespace), client.MatchingFields{index: value}, client.UnsafeDisableDeepCopy)
	return list.Items, err
}

// serversOfSecret returns the servers that use a Secret, directly or by a configuration.
func serversOfSecret(ctx context.Context, c client.Reader, namespace, name string) (map[types.NamespacedName]bool, error) {
	found := map[types.NamespacedName]bool{}
	add := func(list []v1beta1.MCPServer, err error) error {
		for i := range list {
			found[client.ObjectKeyFromObject(&list[i])] = true
		}
		return err
	}
	if err := add(servers(ctx, c, namespace, bySecret, name)); err != nil {
		return nil, err
	}
	var auths v1beta1.MCPExternalAuthConfigList
	if err := c.List(ctx, &auths, client.InNamespace(namespace), client.MatchingFields{bySecret: name}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, err
	}
	for i := range auths.Items {
		if err := add(users(ctx, c, namespace, auths.Items[i].Name)); err != nil {
			return nil, err
		}
	}
	return found, nil
}
