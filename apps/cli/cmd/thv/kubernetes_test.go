package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/rogpeppe/go-internal/testscript"
)

// cluster is the Kubernetes API server of the tests, as its administrator sees
// it.
type cluster struct {
	server, token string
	client        *http.Client
}

// openCluster reads the kubeconfig that hack/kubernetes-api.sh writes.
func openCluster() (*cluster, error) {
	text, err := os.ReadFile(os.Getenv("THV_TEST_KUBECONFIG"))
	if err != nil {
		return nil, err
	}
	var config struct {
		Clusters []struct {
			Cluster struct {
				Server string `yaml:"server"`
				CA     string `yaml:"certificate-authority"`
			} `yaml:"cluster"`
		} `yaml:"clusters"`
		Users []struct {
			User struct {
				Token string `yaml:"token"`
			} `yaml:"user"`
		} `yaml:"users"`
	}
	if err := yaml.Unmarshal(text, &config); err != nil {
		return nil, err
	}
	authority, err := os.ReadFile(config.Clusters[0].Cluster.CA)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	return &cluster{config.Clusters[0].Cluster.Server, config.Users[0].User.Token, &http.Client{Transport: transport}}, nil
}

// create makes an object; one that is there already is fine.
func (c *cluster) create(path string, object any) error {
	text, err := json.Marshal(object)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(http.MethodPost, c.server+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := c.client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 && answer.StatusCode != http.StatusConflict {
		return fmt.Errorf("POST %s: %s", path, answer.Status)
	}
	return nil
}

type meta struct {
	Name string `json:"name"`
}

// kubeSecret makes a namespace and a Secret in it: kubesecret NAMESPACE NAME
// KEY=VALUE….
func kubeSecret(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: kubesecret NAMESPACE NAME KEY=VALUE…")
	}
	c, err := openCluster()
	ts.Check(err)
	data := map[string]string{}
	for _, pair := range args[2:] {
		key, value, _ := strings.Cut(pair, "=")
		data[key] = value
	}
	ts.Check(c.create("/api/v1/namespaces", map[string]any{"metadata": meta{args[0]}}))
	ts.Check(c.create("/api/v1/namespaces/"+args[0]+"/secrets", map[string]any{"metadata": meta{args[1]}, "stringData": data}))
}
