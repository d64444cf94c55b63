# Every loop over modules is driven by `go list -m`, so that a new module in
# go.work cannot be forgotten. What needs more than a line lives in hack/.

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
COMMIT   ?= $(shell git rev-parse --short HEAD 2>/dev/null)
CLI_INFO := github.com/thv-secrets/thv/apps/cli/internal/platform/buildinfo
LDFLAGS  := -s -w -X main.version=$(VERSION) -X $(CLI_INFO).version=$(VERSION) -X $(CLI_INFO).commit=$(COMMIT)
MODULES   = $(shell go list -m -f '{{.Dir}}')
PACKAGES  = $(shell go list -m -f '{{.Path}}/...')
COMMANDS := github.com/thv-secrets/thv/apps/cli/cmd
PROGRAMS  = $(filter-out %/thv-init,$(shell go list $(COMMANDS)/...))
OPERATOR := github.com/thv-secrets/thv/apps/operator/cmd/...
# One set of flags for all that is built, so that all share one build cache. What
# is stripped needs no debug information, and compiles a tenth faster without.
BUILD    := CGO_ENABLED=0 go build -buildvcs=false -trimpath -gcflags=all=-dwarf=false
PREFIX   ?= $(HOME)/.local
FUZZTIME ?= 10s

.DEFAULT_GOAL := help
.PHONY: build programs demo test test-unit test-race lint cross generate bench bench-operator fuzz tidy image manifests e2e install clean help

build: programs ## Build thv, the executables beside it and thv-operator into bin/
	$(BUILD) -ldflags '$(LDFLAGS)' -o bin/ $(OPERATOR)

# The init runs in Linux containers, whatever thv itself runs on.
programs:
	$(BUILD) -ldflags '$(LDFLAGS)' -o bin/ $(PROGRAMS)
	@set -e; for arch in amd64 arm64; do \
		GOOS=linux GOARCH=$$arch $(BUILD) -ldflags '-s -w' -o bin/thv-init-linux-$$arch $(COMMANDS)/thv-init; \
	done

demo: ## Store a secret and run an MCP server with it, in a throw-away home
	@$(BUILD) -ldflags '-s -w' -o bin/demo/ ./e2e/cmd/demo ./e2e/cmd/keyserver
	@if bin/demo/demo -engine; then programs='$(COMMANDS)/thv $(COMMANDS)/thv-engine-docker'; else programs='$(COMMANDS)/thv'; fi; \
		$(BUILD) -ldflags '$(LDFLAGS)' -o bin/ $$programs
	@bin/demo/demo -bin bin

test: ## Test everything against real parts, which it installs or starts
	./hack/test.sh

test-unit: ## Test what needs nothing but Go
	./hack/test-unit.sh

test-race: ## Test everything as make test does, with the race detector in every test
	THV_RACE=1 ./hack/test.sh

lint: ## Run golangci-lint, govulncheck, the checks of core's purity, generated files and shellcheck
	./hack/lint.sh

cross: ## Build and vet all modules for linux, darwin and windows on amd64 and arm64
	@set -e; for os in linux darwin windows; do for arch in amd64 arm64; do \
		echo "cross: $$os/$$arch"; \
		CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch go build $(PACKAGES); \
		CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch go vet $(PACKAGES); \
	done; done

generate: ## Run the generators (wire, controller-gen, mockgen) and rewrite what is committed of them
	./hack/generate.sh

bench: programs ## Compare thv with its baselines; prints a table, never fails on a time
	./hack/bench.sh

bench-operator: ## Compare the operator with a bare client; BENCHFLAGS='-servers 100' makes it short
	./hack/bench-operator.sh $(BENCHFLAGS)

fuzz: ## Run every fuzz target for FUZZTIME (10s)
	FUZZTIME=$(FUZZTIME) ./hack/fuzz.sh

tidy: ## Tidy all modules and go.work
	@set -e; for dir in $(MODULES) $(CURDIR)/tools $(CURDIR)/tools/helm $(CURDIR)/tools/kubernetes; do echo "tidy: $$dir"; (cd "$$dir" && GOWORK=off go mod tidy); done
	go work sync

image: ## Build the operator's image for linux on amd64 and arm64 into dist/, without a registry
	VERSION='$(VERSION)' LDFLAGS='$(LDFLAGS)' ./hack/image.sh

manifests: ## Render the operator's chart into dist/, for kubectl apply
	VERSION='$(VERSION)' ./hack/manifests.sh

e2e: ## Test the operator on a real node, which it starts; needs root
	./hack/e2e.sh

install: programs ## Copy thv and the executables beside it to PREFIX/bin (~/.local/bin)
	install -d '$(PREFIX)/bin'
	install -m 0755 bin/thv bin/thv-engine-* bin/thv-provider-* bin/thv-init-linux-* '$(PREFIX)/bin/'

clean: ## Remove what build made
	rm -rf bin dist

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
