# make demo    a household with four cameras to look at       make test    all tests (TEST="--times" for the seconds of each file)
# make build   the programs, in .build/release                make check   lint, Swift and page: what one runs while working
#                                                             make lint    the checks of style and types
# make soak    what takes hours: storm, endurance, fuzz; `make test` runs the smallest form of each (Tests/lanes.py)
# make bench   what recording and the door cost, beside       make fuzz    the fuzz tests, for longer
#              ffmpeg and nginx                               make mutants seeded faults, and what notices each of them
#              (and a year of footage in the catalog: SCALE="--cameras 8 --days 365", some minutes)
# make bench-rebuild  how long a catalog of 100,000 segments takes to be made from the folders (HEARTH_SEGMENTS=5000 for fewer)
# make bench-motion   what is found in made-up scenes, and its cost beside C (MOTION="--truth footage.json" for clips)
# make endurance  kills, power cuts, failing system calls and reconnects for hours; goes on where it was ended
#              (ENDURANCE="--parts kills,cuts --kills 40 --cuts 15" for less)
# make types   the page's types of the API, web/model/types.js, from web/openapi.json
# make fresh   the two commands of the README on a bare Debian 12 made for them (FRESH="--only demo" for one; needs root)
# make storm   everything at once, and each picture looked at (STORM="--cameras 32 --people 64 --minutes 15" for more)

SHELL := /bin/bash
SWIFT_SOURCES := Sources Tests Package.swift
PAGE = $(shell find web -name '*.js' -o -name '*.mjs')
PYTHON = $(shell find deploy Tests -name '*.py')
# Where every Python program of the tests finds hearth_testing, and the modules of the demo.
export PYTHONPATH := $(CURDIR)/Tests/support:$(CURDIR)/deploy/demo
FUZZ_ROUNDS ?= 20000

.PHONY: build demo test check lint soak bench bench-motion bench-rebuild storm endurance mutants fuzz types fresh clean

build:
	@deploy/setup --build
	@echo "make: building hearth and hearth-camera (some minutes the first time)"
	swift build -c release
	@echo "make: built .build/release/hearth and .build/release/hearth-camera"

demo: build
	@deploy/setup --demo
	@exec .build/release/hearth demo $(DEMO)

test: build
	@deploy/setup --demo --test
	@.venv/bin/python Tests/run.py $(TEST)

# Four minutes at most, after a build.
check: lint
	@.venv/bin/python Tests/run.py --only swift --only page --only unit

lint:
	@deploy/setup --build --test
	swift format lint --strict --recursive --parallel --configuration .swift-format $(SWIFT_SOURCES)
	@if command -v node > /dev/null; then for file in $(PAGE) Tests/EndToEnd/page/page.js; do node --check "$$file" || exit 1; done; fi
	cd web && DENO_NO_UPDATE_CHECK=1 ../.venv/bin/deno check --quiet $(patsubst web/%,%,$(PAGE))
	/usr/bin/python3 Tests/Page/page_types.py --check
	.venv/bin/oxlint --quiet --deny-warnings web
	.venv/bin/python -m py_compile $(PYTHON)
	/usr/bin/python3 Tests/Mutants/patches.py --check
	bash -n deploy/setup .ci/run
	@echo "make: lint found nothing"

bench: build
	@deploy/setup --demo
	/usr/bin/python3 Tests/Bench/recording.py $(BENCH)
	/usr/bin/python3 Tests/Bench/door.py $(DOOR)
	.build/release/scale-bench $(SCALE)

bench-motion: build
	/usr/bin/python3 Tests/Bench/motion.py $(MOTION)

bench-rebuild: build
	HEARTH_SEGMENTS=$${HEARTH_SEGMENTS:-100000} swift test -c release --disable-testable-imports --filter RebuildScaleTests

storm: build
	@deploy/setup --demo
	/usr/bin/python3 Tests/Storm/storm.py $(STORM)

soak: storm endurance fuzz

endurance: build
	@deploy/setup --demo --test
	/usr/bin/python3 Tests/Endurance/endurance.py $(ENDURANCE)

# A folder of its own, so that a program with faults in it never lies where one is looked for.
mutants:
	@deploy/setup --build --demo
	/usr/bin/python3 Tests/Mutants/mutants.py $(MUTANTS)

# web/model/types.js from web/openapi.json: after a change of the API's bodies.
types:
	/usr/bin/python3 Tests/Page/page_types.py

fuzz:
	@deploy/setup --build
	HEARTH_FUZZ_ROUNDS=$(FUZZ_ROUNDS) swift test -c release --disable-testable-imports --filter '[Ff]uzz'

fresh:
	/usr/bin/python3 Tests/Fresh/fresh.py $(FRESH)

clean:
	rm -rf .build .venv .cache
