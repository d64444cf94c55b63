package cluster

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestOperator_RunsAsItsChartSays checks the operator's permissions and its running pod.
func TestOperator_RunsAsItsChartSays(t *testing.T) {
	needCluster(t)
	account := "system:serviceaccount:" + system + ":" + release
	for question, want := range map[string]string{
		"watch secrets --all-namespaces":                "yes",
		"update secrets --all-namespaces":               "no",
		"create secrets --namespace " + system:          "yes",
		"create secrets --namespace default":            "no",
		"delete mcpservers.toolhive.stacklok.dev":       "no",
		"create pods --all-namespaces":                  "no",
		"get pods --subresource=exec --all-namespaces":  "no",
		"create deployments.apps --all-namespaces":      "yes",
		"create clusterroles.rbac.authorization.k8s.io": "no",
	} {
		said, err := output(t.Context(), "", "kubectl", append([]string{"auth", "can-i", "--as", account}, strings.Fields(question)...)...)
		if strings.TrimSpace(said) != want {
			t.Errorf("may the operator %s? %q, want %s (%v)", question, said, want, err)
		}
	}
}

// TestMetrics_AreForThoseWhoMayReadThem requests them without a token, with the token of an account
// without permission, and with a reader's token.
func TestMetrics_AreForThoseWhoMayReadThem(t *testing.T) {
	needCluster(t)
	namespace := newNamespace(t)
	kubectl(t, "create", "serviceaccount", "prometheus", "--namespace", namespace)
	kubectl(t, "create", "clusterrolebinding", namespace, "--clusterrole", system+"-"+release+"-metrics-reader", "--serviceaccount", namespace+":prometheus")
	t.Cleanup(func() { _, _ = output(context.Background(), "", "kubectl", "delete", "clusterrolebinding", namespace) })
	token := func(account string) string {
		return strings.TrimSpace(kubectl(t, "create", "token", account, "--namespace", namespace))
	}
	for who, c := range map[string]struct {
		token string
		want  int
	}{
		"no token":     {"", http.StatusUnauthorized},
		"another user": {token("default"), http.StatusForbidden},
		"the reader":   {token("prometheus"), http.StatusOK},
	} {
		status, text := metrics(t, c.token)
		if status != c.want {
			t.Errorf("%s gets %d, want %d", who, status, c.want)
		}
		for _, name := range []string{"thv_unresolved_references", "thv_rotation_restarts_total", "thv_oldest_unresolved_seconds", "controller_runtime_reconcile_total"} {
			if status == http.StatusOK && !strings.Contains(text, "\n"+name) {
				t.Errorf("there is no %s among the metrics", name)
			}
		}
	}
}

// metrics asks the operator's pod, as Prometheus does.
func metrics(t *testing.T, token string) (status int, text string) {
	t.Helper()
	var pods list
	get(t, &pods, "pods", "--namespace", system, "--selector", "app.kubernetes.io/name="+release, "--field-selector", "status.phase=Running")
	if len(pods.Items) == 0 {
		t.Fatal("the operator has no pod")
	}
	address := "https://" + net.JoinHostPort(pods.Items[0].Status.PodIP, "8443") + "/metrics"
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	// The operator's certificate is its own.
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// TestInstall_UninstallKeepsServersAndTheyGoOn uninstalls the chart and installs it
// again: the CRDs, the servers and their pods stay as they are.
func TestInstall_UninstallKeepsServersAndTheyGoOn(t *testing.T) {
	namespace := newNamespace(t)
	key := randomKey(t)
	putSecret(t, namespace, key)
	apply(t, namespace, manifest("weather"))
	awaitReady(t, namespace, "weather")
	awaitOnePod(t, namespace, "weather", "")
	before := versions(t, namespace)

	run(t, "", part("HELM"), "uninstall", release, "--namespace", system, "--wait")
	works(t, connect(t, namespace, "weather"), key)
	run(t, "", part("HELM"), installation()...)
	provePresence(t, namespace)
	if after := versions(t, namespace); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// TestInstall_NamespacedWorksWithRolesAlone gives the operator one namespace: there
// it works, elsewhere it may do and does nothing.
func TestInstall_NamespacedWorksWithRolesAlone(t *testing.T) {
	mine, other := newNamespace(t), newNamespace(t)
	run(t, "", part("HELM"), installation("--set", "scope=namespaced", "--set", "watchNamespaces={"+mine+"}")...)
	t.Cleanup(func() {
		if _, err := output(context.Background(), "", part("HELM"), installation()...); err != nil {
			t.Errorf("the chart cannot be set back: %v", err)
		}
	})
	account := "system:serviceaccount:" + system + ":" + release
	for namespace, want := range map[string]string{mine: "yes", other: "no"} {
		said, _ := output(t.Context(), "", "kubectl", "auth", "can-i", "--as", account, "--namespace", namespace, "get", "secrets")
		if strings.TrimSpace(said) != want {
			t.Errorf("may it read the Secrets of %s? %s, want %s", namespace, said, want)
		}
	}
	key := randomKey(t)
	putSecret(t, other, key)
	apply(t, other, manifest("weather"))
	putSecret(t, mine, key)
	apply(t, mine, manifest("weather"))
	awaitReady(t, mine, "weather")
	works(t, connect(t, mine, "weather"), key)
	if s := server(t, other, "weather"); s.Status.Phase != "" || len(podsOf(t, other, "weather")) != 0 {
		t.Errorf("elsewhere it did something: %+v", s)
	}
}
