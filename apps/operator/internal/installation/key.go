// Package installation keeps the state of one installation of the operator.
package installation

import (
	"context"
	"crypto/rand"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/thv-secrets/thv/core/secret"
)

const (
	// SecretName is the Secret that holds the key for fingerprints.
	SecretName = "thv-operator-fingerprint" //nolint:gosec // a name
	// SecretKey is the key in that Secret.
	SecretKey = "key"
)

// FingerprintKey returns the key of the installation for fingerprints, and creates it if
// there is none yet. Two processes that create it at the same time get the same key. c
// must read from the API server, not from a cache.
func FingerprintKey(ctx context.Context, c client.Client, namespace string) ([]byte, error) {
	key, err := read(ctx, c, namespace)
	if !apierrors.IsNotFound(err) {
		return key, err
	}
	fresh := make([]byte, secret.MinFingerprintKey)
	if _, err := rand.Read(fresh); err != nil {
		return nil, err
	}
	err = c.Create(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: SecretName, Namespace: namespace, Labels: map[string]string{"app.kubernetes.io/managed-by": "thv-operator"}},
		Data:       map[string][]byte{SecretKey: fresh},
	})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return nil, fmt.Errorf("cannot create the Secret %s/%s, which holds the key for fingerprints: %w", namespace, SecretName, err)
	}
	return read(ctx, c, namespace)
}

func read(ctx context.Context, c client.Client, namespace string) ([]byte, error) {
	var kept corev1.Secret
	if err := c.Get(ctx, client.ObjectKey{Namespace: namespace, Name: SecretName}, &kept); err != nil {
		if apierrors.IsNotFound(err) {
			return nil, err
		}
		return nil, fmt.Errorf("cannot read the Secret %s/%s, which holds the key for fingerprints: %w", namespace, SecretName, err)
	}
	key := kept.Data[SecretKey]
	if len(key) < secret.MinFingerprintKey {
		return nil, fmt.Errorf("the Secret %s/%s has no key %q of at least %d bytes; delete it, and the next start creates another", namespace, SecretName, SecretKey, secret.MinFingerprintKey)
	}
	return key, nil
}
