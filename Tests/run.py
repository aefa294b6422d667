"""Runs all tests, in lanes side by side, and ends with the line "N passed, N failed" (and ", N skipped").

    Tests/run.py [--only swift|page|LANE ...] [--times] [words for pytest ...]

Which test file runs in which lane, and why, is in Tests/lanes.py. With words for pytest (a file, -k, ...) these run alone,
as `.venv/bin/python -m pytest` would. What a lane prints is in .build/test-reports/LANE.log; what failed is printed at its end.
What could not run on this machine is listed with its reason before the last line: it has not passed.
"""
from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from lanes import LANES, STEPS

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / ".build" / "test-reports"
# Shared with `hearth demo`.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hearth" / "demo"
# As in the Makefile and in pytest.ini; output that is read through a pipe comes line by line.
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{ROOT / 'Tests/support'}:{ROOT / 'deploy/demo'}", "PYTHONUNBUFFERED": "1"}
SWIFT = ["-c", "release", "--disable-testable-imports"]
PARTS = [part for step in STEPS for part in step]

# Lines of a lane that are shown while it runs: how each test ended.
ENDED = re.compile(r"^(\S+::.*) (PASSED|FAILED|ERROR|SKIPPED|XFAIL)\b")
STANDSTILL_SECONDS = 1.0


# ---------------------------------------------------------------- what was measured
@dataclass
class Case:
    """One test, as a report in JUnit's format has it."""
    part: str
    file: str
    name: str
    outcome: str                        # passed, failed or skipped
    reason: str = ""                    # why it could not run
    set_up: float = 0                   # seconds, fixtures included
    call: float = 0


def read_report(part: str, path: Path) -> list[Case]:
    """None from a report that is not there; a broken one is a failure."""
    if not path.exists():
        return []
    try:
        return [read_case(part, case) for case in ElementTree.parse(path).iter("testcase")]
    except ElementTree.ParseError as error:
        return [Case(part, path.name, f"unreadable: {error}", "failed")]


def read_case(part: str, case: ElementTree.Element) -> Case:
    skipped = case.find("skipped")
    is_failed = case.find("failure") is not None or case.find("error") is not None
    outcome = "failed" if is_failed else "skipped" if skipped is not None else "passed"
    times = {each.get("name"): float(each.get("value", 0)) for each in case.iter("property")
             if each.get("name") in ("setup", "call", "teardown")}
    all_of_it = float(case.get("time") or 0)
    set_up = times.get("setup", 0) + times.get("teardown", 0)
    reason = (skipped.get("message") or skipped.text or "no reason given").strip() if skipped is not None else ""
    return Case(part, file_of(part, case), case.get("name", ""), outcome, reason, set_up, times.get("call", all_of_it))


def file_of(part: str, case: ElementTree.Element) -> str:
    name = case.get("classname", "")
    if part in LANES or part == "chosen":
        return name.replace(".", "/") + ".py"
    # Swift names the target and the suite; the page's tests the file.
    return name.split(".")[0] if part == "swift" else Path(name).name


# ---------------------------------------------------------------- running
@dataclass
class Part:
    """A lane, or the Swift or page tests: a program that runs and leaves reports."""
    name: str
    command: list[str]
    reports: list[Path]
    cases: list[Case] = field(default_factory=list)
    seconds: float = 0

    @property
    def log(self) -> Path:
        return REPORTS / f"{self.name}.log"

    def run(self, is_alone: bool) -> None:
        for report in self.reports:
            report.unlink(missing_ok=True)
        began = time.monotonic()
        process = subprocess.Popen(self.command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True, errors="replace")
        assert process.stdout
        with self.log.open("w") as log:
            for line in process.stdout:
                log.write(line)
                log.flush()
                if is_alone:
                    print(line, end="", flush=True)
                elif ended := ENDED.match(line):
                    print(f"[{self.name}] {ended[2]} {ended[1]}", flush=True)
        code = process.wait()
        self.seconds = time.monotonic() - began
        self.cases = [case for report in self.reports for case in read_report(self.name, report)]
        if code and not any(case.outcome == "failed" for case in self.cases):
            self.cases.append(Case(self.name, "", f"ended with code {code} and named no failed test", "failed"))
        if not is_alone:
            self.tell(code)

    def tell(self, code: int) -> None:
        """What a part that ran beside others had to say, once it is over."""
        count = {outcome: sum(case.outcome == outcome for case in self.cases) for outcome in ("passed", "failed", "skipped")}
        lines = [f"\n== {self.name}: {count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped, "
                 f"{self.seconds:.0f} s; all it said is in {self.log.relative_to(ROOT)}"]
        if code:
            said = self.log.read_text(errors="replace")
            begin = re.search(r"^=+ (ERRORS|FAILURES) =+$", said, re.M)
            lines += [f"[{self.name}] {line}" for line in (said[begin.start():] if begin else said[-8000:]).splitlines()]
        print("\n".join(lines), flush=True)


def part(name: str) -> Part:
    if name == "swift-build":
        return Part(name, ["swift", "build", "--build-tests", "-c", "release"], [])
    if name == "swift":
        report = REPORTS / "swift.xml"
        return Part(name, ["swift", "test", *SWIFT, "--skip-build", "--xunit-output", str(report)], [report, REPORTS / "swift-swift-testing.xml"])
    report = REPORTS / f"{name}.xml"
    if name == "page":
        tests = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "web/test").glob("*.test.mjs"))
        return Part(name, [str(ROOT / ".venv/bin/deno"), "test", "--quiet", "--no-check", "--allow-all", f"--junit-path={report}",
                           *tests], [report])
    return Part(name, [*pytest(report), *LANES[name].paths], [report])


def pytest(report: Path) -> list[str]:
    return [sys.executable, "-m", "pytest", "-c", "Tests/pytest.ini", f"--junitxml={report}"]


def run_step(parts: list[Part]) -> None:
    for each in parts:
        print(f"\n== {each.name}: {' '.join(each.command)}", flush=True)
    threads = [threading.Thread(target=each.run, args=(len(parts) == 1,)) for each in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def prepare() -> None:
    """Beforehand, since it takes a while the first time and tells how far it is."""
    subprocess.run(["/usr/bin/python3", "deploy/demo/cameras.py", "encode", "--cache", str(CACHE), "--loop", "20"], cwd=ROOT, check=True)


def watch_machine() -> None:
    """Says when the machine stood still (a guest that was paused, say). It excuses nothing; it helps to read what failed."""
    def watch() -> None:
        while True:
            began = time.monotonic()
            time.sleep(0.2)
            late = time.monotonic() - began - 0.2
            if late > STANDSTILL_SECONDS:
                print(f"\n== the machine stood still for {late:.1f} s", flush=True)

    threading.Thread(target=watch, daemon=True).start()


# ---------------------------------------------------------------- what is told
def times(parts: list[Part], whole: float) -> str:
    """Seconds by lane and file, as a table for Tests/MEASUREMENTS.md."""
    lines = ["| lane | file | tests | set-up (s) | call (s) | together (s) |", "|---|---|---|---|---|---|"]
    for each in parts:
        files: dict[str, list[Case]] = defaultdict(list)
        for case in each.cases:
            files[case.file].append(case)
        sums = {file: (len(cases), sum(case.set_up for case in cases), sum(case.call for case in cases)) for file, cases in files.items()}
        lines.append(f"| **{each.name}** | | {len(each.cases)} | {sum(s for _, s, _ in sums.values()):.0f} | "
                     f"{sum(c for _, _, c in sums.values()):.0f} | **{each.seconds:.0f}** |")
        for file, (count, set_up, call) in sorted(sums.items(), key=lambda item: -item[1][1] - item[1][2]):
            lines.append(f"| {each.name} | {file} | {count} | {set_up:.1f} | {call:.1f} | {set_up + call:.1f} |")
    lines.append(f"| **all** | | {sum(len(each.cases) for each in parts)} | | | **{whole:.0f}** |")
    return "\n".join(lines)


def not_run(parts: list[Part]) -> list[str]:
    """What could not run here, and why; the tests of a file with one reason together."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for each in parts:
        for case in each.cases:
            if case.outcome == "skipped":
                found[case.file, case.reason] += 1
    return [f"  not run: {count} of {file}: {reason}" for (file, reason), count in sorted(found.items())]


def tell(parts: list[Part], whole: float, with_times: bool) -> int:
    """The last lines; gives the exit code."""
    table = times(parts, whole)
    (REPORTS / "times.md").write_text(table + "\n")
    if with_times:
        print(f"\n{table}")
    before = [os.environ["HEARTH_PARTS"]] if os.environ.get("HEARTH_PARTS") else []       # of .ci/run
    print("\n== seconds by part: " + ", ".join(before + [f"{each.name} {each.seconds:.0f}" for each in parts])
          + f"; the tests in all {whole:.0f}")
    cases = [case for each in parts for case in each.cases]
    if also := os.environ.get("HEARTH_ALSO_FAILED"):
        cases.append(Case(also, "", f"{also}, before the tests", "failed"))
    for case in cases:
        if case.outcome == "failed":
            print(f"  failed: {case.file} {case.name}")
    for line in not_run(parts):
        print(line)
    count = {outcome: sum(case.outcome == outcome for case in cases) for outcome in ("passed", "failed", "skipped")}
    skipped = f", {count['skipped']} skipped" if count["skipped"] else ""
    print(f"{count['passed']} passed, {count['failed']} failed{skipped}")
    return 1 if count["failed"] or not count["passed"] else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=PARTS, action="append", help="this part alone (repeatable)")
    parser.add_argument("--times", action="store_true", help="print the seconds by file and lane")
    options, words = parser.parse_known_args()
    REPORTS.mkdir(parents=True, exist_ok=True)
    began, done = time.monotonic(), []
    watch_machine()
    if words:
        report = REPORTS / "chosen.xml"
        steps = [[Part("chosen", [*pytest(report), *words], [report])]]
    else:
        wanted = list(options.only or PARTS)
        if "swift" in wanted:
            wanted.append("swift-build")
        steps = [[part(name) for name in step if name in wanted] for step in STEPS]
    if words or set(options.only or PARTS) & {"machine", "house", "storage", "network"}:
        prepare()
    for step in filter(None, steps):
        run_step(step)
        done += step
    return tell(done, time.monotonic() - began, options.times)


if __name__ == "__main__":
    sys.exit(main())
