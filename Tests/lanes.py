"""Which tests run alone and which side by side, each with its reason: the one place where that is written.

The rule for what is added: each later issue gets at most three more minutes of `make test` (on two cores, after a build). What
takes longer belongs in `make soak`, and its smallest form of some 30 s here. A test that needs a quiet machine says so by standing
in the lane `machine`; no failure under load is excused by a second run.

A file belongs into the lane `house` when it uses the common household (the fixtures `house` and `seen`), else in the shorter
of the others: each has a household of its own there, with ports, folders, loop devices and network namespaces of its own.
"""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Lane:
    name: str
    why: str
    files: dict[str, str]           # below Tests, in the order in which they run, each with what it is there for

    @property
    def paths(self) -> list[str]:
        return [f"Tests/{file}" for file in self.files]


UNIT = Lane("unit", "no program of Hearth's runs", {
    "unit/test_house_rules.py": "imports go down only",
    "unit/test_history.py": "the endurance runs' own eyes",
    "unit/test_lanes.py": "each test file has its lane",
    "unit/test_run.py": "what Tests/run.py says at its end",
    "unit/test_mutants.py": "each seeded fault still applies",
    "unit/test_fresh.py": "what `make fresh` would do",
    "unit/test_page_types.py": "the page's types are what the document says",
})

MACHINE = Lane("machine", "these need the machine to themselves", {
    "EndToEnd/page/test_live_latency.py": "milliseconds from a camera to the canvas",
    "EndToEnd/recording/test_kills.py": "no frame of another camera may be lost by a kill, and a process is back within 5 s",
    "EndToEnd/recording/test_cameras.py": "gaps of a fault are compared with promises in seconds",
    "EndToEnd/recording/test_watchdog.py": "whole processes stand still for some seconds",
    "EndToEnd/storage/test_power.py": "seconds of footage lost by a power cut",
    "EndToEnd/operations/test_endurance.py": "seconds of footage lost by kills and failing system calls",
    "EndToEnd/operations/test_storm.py": "cameras and people fill all processors",
    "EndToEnd/operations/test_make.py": "benchmarks fill all processors",
})

HOUSE = Lane("house", "they share the common household, which gathers events meanwhile", {
    "EndToEnd/access/test_reach.py": "without cameras: it passes the time until each scripted motion has happened once",
    "EndToEnd/page/test_browser_security.py": "likewise",
    "EndToEnd/recording/test_first_light.py": "",
    "EndToEnd/access/test_ranges.py": "",
    "EndToEnd/access/test_refusals.py": "",
    "EndToEnd/page/test_browser.py": "",
    "EndToEnd/page/test_firefox.py": "",
    "EndToEnd/access/test_revocation.py": "",
    "EndToEnd/recording/test_motion.py": "",
    "EndToEnd/recording/test_filmstrip.py": "",
    "EndToEnd/access/test_door.py": "last: it damages footage",
})

STORAGE = Lane("storage", "households of their own", {
    "EndToEnd/storage/test_volumes.py": "",
    "EndToEnd/storage/test_full_disk.py": "",
    "EndToEnd/storage/test_retention.py": "",
    "EndToEnd/storage/test_clock.py": "",
    "EndToEnd/storage/test_ten_days.py": "",
    "EndToEnd/storage/test_backup.py": "",
    "EndToEnd/operations/test_bad_input.py": "",
    "EndToEnd/recording/test_coverage.py": "",
})

NETWORK = Lane("network", "households of their own", {
    "EndToEnd/access/test_matrix.py": "",
    "EndToEnd/devices/test_swap.py": "",
    "EndToEnd/devices/test_hostile.py": "",
    "EndToEnd/devices/test_rtsps.py": "",
    "EndToEnd/operations/test_sandbox.py": "",
    "EndToEnd/recording/test_settings.py": "",
    "EndToEnd/access/test_compile.py": "",
})

LANES = {lane.name: lane for lane in (UNIT, MACHINE, HOUSE, STORAGE, NETWORK)}
# One step after the other; the parts of a step run side by side. `page`, `swift-build` (it compiles the Swift tests) and `swift`
# are no lanes of pytest's.
STEPS = (("swift-build", "page", "unit"), ("swift",), ("machine",), ("house", "storage", "network"))


def place(file: str) -> int:
    """Where a file stands in the order of all; files without a lane come last."""
    order = [each for lane in LANES.values() for each in lane.files]
    return order.index(file) if file in order else len(order)
