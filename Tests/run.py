"""Runs all tests, and ends with the line "N passed, N failed".

    Tests/run.py [--only swift|page|end-to-end] [words for pytest ...]
"""
from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / ".build" / "test-reports"
# Shared with `hearth demo`.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hearth" / "demo"

# Seconds of a first run after which there is no time for a second one.
LONGEST_FIRST_RUN = 2400


@dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other: "Count") -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


class Machine:
    """How much of itself the machine gave this run: seconds in which it stood still (a guest that was paused, say), and the
    share of its processors that went to other guests. Measured apart from what is tested."""

    STANDSTILL_SECONDS, STOLEN_SHARE = 1.0, 0.15

    def __init__(self) -> None:
        self.stood_still = 0.0
        self.began, self.times = time.monotonic(), self._times()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            began = time.monotonic()
            time.sleep(0.2)
            late = time.monotonic() - began - 0.2
            if late > self.STANDSTILL_SECONDS:
                self.stood_still += late
                print(f"\n== the machine stood still for {late:.1f} s", flush=True)

    @staticmethod
    def _times() -> tuple[int, int]:
        values = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        return sum(values), values[7]

    def excuse(self) -> str | None:
        """Why what failed may be the machine's doing; `None` when it gave all that was asked."""
        total, stolen = (now - then for now, then in zip(self._times(), self.times))
        share = stolen / max(1, total)
        if self.stood_still or share > self.STOLEN_SHARE:
            return f"stood still for {self.stood_still:.1f} s and gave {share:.0%} of its processors to others"
        return None


def read_report(path: Path) -> Count:
    """A report in JUnit's format; one that is not there, or holds nothing, counts nothing."""
    count = Count()
    for case in cases(path):
        setattr(count, outcome(case), getattr(count, outcome(case)) + 1)
    return count


def cases(path: Path) -> list[ElementTree.Element]:
    return list(ElementTree.parse(path).iter("testcase")) if path.exists() else []


def outcome(case: ElementTree.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "skipped" if case.find("skipped") is not None else "passed"


def file_of(case: ElementTree.Element) -> str:
    """The test file of a case of pytest's, whose class name is its path below pytest.ini, with points."""
    return "Tests/" + case.get("classname", "").replace(".", "/") + ".py"


def failed_files(path: Path) -> list[str]:
    return sorted({file_of(case) for case in cases(path) if outcome(case) == "failed"})


def run(title: str, command: list[str], reports: list[Path]) -> Count:
    print(f"\n== {title}: {' '.join(command)}", flush=True)
    for report in reports:
        report.unlink(missing_ok=True)
    code = subprocess.run(command, cwd=ROOT).returncode
    count = Count()
    for report in reports:
        count.add(read_report(report))
    if code and not count.failed:
        print(f"== {title} ended with code {code} and named no failed test; counted as one", flush=True)
        count.failed = 1
    return count


def swift(_: list[str]) -> Count:
    report = REPORTS / "swift.xml"
    return run("Swift", ["swift", "test", "-c", "release", "--disable-testable-imports", "--xunit-output", str(report)],
               [report, REPORTS / "swift-swift-testing.xml"])


def page(_: list[str]) -> Count:
    report = REPORTS / "page.xml"
    tests = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "web/test").glob("*.test.mjs"))
    if not tests:
        return Count()
    return run("Page", [str(ROOT / ".venv/bin/deno"), "test", "--quiet", "--no-check", "--allow-all",
                        f"--junit-path={report}", *tests], [report])


def end_to_end(words: list[str]) -> Count:
    report = REPORTS / "end-to-end.xml"
    # Beforehand, since it takes a minute the first time and tells how far it is.
    subprocess.run(["/usr/bin/python3", "deploy/demo/cameras.py", "encode", "--cache", str(CACHE)], cwd=ROOT, check=True)
    command = [sys.executable, "-m", "pytest", f"--junitxml={report}"]
    machine = Machine()
    count = run("End to end", command + (words or ["Tests/unit", "Tests/EndToEnd"]), [report])
    why, files = machine.excuse(), failed_files(report)
    if not (why and files) or time.monotonic() - machine.began > LONGEST_FIRST_RUN:
        return count
    # Frames of a camera that did not run were not lost by who records it. Once, and only where that was measured.
    print(f"\n== the machine {why}: what failed meanwhile proves nothing, and is run once more", flush=True)
    again = run("End to end, again", [*command[:-1], f"--junitxml={report.with_stem('end-to-end-again')}", *files],
                [report.with_stem("end-to-end-again")])
    whole = [case for case in cases(report) if file_of(case) not in files]
    again.passed += sum(outcome(case) == "passed" for case in whole)
    again.skipped += sum(outcome(case) == "skipped" for case in whole)
    return again


PARTS = {"swift": swift, "page": page, "end-to-end": end_to_end}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=list(PARTS), action="append", help="this part alone (repeatable)")
    options, words = parser.parse_known_args()
    REPORTS.mkdir(parents=True, exist_ok=True)
    total = Count()
    for name in options.only or PARTS:
        total.add(PARTS[name](words))
    if also := os.environ.get("HEARTH_ALSO_FAILED"):
        print(f"\n== {also} failed before the tests; counted as one")
        total.failed += 1
    print(f"\n== {total.skipped} skipped" if total.skipped else "")
    print(f"{total.passed} passed, {total.failed} failed")
    sys.exit(1 if total.failed or not total.passed else 0)


if __name__ == "__main__":
    main()
