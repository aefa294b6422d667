#!/usr/bin/python3
"""Seeded faults, one at a time: does something notice each of them, and did the door let anything through?

    mutants.py [--only NAME ...] [--thorough] [--check]

One build of a copy of the project (.build/mutants) holds the faults of all patches (patches.py), and an environment variable chooses
one: 31 builds would take hours. For each, the unit tests of what stands between a camera and a viewer run, and when those notice nothing,
or with --thorough always, a short storm. The table says what noticed it. A fault that nothing notices is a failure, and so is a build
without any active fault in which something is noticed.

--only NAME  one of them                       --thorough   a storm for each, also when a unit test noticed it
--check      the shortest form: only that each patch still applies
"""
from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import patches

ROOT = Path(__file__).resolve().parents[2]
TESTS = "^(SealTests|VaultTests|VirtualMP4Tests|CatalogTests|HouseholdTests|HomeServerTests)\\."
# Nothing of these looks at whose picture it is, and hashing passwords takes long.
BESIDE = "PasswordTests|RealFileTests|LinkTests|OpeningTests|OpenAPITests|ByteRangeTests"
BUILD = ROOT / ".build/mutants/build"
STORM = ["--cameras", "3", "--people", "6", "--minutes", "0.35", "--seed", "3"]


@dataclass
class Verdict:
    unit: list[str]
    storm: str                              # empty when it noticed nothing

    @property
    def text(self) -> str:
        parts = [f"test {self.unit[0]}" + (f" and {len(self.unit) - 1} more" if len(self.unit) > 1 else "")] if self.unit else []
        return "; ".join(parts + ([self.storm] if self.storm else [])) or "NOTHING"


def build() -> Path:
    """Builds the copy with all faults in it; returns the folder of its programs."""
    patches.copy()
    print("mutants: building a copy with all faults in it, of which none is active by itself", flush=True)
    command = ["swift", "build", "-c", "release", "--build-tests", "--package-path", str(patches.COPY), "--scratch-path", str(BUILD)]
    subprocess.run(command, check=True)
    return BUILD / "release"


def run(command: list[str], mutant: str, build: Path, seconds: float) -> str:
    environment = {**os.environ, "HEARTH_MUTANT": mutant, "HEARTH_BINARIES": str(build)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               errors="replace")
    try:
        return process.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()[0] + "\nTOO LONG"


def unit_tests(mutant: str, build: Path) -> list[str]:
    program = build / "hearthPackageTests.xctest"
    said = run([str(program), "--testing-library", "swift-testing", "--filter", TESTS, "--skip", BESIDE], mutant, build, 300)
    said = re.sub(r"\x1b\[[0-9;]*m", "", said)
    failed = re.findall(r"✘ Test (\w+)\(.*?\) .*?failed", said)
    if "Test run with" not in said:
        failed.append("a crash in " + (re.findall(r"◇ Test (\w+)", said) or ["?"])[-1])
    return list(dict.fromkeys(failed))


def storm(mutant: str, build: Path) -> str:
    said = run(["/usr/bin/python3", "Tests/Storm/storm.py", *STORM], mutant, build, 240)
    found = re.search(r"^WRONG \(seed \d+\): (.*)", said, re.M)
    if not found:
        return "" if re.search(r"wrong: 0$", said, re.M) else "the storm could not begin: " + said.strip().split("\n")[-1][:90]
    text = found[1]
    if "answered 500" in text or "raised alarms" in text:
        return "the door: nothing was sent, alarm"
    return "storm: " + re.sub(r"^[^:{]*(\{[^}]*\})?: ?", "", text)[:90]


def look_at(mutant: str, build: Path, thorough: bool) -> Verdict:
    unit = unit_tests(mutant, build)
    return Verdict(unit, storm(mutant, build) if thorough or not unit else "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [patch.name for patch in patches.faults()]
    parser.add_argument("--only", action="append", choices=names, metavar="NAME")
    parser.add_argument("--thorough", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    wrong = patches.check()
    if wrong or options.check:
        print("\n".join(wrong) or f"{len(names)} faults: each patch applies, alone and with all others")
        return 1 if wrong else 0
    began, survivors, programs = time.monotonic(), [], build()
    healthy = look_at("", programs, thorough=True)
    if healthy.unit or healthy.storm:
        print(f"without any fault: {healthy.text}; what follows would mean nothing")
        return 1
    for mutant in options.only or names:
        verdict = look_at(mutant, programs, options.thorough)
        print(f"{mutant:28} {verdict.text}", flush=True)
        if verdict.text == "NOTHING":
            survivors.append(mutant)
    count = len(options.only or names)
    print(f"\n{count} faults, {count - len(survivors)} noticed, {len(survivors)} not; {time.monotonic() - began:.0f} s")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
