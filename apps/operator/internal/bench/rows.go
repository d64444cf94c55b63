package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
	"github.com/thv-secrets/thv/apps/operator/internal/clustertest"
)

// converge measures the time until all Deployments exist, for the operator and for a
// bare client that creates copies of the same objects.
func (b *bench) converge(ctx context.Context) error {
	servers, copies := b.namespace(ctx, "servers"), b.namespace(ctx, "copies")
	err := parallel(b.servers, 16, func(i int) error {
		name := fmt.Sprint("s", i)
		if err := b.Create(ctx, secretOf(servers, name, "v", 8)); err != nil {
			return err
		}
		return b.Create(ctx, server(servers, name, name))
	})
	if err != nil {
		return err
	}
	begin := time.Now()
	p, err := b.start(ctx, servers, servers)
	if err != nil {
		return err
	}
	defer p.stop()
	if err := b.await(ctx, servers, b.servers, func(*appsv1.Deployment) bool { return true }); err != nil {
		return err
	}
	took := time.Since(begin)
	writes, err := p.settle(ctx)
	if err != nil {
		return err
	}
	bare, err := b.bare(ctx, servers, copies)
	if err != nil {
		return err
	}
	b.row(fmt.Sprintf("%d Deployments by the operator, from its start", b.servers), seconds(took), fmt.Sprintf("%.1f writes a server", writes/float64(b.servers)))
	b.row("the same objects by a bare client", seconds(bare), "")
	b.row("ratio", fmt.Sprintf("%.2f", took.Seconds()/bare.Seconds()), "at most 1.3")
	cpu := p.cpu()
	if err := pause(ctx, b.idle); err != nil {
		return err
	}
	b.row("writes while idle for "+b.idle.String(), fmt.Sprint(p.writes()-writes), "0")
	b.row("CPU while idle for "+b.idle.String(), fmt.Sprintf("%.2f s", (p.cpu()-cpu).Seconds()), "")
	return nil
}

// bare creates copies of the operator's objects, with the operator's settings.
func (b *bench) bare(ctx context.Context, from, to string) (time.Duration, error) {
	config := rest.CopyConfig(b.Config)
	config.QPS, config.Burst = float32(b.qps), b.burst
	c, err := clustertest.New(config)
	if err != nil {
		return 0, err
	}
	var deployments appsv1.DeploymentList
	var services corev1.ServiceList
	var accounts corev1.ServiceAccountList
	for _, list := range []client.ObjectList{&deployments, &services, &accounts} {
		if err := b.List(ctx, list, client.InNamespace(from)); err != nil {
			return 0, err
		}
	}
	begin := time.Now()
	err = parallel(len(deployments.Items), b.workers, func(i int) error {
		d, s, a := &deployments.Items[i], &services.Items[i], &accounts.Items[i]
		s.Spec.ClusterIP, s.Spec.ClusterIPs = "", nil
		for _, object := range []client.Object{a, s, d} {
			object.SetNamespace(to)
			object.SetResourceVersion("")
			object.SetUID("")
			object.SetManagedFields(nil)
			object.SetOwnerReferences(nil)
			if err := c.Create(ctx, object); err != nil {
				return err
			}
		}
		return nil
	})
	return time.Since(begin), err
}

// rotate measures a change of one Secret that many servers use.
func (b *bench) rotate(ctx context.Context) error {
	namespace := b.namespace(ctx, "sharing")
	if err := b.Create(ctx, secretOf(namespace, "shared", "before", 8)); err != nil {
		return err
	}
	err := parallel(b.sharing, 16, func(i int) error { return b.Create(ctx, server(namespace, fmt.Sprint("s", i), "shared")) })
	if err != nil {
		return err
	}
	p, err := b.start(ctx, namespace, namespace)
	if err != nil {
		return err
	}
	defer p.stop()
	tokens := map[string]string{}
	const token = "thv-secrets.dev/secrets"
	err = b.await(ctx, namespace, b.sharing, func(d *appsv1.Deployment) bool {
		tokens[d.Name] = d.Spec.Template.Annotations[token]
		return true
	})
	if err != nil {
		return err
	}
	if _, err := p.settle(ctx); err != nil {
		return err
	}
	reads, begin := p.counted("thv_secret_reads_total"), time.Now()
	if err := b.Update(ctx, secretOf(namespace, "shared", "after", 8)); err != nil {
		return err
	}
	err = b.await(ctx, namespace, b.sharing, func(d *appsv1.Deployment) bool { return d.Spec.Template.Annotations[token] != tokens[d.Name] })
	if err != nil {
		return err
	}
	b.row(fmt.Sprintf("one Secret changes, %d servers are rolled", b.sharing), seconds(time.Since(begin)), "")
	b.row("reads of it", fmt.Sprint(p.counted("thv_secret_reads_total")-reads), "1")
	return nil
}

// memory compares the resident memory with few and with many watched Secrets in the
// cluster.
func (b *bench) memory(ctx context.Context) error {
	namespace := b.namespace(ctx, "secrets")
	few, err := b.resident(ctx, namespace)
	if err != nil {
		return err
	}
	err = parallel(b.secrets, 16, func(i int) error { return b.Create(ctx, secretOf(namespace, fmt.Sprint("s", i), "v", 4<<10)) })
	if err != nil {
		return err
	}
	many, err := b.resident(ctx, namespace)
	if err != nil {
		return err
	}
	b.row("resident memory in this cluster", fmt.Sprintf("%.1f MiB", few/1024), "")
	b.row(fmt.Sprintf("with %d Secrets of 4 kB more", b.secrets), fmt.Sprintf("%.1f MiB", many/1024), "")
	b.row("ratio", fmt.Sprintf("%.2f", many/few), "at most 1.3")
	return nil
}

// resident returns the resident memory of an operator for one namespace, in kB, after
// it has settled.
func (b *bench) resident(ctx context.Context, namespace string) (float64, error) {
	p, err := b.start(ctx, namespace, namespace)
	if err != nil {
		return 0, err
	}
	defer p.stop()
	for p.counted("go_goroutines") == 0 {
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return 0, err
		}
	}
	if err := pause(ctx, 15*time.Second); err != nil {
		return 0, err
	}
	return p.status("VmRSS")
}

// await watches until count Deployments of the namespace satisfy a condition.
func (b *bench) await(ctx context.Context, namespace string, count int, as func(*appsv1.Deployment) bool) error {
	c, err := client.NewWithWatch(b.Config, client.Options{Scheme: b.Scheme()})
	if err != nil {
		return err
	}
	done := map[string]bool{}
	for len(done) < count {
		w, err := c.Watch(ctx, &appsv1.DeploymentList{}, client.InNamespace(namespace))
		if err != nil {
			return err
		}
		for e := range w.ResultChan() {
			if d, ok := e.Object.(*appsv1.Deployment); ok && as(d) {
				done[d.Name] = true
			}
			if len(done) >= count {
				break
			}
		}
		w.Stop()
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) namespace(ctx context.Context, what string) string {
	name := strings.ToLower(fmt.Sprintf("bench-%s-%d", what, time.Now().UnixNano()))
	if err := b.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}); err != nil {
		panic(err)
	}
	return name
}

func secretOf(namespace, name, value string, size int) *corev1.Secret {
	value += strings.Repeat("x", max(0, size-len(value)))
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Data: map[string][]byte{"ONE": []byte(value), "TWO": []byte("2")}}
}

func server(namespace, name, secret string) *v1beta1.MCPServer {
	return &v1beta1.MCPServer{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Spec: v1beta1.MCPServerSpec{
		Image: "registry.example/server:1", Transport: v1beta1.TransportStreamableHTTP,
		Secrets: []v1beta1.SecretRef{{Name: secret, Key: "ONE"}, {Name: secret, Key: "TWO"}},
	}}
}
