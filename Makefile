# Transom. `make run` for a server and a link to try, `make test` for all checks.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PORT ?= 8080
RUN := .run/$(PORT)
BUILD := .build
GOBUILD := CGO_ENABLED=0 go build -trimpath -ldflags=-s

.PHONY: help run build test lint test-go test-ui test-browsers race bench fuzz vectors check-vectors ui check-ui shots clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

build: ## transom and transomd into .build/
	@mkdir -p $(BUILD)
	@$(GOBUILD) -o $(BUILD)/ ./cmd/transom ./cmd/transomd

run: build ## a server on this machine with a drop of your own (PORT=8080)
	@.ci/newcomer $(BUILD) $(RUN) $(PORT)

test: ## everything that matters; installs what it needs
	@.ci/test

lint: ## gofmt, go vet, staticcheck
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt would change:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	@go vet ./...
	@go tool staticcheck ./...

test-go: ## the Go tests
	@go test ./...

test-ui: ## the page's types, its unit tests and the shared vectors
	@npm --prefix ui run --silent check
	@go run ./ui/build -tests
	@node --test ui/.build/*.test.mjs

test-browsers: build ## the page in Chromium and Firefox ESR, as shipped and as "Safer"
	@go run ./ui/build -tests
	@for f in ui/.build/browser/*.test.mjs; do node --test $$f; done

race: ## the Go tests under the race detector
	@CGO_ENABLED=1 go test -race ./crypto/... ./drop/... ./cmd/...

bench: ## the figures, each beside a limit measured in the same run
	@go test -run '^$$' -bench . -benchtime 3s ./drop/badgerstore ./drop/server ./drop/vault
	@TRANSOM_LONG=1 go test -count 1 -v -run '^TestLarge$$' ./drop/badgerstore | grep -E 'ready|resident|^(ok|FAIL|---)'

FUZZTIME ?= 30s
fuzz: ## every fuzz test for FUZZTIME=30s
	@for p in $$(go list ./...); do \
		for f in $$(go test -list '^Fuzz' $$p | grep '^Fuzz' || true); do \
			echo "$$p $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 50x $$p; \
		done; \
	done

vectors: ## generate crypto/vectors/testdata again
	@go run ./crypto/vectors/gen

check-vectors: vectors ## the published vectors have not changed
	@git diff --exit-code --stat -- crypto/vectors/testdata
	@test -z "$$(git ls-files --others --exclude-standard crypto/vectors/testdata)"

ui: ## build ui/dist
	@.ci/install
	@go run ./ui/build

check-ui: ## build the page elsewhere and compare the whole folder
	@go run ./ui/build -check

shots: build ## a screenshot of every state of the page into ui/shots
	@.ci/install
	@go run ./ui/build -tests
	@node ui/.build/shots.mjs

clean: ## remove what was built (not .run, where your letters are)
	@rm -rf $(BUILD) ui/.build ui/shots
