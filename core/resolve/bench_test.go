package resolve

import (
	"fmt"
	"testing"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

func BenchmarkResolve(b *testing.B) {
	for _, n := range []int{1, 20, 1000} {
		m := &providertest.Memory{}
		var list []secret.Ref
		for i := range n {
			list = append(list, ref(b, fmt.Sprintf("name-%d", i)))
			if err := m.Put(b.Context(), list[i], value("v")); err != nil {
				b.Fatal(err)
			}
		}
		for kind, p := range map[string]provider.Provider{"batch": m, "single": single{m}} {
			b.Run(fmt.Sprintf("%s-%d", kind, n), func(b *testing.B) {
				r := newResolver(b, Config{Chain: []Step{{Provider: "p", Open: opens(p)}}})
				for b.Loop() {
					if _, err := r.Resolve(b.Context(), list); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
