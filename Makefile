# make help lists what there is.
GO            ?= go
LINT_VERSION  := $(shell cat .ci/golangci-lint.version)
TOOLS         := $(CURDIR)/.tools
FUZZTIME      ?= 1m

.PHONY: help run test race tools lint fmt-check vet fuzz bench bench-peers golden

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

run: ## Serve the quickstart example
	$(GO) run ./cmd/gatehouse dev examples/quickstart

test: tools ## Install what the tests need and run them all, with the race detector
	$(GO) test -race -timeout 20m $$($(GO) list ./... | grep -v '/test/\(blackbox\|docs\|management\)$$')
	$(GO) test -race -timeout 20m -count=1 -parallel 3 ./test/blackbox ./test/docs ./test/management # they build the binary, which the cache does not see

tools: ## Install what the tests need besides Go
	@./test/install-tools

lint: $(TOOLS)/golangci-lint-$(LINT_VERSION) ## Run the linter
	$(TOOLS)/golangci-lint-$(LINT_VERSION) run ./...

$(TOOLS)/golangci-lint-$(LINT_VERSION):
	@mkdir -p $(TOOLS)
	GOBIN=$(TOOLS) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	@mv $(TOOLS)/golangci-lint $@

fmt-check: ## Fail on files that gofmt would change
	@unformatted="$$(gofmt -l $$(git ls-files '*.go'))"; if [ -n "$$unformatted" ]; then echo "not gofmt-ed:"; echo "$$unformatted"; exit 1; fi

vet: ## Run go vet
	$(GO) vet ./...

fuzz: ## Fuzz every parser, FUZZTIME (1m) each
	@./test/fuzz-all $(FUZZTIME)

bench: ## Run the benchmarks beside the code into bench.txt, for benchstat
	$(GO) test -run '^$$' -bench . -benchmem -count 6 ./... | tee bench.txt

bench-peers: ## Compare with nginx side by side (needs nginx and wrk)
	@./bench/compare

golden: ## Rewrite golden files; review the difference like code
	$(GO) test ./... -update
