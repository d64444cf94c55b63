package k8s

import (
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

const defaultTimeout = 10 * time.Second

// Config selects the cluster and the user. Kubeconfig or InCluster is required.
type Config struct {
	// Kubeconfig are files that are merged as kubectl merges those in the variable
	// KUBECONFIG: the first file with an entry takes precedence, and missing files are
	// skipped. No other file is read.
	Kubeconfig []string
	// Context is the context of the kubeconfig; the default is its current context.
	Context string
	// InCluster uses the service account of the pod that this process runs in, from the
	// pod's files and variables (KUBERNETES_SERVICE_HOST and _PORT), and no kubeconfig.
	InCluster bool
	// Namespace is the namespace for List; empty for all. The namespace in the kubeconfig
	// is ignored.
	Namespace string
	// Timeout is the time limit of each call, including the wait for a credential plugin.
	// The default is 10 s.
	Timeout time.Duration
	// Proxy returns the proxy for a request, as http.ProxyFromEnvironment does; nil for
	// none. The proxy-url in the kubeconfig takes precedence.
	Proxy func(*http.Request) (*url.URL, error)
	// Logger receives the server and the executable that a kubeconfig runs, and no value;
	// nil discards them.
	Logger *slog.Logger
}

func (c Config) timeout() time.Duration {
	if c.Timeout <= 0 {
		return defaultTimeout
	}
	return c.Timeout
}

func (c Config) check() error {
	if c.Namespace != "" && !isNamespace(c.Namespace) {
		return unavailable("the namespace to list is no DNS label (1 to 63 of a-z, 0-9 and '-'); correct the configuration")
	}
	return nil
}

// connect returns the client for c.
func (c Config) connect() (*client, error) {
	config, err := c.access()
	if err != nil {
		return nil, err
	}
	config.UserAgent = "thv"
	// The server limits its users itself; a limit in the client would only delay them.
	config.QPS = -1
	config.WarningHandler = rest.NoWarnings{}
	if config.Proxy == nil {
		config.Proxy = c.proxy()
	}
	if config.ExecProvider != nil {
		// Standard input belongs to the workload or to the protocol of a provider.
		config.ExecProvider.StdinUnavailable = true
	}
	client, err := newClient(config)
	if err != nil {
		return nil, unavailable("the kubeconfig's server or credentials cannot be used: %v", err)
	}
	c.tell(client.server, config.ExecProvider)
	return client, nil
}

// proxy returns a function that is never nil, since client-go would then read the environment.
func (c Config) proxy() func(*http.Request) (*url.URL, error) {
	if c.Proxy == nil {
		return func(*http.Request) (*url.URL, error) { return nil, nil }
	}
	return c.Proxy
}

func (c Config) tell(server string, plugin *api.ExecConfig) {
	if c.Logger == nil {
		return
	}
	c.Logger.Debug("using a Kubernetes API server", "server", server)
	if plugin != nil {
		c.Logger.Debug("credentials come from a program that the kubeconfig names", "command", plugin.Command)
	}
}

func (c Config) access() (*rest.Config, error) {
	if !c.InCluster {
		return c.fromFiles()
	}
	config, err := rest.InClusterConfig()
	if err != nil {
		return nil, unavailable("no service account of a pod can be used here: %v", err)
	}
	return config, nil
}

func (c Config) fromFiles() (*rest.Config, error) {
	if err := c.someFile(); err != nil {
		return nil, err
	}
	// Explicit rules, since NewDefaultClientConfigLoadingRules and the deferred loading
	// read the environment and the home directory.
	rules := &clientcmd.ClientConfigLoadingRules{Precedence: c.Kubeconfig}
	merged, err := rules.Load()
	if err != nil {
		// The parser's error may quote the file, which contains credentials.
		return nil, unavailable("a kubeconfig cannot be read, or is invalid; what is wrong is told by: KUBECONFIG=%s kubectl config view", c.files())
	}
	context, err := c.context(merged)
	if err != nil {
		return nil, err
	}
	if err := checkContext(merged, context); err != nil {
		return nil, err
	}
	config, err := clientcmd.NewNonInteractiveClientConfig(*merged, context, &clientcmd.ConfigOverrides{}, nil).ClientConfig()
	if err != nil {
		return nil, unavailable("the kubeconfig's context %q cannot be used: %v", context, err)
	}
	return config, nil
}

// someFile checks that at least one of the files exists.
func (c Config) someFile() error {
	if len(c.Kubeconfig) == 0 {
		return unsupported("no kubeconfig is configured, so no cluster is known")
	}
	for _, path := range c.Kubeconfig {
		if _, err := os.Stat(path); path != "" && !errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	return unsupported("there is no kubeconfig at %s; write one there, or configure its place", c.files())
}

func (c Config) files() string {
	return strings.Join(c.Kubeconfig, string(os.PathListSeparator))
}

// context returns the name of the context to use.
func (c Config) context(merged *api.Config) (string, error) {
	name := c.Context
	if name == "" {
		name = merged.CurrentContext
	}
	known := strings.Join(slices.Sorted(maps.Keys(merged.Contexts)), ", ")
	switch {
	case known == "":
		return "", unavailable("the kubeconfig %s has no context", c.files())
	case name == "":
		return "", unavailable("the kubeconfig %s has no current context; configure one of: %s", c.files(), known)
	case merged.Contexts[name] == nil:
		return "", unavailable("the kubeconfig %s has no context %q; it has: %s", c.files(), name, known)
	}
	return name, nil
}

// checkContext runs before the checks of clientcmd, which mention a variable that is not read
// here, repeat the URL of a proxy with its password, and treat a missing user as anonymous.
func checkContext(merged *api.Config, context string) error {
	entry := merged.Contexts[context]
	cluster := merged.Clusters[entry.Cluster]
	if cluster == nil || cluster.Server == "" {
		return unavailable("the kubeconfig's context %q leads to no cluster with a server", context)
	}
	if entry.AuthInfo != "" && merged.AuthInfos[entry.AuthInfo] == nil {
		return unavailable("the user of the kubeconfig's context %q is not in it", context)
	}
	proxy, err := url.Parse(cluster.ProxyURL)
	if cluster.ProxyURL != "" && (err != nil || !slices.Contains([]string{"http", "https", "socks5"}, proxy.Scheme)) {
		return unavailable("the proxy-url of the kubeconfig's context %q is no http, https or socks5 URL", context)
	}
	return nil
}
