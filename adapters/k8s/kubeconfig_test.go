package k8s

import (
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/thv-secrets/thv/core/secret"
)

const testToken = "Token-9c1e"

// kubeconfig is what a test may want to have otherwise.
type kubeconfig struct {
	context, server, proxy string
	authority              []byte
	user                   api.AuthInfo
}

// kubeconfig writes one for s, after change has changed it.
func (s *server) kubeconfig(t testing.TB, change func(*kubeconfig)) string {
	t.Helper()
	k := kubeconfig{
		context:   "test",
		server:    s.URL,
		authority: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}),
		user:      api.AuthInfo{Token: testToken},
	}
	if change != nil {
		change(&k)
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	write(t, path, &api.Config{
		CurrentContext: k.context,
		Clusters:       map[string]*api.Cluster{k.context: {Server: k.server, CertificateAuthorityData: k.authority, ProxyURL: k.proxy}},
		AuthInfos:      map[string]*api.AuthInfo{k.context: &k.user},
		Contexts:       map[string]*api.Context{k.context: {Cluster: k.context, AuthInfo: k.context}},
	})
	return path
}

func write(t testing.TB, path string, config *api.Config) {
	t.Helper()
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		t.Fatal(err)
	}
}

// withToken is a copy of a kubeconfig with another token for every user.
func withToken(t testing.TB, path, token string) string {
	t.Helper()
	config, err := clientcmd.LoadFromFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, user := range config.AuthInfos {
		user.Token = token
	}
	copied := filepath.Join(t.TempDir(), "kubeconfig")
	write(t, copied, config)
	return copied
}

func TestNew_SaysWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) []string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return []string{path}
	}
	const head = "apiVersion: v1\nkind: Config\n"
	cluster := func(extra string) string {
		return head + "current-context: a\ncontexts: [{name: a, context: {cluster: a, user: a}}]\n" +
			"users: [{name: a, user: {token: Canary-token}}]\nclusters: [{name: a, cluster: {" + extra + "}}]\n"
	}
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	for what, c := range map[string]struct {
		config Config
		want   string
	}{
		"nothing":        {Config{}, "no kubeconfig is configured"},
		"no file":        {Config{Kubeconfig: []string{filepath.Join(dir, "none"), ""}}, "there is no kubeconfig at " + filepath.Join(dir, "none")},
		"a folder":       {Config{Kubeconfig: []string{dir}}, "kubectl config view"},
		"no kubeconfig":  {Config{Kubeconfig: file("text", "token: *Canary-token")}, "kubectl config view"},
		"an empty one":   {Config{Kubeconfig: file("empty", "")}, "has no context"},
		"no current":     {Config{Kubeconfig: file("current", head+"contexts: [{name: b, context: {}}, {name: a, context: {}}]")}, "no current context; configure one of: a, b"},
		"wrong context":  {Config{Kubeconfig: file("context", cluster(`server: "https://127.0.0.1:1"`)), Context: "other"}, `no context "other"; it has: a`},
		"no cluster":     {Config{Kubeconfig: file("cluster", head+"current-context: a\ncontexts: [{name: a, context: {cluster: gone}}]")}, `context "a" leads to no cluster`},
		"no server":      {Config{Kubeconfig: file("server", cluster(""))}, `context "a" leads to no cluster`},
		"no user":        {Config{Kubeconfig: file("user", strings.ReplaceAll(cluster(`server: "https://127.0.0.1:1"`), "user: a", "user: gone"))}, `user of the kubeconfig's context "a"`},
		"bad server":     {Config{Kubeconfig: file("bad", cluster(`server: "https://["`))}, "server or credentials cannot be used"},
		"no CA file":     {Config{Kubeconfig: file("ca", cluster(`server: "https://127.0.0.1:1", certificate-authority: /none/ca.crt`))}, "/none/ca.crt"},
		"bad proxy":      {Config{Kubeconfig: file("proxy", cluster(`server: "https://127.0.0.1:1", proxy-url: "ftp://u:Canary@127.0.0.1"`))}, "no http, https or socks5 URL"},
		"no pod":         {Config{InCluster: true, Kubeconfig: file("pod", cluster(`server: "https://127.0.0.1:1"`))}, "service account of a pod"},
		"not a label":    {Config{Namespace: "Canary_1", Kubeconfig: []string{dir}}, "no DNS label"},
		"no such plugin": {Config{Kubeconfig: file("oidc", strings.ReplaceAll(cluster(`server: "https://127.0.0.1:1"`), "token: Canary-token", "auth-provider: {name: oidc}"))}, "oidc"},
	} {
		p, err := New(c.config)
		class := secret.ErrUnavailable
		if what == "nothing" || what == "no file" {
			class = secret.ErrUnsupported // there is no cluster to be reached
		}
		if p != nil || !errors.Is(err, class) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "Canary") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Of two files the first that has an entry wins, and one that is not there is
// passed over, as kubectl does it.
func TestNew_MergesFilesAsKubectlDoes(t *testing.T) {
	one, other := newServer(t, holds("one")), newServer(t, holds("other"))
	gone := filepath.Join(t.TempDir(), "gone")
	first := one.kubeconfig(t, nil)
	same := other.kubeconfig(t, nil)
	second := other.kubeconfig(t, func(k *kubeconfig) { k.context = "second" })
	for key, c := range map[string]Config{
		"one":   {Kubeconfig: []string{"", gone, first, same, second}},
		"other": {Kubeconfig: []string{first, gone, second}, Context: "second"},
	} {
		if _, err := open(t, c).Get(t.Context(), ref(t, "k8s://a/b/"+key)); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestNew_FindsFilesBesideTheKubeconfig(t *testing.T) {
	s := newServer(t, holds("c"))
	path := s.kubeconfig(t, nil)
	config, err := clientcmd.LoadFromFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cluster := config.Clusters["test"]
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "ca.crt"), cluster.CertificateAuthorityData, 0o600); err != nil {
		t.Fatal(err)
	}
	cluster.CertificateAuthorityData, cluster.CertificateAuthority = nil, "ca.crt"
	write(t, path, config)
	if _, err := open(t, Config{Kubeconfig: []string{path}}).Get(t.Context(), ref(t, "k8s://a/b/c")); err != nil {
		t.Error(err)
	}
}

// The environment names a cluster in every way that kubectl knows of.
func TestNew_LooksNowhereElse(t *testing.T) {
	s := newServer(t, holds("c"))
	path := s.kubeconfig(t, nil)
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, ".kube"), 0o700); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".kube", "config"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBECONFIG", path)
	t.Setenv("HOME", home)
	t.Setenv("KUBERNETES_MASTER", s.URL)
	t.Setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
	t.Setenv("KUBERNETES_SERVICE_PORT", "1")
	if _, err := New(Config{}); !errors.Is(err, secret.ErrUnsupported) {
		t.Error(err)
	}
	if proxy := (Config{}).proxy(); proxy == nil {
		t.Error("without a proxy client-go asks the environment for one")
	}
}
