"""Each make target works to its end, in its smallest form. What it measures here says nothing: it is there to notice a target that
is broken."""
from __future__ import annotations

import os
import re
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest

from hearth_testing.farm import LOOP
from hearth_testing.make import MAKE, make
from hearth_testing.paths import ROOT
from hearth_testing.ports import free_ports

# Run by what runs this test, by another test, or not to be run on the folder that this test runs in.
ELSEWHERE = {
    "build": "`make test` begins with it", "test": "this is part of it", "storm": "test_storm.py", "demo": "below", "bench": "below",
    "lint": "below", "clean": "below", "check": "below", "soak": "below",
    "types": "unit/test_page_types.py",
}
# Words of make's for the smallest form, and what must be said at its end.
SMALLEST = {
    "bench-motion": ({"MOTION": "--seeds 1 --kind rain"}, r"the detector alone"),
    "bench-rebuild": ({"HEARTH_SEGMENTS": "400"}, r"Test run with \d+ tests? .*passed"),
    "endurance": ({"ENDURANCE": "--parts kills --kills 6 --anew --state {folder}/state.json"}, r"\| kills \| 6 \|"),
    "fresh": ({"FRESH": "--dry-run"}, r"."),
    "fuzz": ({"FUZZ_ROUNDS": "500"}, r"Test run with \d+ tests? .*passed"),
    "mutants": ({"MUTANTS": "--check"}, r"."),
}


def targets() -> set[str]:
    return set(re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.M)[1].split())       # type: ignore[index]


def test_each_target_is_run() -> None:
    assert targets() == {*ELSEWHERE, *SMALLEST}


@pytest.mark.parametrize("target", sorted(SMALLEST))
def test_a_target_works_to_its_end(target: str, tmp_path: Path) -> None:
    variables, end = SMALLEST[target]
    said = make(target, seconds=900, **{name: value.format(folder=tmp_path) for name, value in variables.items()})
    assert re.search(end, said), said[-3000:]


def test_the_benchmarks_work_to_their_end() -> None:
    done = subprocess.run([*MAKE, "bench", "BENCH=--cameras 1 --seconds 3 --warm-up 3 --scene quiet", "DOOR=--megabytes 1 --rounds 1",
                           "SCALE=--cameras 1 --days 24"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
    if "could not fetch nginx" in done.stdout:
        pytest.skip("nginx is not installed, and apt-get could not fetch it")
    assert done.returncode == 0, done.stdout[-3000:]
    assert "hearth+motion costs" in done.stdout and "the door sends at" in done.stdout, done.stdout[-3000:]


def test_the_demo_gives_its_link_and_ends_with_ctrl_c() -> None:
    process = subprocess.Popen([*MAKE, "demo", f"DEMO=--loop {LOOP} --port {free_ports(1)}"], cwd=ROOT, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, start_new_session=True)
    assert process.stdout
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"demo is at (http://\S+) — sign in once with (http://\S+)", line):
                break
        else:
            pytest.fail("".join(said)[-3000:])
        with urllib.request.urlopen(found[1], timeout=30) as page:
            assert b"<!doctype html>" in page.read().lower()
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(30) in (0, 130, 2, -signal.SIGINT)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def test_lint_finds_nothing() -> None:
    assert "lint found nothing" in make("lint", seconds=900)


@pytest.mark.parametrize(("target", "commands"), [
    ("check", ["swift format lint", "--only swift --only page --only unit"]),
    ("soak", ["Tests/Storm/storm.py", "Tests/Endurance/endurance.py", "[Ff]uzz"]), ("clean", ["rm -rf .build"])])
def test_what_consists_of_the_others_names_them(target: str, commands: list[str]) -> None:
    said = make("-n", target, seconds=60)
    assert all(command in said for command in commands), said
