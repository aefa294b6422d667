"""Runs all tests, and ends with the line "N passed, N failed".

    Tests/run.py [--only swift|page|end-to-end] [words for pytest ...]
"""
from __future__ import annotations

import argparse
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / ".build" / "test-reports"
# Shared with `hearth demo`.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hearth" / "demo"


@dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other: "Count") -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


def read_report(path: Path) -> Count:
    """A report in JUnit's format; one that is not there, or holds nothing, counts nothing."""
    count = Count()
    if not path.exists():
        return count
    for case in ElementTree.parse(path).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            count.failed += 1
        elif case.find("skipped") is not None:
            count.skipped += 1
        else:
            count.passed += 1
    return count


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
    return run("Swift", ["swift", "test", "-c", "release", "--xunit-output", str(report)],
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
    return run("End to end", [sys.executable, "-m", "pytest", f"--junitxml={report}", *(words or ["Tests/EndToEnd"])], [report])


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
