"""Each test file runs, once, in the lane that is written down for it."""
from __future__ import annotations

from collections import Counter

from hearth_testing.paths import ROOT
from lanes import LANES, STEPS


def test_each_test_file_has_one_lane() -> None:
    tests = ROOT / "Tests"
    files = [str(path.relative_to(tests)) for folder in ("unit", "EndToEnd") for path in (tests / folder).rglob("test_*.py")]
    known = Counter(file for lane in LANES.values() for file in lane.files)
    assert set(files) == set(known), f"give each file one lane in Tests/lanes.py: {sorted(set(files) ^ set(known))}"
    assert known == Counter(files)


def test_each_lane_runs_once() -> None:
    parts = Counter(part for step in STEPS for part in step)
    assert parts == Counter([*LANES, "swift-build", "swift", "page"])


def test_what_needs_quiet_runs_alone_and_says_why() -> None:
    assert ("machine",) in STEPS
    assert all(LANES["machine"].files.values())


def test_no_folder_has_more_than_twenty_files() -> None:
    for folder in {path.parent for path in (ROOT / "Tests").rglob("*.py")}:
        assert len([path for path in folder.iterdir() if path.is_file()]) <= 20, folder


def test_nothing_imports_a_test() -> None:
    for path in (ROOT / "Tests").rglob("*.py"):
        for line in path.read_text().splitlines():
            assert not line.startswith(("from test_", "import test_", "from conftest")), f"{path}: {line}"
