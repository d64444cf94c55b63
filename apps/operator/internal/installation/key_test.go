package installation_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/thv-secrets/thv/apps/operator/internal/clustertest"
	"github.com/thv-secrets/thv/apps/operator/internal/installation"
)

func TestKey_IsMadeOnceForAll(t *testing.T) {
	c := clustertest.Connect(t)
	namespace := c.Namespace(t)
	keys := make([][]byte, 8)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() {
			var err error
			if keys[i], err = installation.FingerprintKey(t.Context(), c, namespace); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, key := range keys {
		if len(key) < 32 || !bytes.Equal(key, keys[0]) {
			t.Fatal("two have different keys")
		}
	}
}

func TestKey_ThatIsTooShortIsRefused(t *testing.T) {
	c := clustertest.Connect(t)
	namespace := c.Namespace(t)
	c.Make(t, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: installation.SecretName, Namespace: namespace}, Data: map[string][]byte{"key": []byte("short")}})
	if _, err := installation.FingerprintKey(t.Context(), c, namespace); err == nil || !strings.Contains(err.Error(), "delete it") || strings.Contains(err.Error(), "short") {
		t.Error(err)
	}
}
