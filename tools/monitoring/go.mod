// Not for its Go code: its archive holds the CRDs of Prometheus' operator, by which
// the chart's ServiceMonitor and PrometheusRule are judged. See hack/e2e.sh.
module github.com/thv-secrets/thv/tools/monitoring

go 1.26.4

require github.com/prometheus-operator/prometheus-operator v0.85.0
