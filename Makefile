# make demo    a household with four cameras to look at       make test    all tests
# make build   the programs, in .build/release                make lint    the checks of style and types
# make bench   what recording costs, beside ffmpeg            make fuzz    the fuzz tests, for longer

SHELL := /bin/bash
SWIFT_SOURCES := Sources Tests Package.swift
PAGE = $(shell find web -name '*.js' -o -name '*.mjs')
PYTHON = deploy/demo/*.py Tests/*.py Tests/EndToEnd/*.py Tests/Bench/*.py
FUZZ_ROUNDS ?= 20000

.PHONY: build demo test lint bench fuzz clean

build:
	@deploy/setup --build
	@echo "make: building hearth and hearth-camera (some minutes the first time)"
	swift build -c release
	@echo "make: built .build/release/hearth and .build/release/hearth-camera"

demo: build
	@deploy/setup --demo
	@exec .build/release/hearth demo

test: build
	@deploy/setup --demo --test
	@.venv/bin/python Tests/run.py

lint:
	@deploy/setup --build --test
	swift format lint --strict --recursive --parallel --configuration .swift-format $(SWIFT_SOURCES)
	@if command -v node > /dev/null; then for file in $(PAGE) Tests/EndToEnd/page.js; do node --check "$$file" || exit 1; done; fi
	cd web && DENO_NO_UPDATE_CHECK=1 ../.venv/bin/deno check --quiet $(patsubst web/%,%,$(PAGE))
	.venv/bin/oxlint --quiet --deny-warnings web
	.venv/bin/python -m py_compile $(PYTHON)
	bash -n deploy/setup .ci/run
	@echo "make: lint found nothing"

bench: build
	@deploy/setup --demo
	/usr/bin/python3 Tests/Bench/bench.py $(BENCH)

fuzz:
	@deploy/setup --build
	HEARTH_FUZZ_ROUNDS=$(FUZZ_ROUNDS) swift test -c release --filter '[Ff]uzz'

clean:
	rm -rf .build .venv .cache
