package mask

import (
	"bytes"
	"fmt"
	"io"
	"math/rand"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

func fiftySecrets() []secret.Value {
	r := rand.New(rand.NewSource(1))
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-$&"
	values := make([]secret.Value, 50)
	for i := range values {
		value := []byte([]string{"ghp_", "sk-proj-", "", "xoxb-", "postgres://u:"}[i%5])
		for range 12 + r.Intn(40) {
			value = append(value, letters[r.Intn(len(letters))])
		}
		values[i] = secret.NewValue(value)
	}
	return values
}

func prose() []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < 1<<20; i++ {
		fmt.Fprintf(&b, `{"jsonrpc":"2.0","id":%d,"result":{"content":[{"type":"text","text":"The quick brown fox jumps over https://example.com/%x and the lazy dog."}]}}`+"\n", i, i*7919)
		fmt.Fprintf(&b, "2026-01-02T15:04:05Z INFO  request handled method=GET path=/v1/items/%d status=200 duration=%dms\n", i, i%97)
	}
	return b.Bytes()
}

func BenchmarkWriter(b *testing.B) {
	random := make([]byte, 1<<20)
	rand.New(rand.NewSource(2)).Read(random)
	values := fiftySecrets()
	near := values[0].Bytes()
	near[len(near)-1] ^= 1
	repeated := strings.Repeat("a", 255)
	tests := []struct {
		name   string
		values []secret.Value
		text   []byte
	}{
		{"text", values, prose()},
		{"binary", values, random},
		{"NearMisses", values, bytes.Repeat(near, 1<<20/len(near))},
		{"Worst", append([]secret.Value{secret.NewValue([]byte(repeated + "b")), secret.NewValue([]byte(repeated + "c"))}, values...), bytes.Repeat([]byte("a"), 1<<20)},
	}
	for _, test := range tests {
		for _, chunk := range []int{4 << 10, 32 << 10} {
			b.Run(fmt.Sprintf("%s/%dKiB", test.name, chunk>>10), func(b *testing.B) {
				w := New(test.values).Writer(io.Discard)
				b.SetBytes(int64(len(test.text)))
				for b.Loop() {
					for rest := test.text; len(rest) > 0; {
						n := min(len(rest), chunk)
						_, _ = w.Write(rest[:n])
						rest = rest[n:]
					}
				}
				_ = w.Close()
			})
		}
	}
}

func BenchmarkNew(b *testing.B) {
	values := fiftySecrets()
	for b.Loop() {
		New(values)
	}
	b.ReportMetric(float64(len(New(values).patterns().starts)), "beginnings")
}

func BenchmarkNew_OneMiB(b *testing.B) {
	value := make([]byte, 1<<20)
	rand.New(rand.NewSource(3)).Read(value)
	for b.Loop() {
		New([]secret.Value{secret.NewValue(value)})
	}
}
