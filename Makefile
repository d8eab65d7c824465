# Geogate. `make demo` shows it, `make test` proves it; both need only Go, make and a network for the first run.

GO          ?= go
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
BIN         := bin

PROFILE     := deploy/geogate.pgo

.PHONY: all build demo demo-live test deps check race alloc restarts incident crowd soak bench scale microbench profile diff fuzz chaos clean

all: build

build: ## the programs, in bin/, compiled by a profile of the hot path (docs/performance.md)
	$(GO) build -pgo=$(PROFILE) -o $(BIN)/ ./cmd/...

demo: build ## the main job on embedded defaults; ends by itself
	$(BIN)/geogate demo --once

demo-live: build ## the same, and stays up for your own ESME and redis-cli until Ctrl-C
	$(BIN)/geogate demo

test: deps check race alloc ## everything CI runs; a test that would skip fails

deps: ## redis-server, Kannel, HAProxy, nginx, Prometheus, systemd, Chromium, Node.js and the npm packages smpp, twilio and axe-core, where they are missing
	@./.ci/deps

check: ## format, vet, staticcheck
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "not gofmt-ed: $$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...

race: ## all tests, the fuzz seeds and the import table among them, under the race detector
	GEOGATE_TEST_ALL=1 $(GO) test -race -timeout 20m ./...

alloc: ## allocations per message are a test, and the race detector changes them
	$(GO) test -count 1 -run 'Alloc' ./smpp/... ./rules/... ./proxy/...

restarts: ## Geogate ended and exchanged N times under load, every answer counted: make restarts N=50
	GEOGATE_TEST_RESTARTS=$(or $(N),50) $(GO) test -count 1 -v -timeout 60m -run 'F40(Restarts|Exchange)' ./cmd/geogate/e2e

incident: ## from the first pumped message to the alert, the freeze and the undo, timed, with a real Prometheus
	GEOGATE_TEST_INCIDENT=1 $(GO) test -count 1 -v -timeout 10m -run 'IncidentTimed' ./cmd/geogate/e2e

crowd: ## N ESMEs bind at once, stay idle, drop and return: make crowd N=9000 (descriptors: twice as many, ulimit -n)
	GEOGATE_TEST_CROWD=$(or $(N),9000) $(GO) test -count 1 -v -timeout 10m -run 'D32Crowd' ./cmd/geogate/e2e

soak: ## steady load for T, and Geogate's memory at its start, middle and end: make soak T=20m
	GEOGATE_TEST_SOAK_FOR=$(or $(T),20m) $(GO) test -count 1 -v -timeout 0 -run '^TestSoak$$' ./cmd/geogate/e2e

bench: build ## Geogate beside HAProxy and other proxies; needs haproxy and redis-server; writes .work/bench
	$(BIN)/smppbench --out .work/bench

scale: build ## Geogate alone with many sessions, accounts and rules; needs redis-server and 20,000 descriptors; writes .work/bench
	$(BIN)/smppbench scale --out .work/bench

microbench: ## the parts alone, for benchstat: make microbench COUNT=10 > new.txt
	$(GO) test -run '^$$' -bench . -benchmem -count $(or $(COUNT),1) -timeout 0 \
		./smpp/... ./rules/... ./proxy/... ./config/store ./config/admin/record ./cmd/geogate

profile: ## the profile that build compiles by, taken anew: what most messages meet, and what few do
	@mkdir -p .work
	$(GO) test -run '^$$' -bench 'Batch|Crowd' -benchtime 3s -cpu 1 -o .work/proxy.test -cpuprofile .work/proxy.pgo ./proxy
	$(GO) test -run '^$$' -bench 'Decide$$' -benchtime 1s -cpu 1 -o .work/rules.test -cpuprofile .work/rules.pgo ./rules
	$(GO) tool pprof -proto .work/proxy.pgo .work/rules.pgo > $(PROFILE)

diff: ## N numbers against libphonenumber: make diff N=5000000
	GEOGATE_TEST_DIFF_N=$(or $(N),2000000) $(GO) test -count 1 -timeout 60m -run 'Differential' ./rules/numplan

fuzz: ## every fuzz target for T: make fuzz T=30s
	@./.ci/fuzz $(or $(T),30s)

chaos: ## faults under load by a seed, then the books (docs/chaos.md): make chaos T=20m SEED=7
	GEOGATE_TEST_ALL=1 GEOGATE_TEST_CHAOS_FOR=$(or $(T),2m) GEOGATE_TEST_CHAOS_SEED=$(SEED) \
		$(GO) test -count 1 -timeout 0 -v -run '^TestChaos$$' ./cmd/geogate/e2e

clean:
	rm -rf $(BIN) .work
