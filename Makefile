# Each target says what it is about to install or start. DEPS=0 forbids installing.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo build test test-fast check format bench token-times traffic fuzz
export DEPS ?= 1

help: ## this list
	@echo "Weir: targets of this Makefile (DEPS=0 forbids installing packages)"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: build ## Weir with a simulated provider and sample traffic; no API key, no other server
	@echo "weir: starting the demo (Ctrl-C ends it)"
	@exec .build/release/weir demo

build: ## the release build of weir
	@scripts/install-deps
	@echo "weir: building .build/release/weir (the first time takes some minutes)"
	@swift build -c release --product weir --static-swift-stdlib

test: ## everything: Swift, and Python against real components; the last line is "N passed, N failed"
	@scripts/install-deps test
	@scripts/run-tests

test-fast: ## the Swift tests only
	@scripts/install-deps
	@scripts/run-tests --fast

check: ## formatting, walls, tidiness, generated files, dashboards, alert rules
	@scripts/install-deps test
	@scripts/check

format: ## formats all Swift files in place
	@swift format -i -r -p --configuration .swift-format Package.swift Sources Tests

bench: build ## the side-by-side benchmark; writes Benchmarks/results.json (ARGS=--quick for a short one)
	@scripts/install-deps bench
	@python3 Benchmarks/bench.py $(ARGS)

token-times: build ## how exact the told times of tokens are, against the simulated provider's stamps (ARGS="--rounds 100")
	@WEIR_BIN=$(CURDIR)/.build/release/weir python3 Tests/integration/token_times.py $(ARGS)

traffic: ## replays recorded provider exchanges: make traffic DIR=path/to/recordings
	@if [ -z "$(DIR)" ]; then echo "usage: make traffic DIR=path/to/recordings" >&2; exit 2; fi
	@scripts/install-deps test
	@swift build --product weir
	@python3 Tests/integration/traffic.py "$(DIR)"

fuzz: ## fuzzes everything that reads bytes from outside: make fuzz [SECONDS=30] [FAMILY=replies]
	@scripts/install-deps
	@scripts/fuzz $(or $(SECONDS),30) $(FAMILY)
