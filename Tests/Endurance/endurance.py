#!/usr/bin/python3
"""Kills, power cuts, failing system calls and reconnects, many of them, on a household of simulated cameras.

    endurance.py [--parts kills,cuts,calls,storm] [--kills 2000] [--cuts 500] [--calls 2000] [--storm-minutes 60]
                 [--reconnects 10000] [--state FILE] [--anew]

What is done is written down after each round, so that a run that was ended goes on where it was. Ends with 1 when something
was lost that was promised, and prints a table for ARCHITECTURE.md.
"""
from __future__ import annotations

import argparse
import json
import os
import platform
import random
import shutil
import signal
import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Callable

from hearth_testing import disks
from hearth_testing.disks import Disk
from hearth_testing.farm import Farm
from hearth_testing.faults import calls
from hearth_testing.faults.calls import Calls
from hearth_testing.faults.cuts import Cuts
from hearth_testing.faults.kills import Kills
from hearth_testing.faults.reconnects import Reconnects
from hearth_testing.faults.subject import Subject, new_subject
from hearth_testing.household import Hearth
from hearth_testing.paths import ROOT

PARTS = ("kills", "cuts", "calls", "storm")
ROUNDS_A_HOUSEHOLD = 8                  # then a new one: what is looked at after each fault grows with what was recorded


class Run:
    def __init__(self, options: argparse.Namespace):
        self.options, self.path = options, Path(options.state)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        stored = {} if options.anew or not self.path.exists() else json.loads(self.path.read_text())
        self.state: dict[str, dict] = {part: stored.get(part, {"done": 0, "seconds": 0.0, "losses": {}, "problems": [], "extra": {}})
                                       for part in PARTS}
        self.folder = Path(tempfile.mkdtemp(prefix="hearth-endurance-"))
        self.farm = Farm(self.folder)
        self.seed = options.seed or random.randrange(1 << 30)
        self.chance = random.Random(self.seed)

    def wanted(self, part: str) -> int:
        return {"kills": self.options.kills, "cuts": self.options.cuts, "calls": self.options.calls,
                "storm": self.options.reconnects}[part]

    # ------------------------------------------------------------ rounds
    def keep(self, part: str, subject: Subject, done: int, seconds: float, **extra: list) -> None:
        """Writes down what a round came to, and says how far the part is."""
        state = self.state[part]
        state["done"] += done
        state["seconds"] += seconds
        for loss in subject.record.losses:
            state["losses"].setdefault(loss.watch.camera, []).append(round(loss.seconds, 3))
        state["problems"] += subject.record.problems
        for name, values in extra.items():
            state["extra"].setdefault(name, []).extend(values)
        for problem in subject.record.problems:
            print(f"  WRONG (seed {self.seed}): {problem}", flush=True)
        subject.record.losses, subject.record.problems = [], []
        aside = self.path.with_suffix(".new")
        aside.write_text(json.dumps(self.state))
        os.replace(aside, self.path)
        pace = state["seconds"] / max(1, state["done"])
        left = max(0, self.wanted(part) - state["done"]) * pace
        print(f"{part}: {state['done']} of {self.wanted(part)}, {len(state['problems'])} wrong, about {left / 60:.0f} min left",
              flush=True)

    def is_done(self, part: str) -> bool:
        return self.state[part]["done"] >= self.wanted(part) or bool(self.state[part]["problems"])

    def kills(self) -> None:
        while not self.is_done("kills"):
            subject = self.household("kills")
            kills = Kills(subject.start())
            for _ in range(ROUNDS_A_HOUSEHOLD):
                before, began = (kills.done, len(kills.returns)), time.monotonic()
                kills.round()
                self.keep("kills", subject, kills.done - before[0], time.monotonic() - began, returns=kills.returns[before[1]:])
                if self.is_done("kills"):
                    break
            self.leave(subject)

    def cuts(self) -> None:
        if reason := disks.why_not():
            return print(f"cuts: left out: {reason}")
        while not self.is_done("cuts"):
            folder = Path(tempfile.mkdtemp(dir=self.folder))
            disk = Disk(folder)
            subject = new_subject(self.farm, disk.path, self.chance, log=folder / "hearth.log")
            try:
                cuts = Cuts(subject.start(), disk)
                for _ in range(2 * ROUNDS_A_HOUSEHOLD):
                    began = time.monotonic()
                    cuts.cut()
                    self.keep("cuts", subject, 1, time.monotonic() - began, starts=cuts.starts[-1:])
                    if self.is_done("cuts"):
                        break
            finally:
                subject.hearth.end()
                disk.unmount()
            shutil.rmtree(folder)

    def calls(self) -> None:
        if reason := calls.why_not():
            return print(f"calls: left out: {reason}")
        while not self.is_done("calls"):
            subject = self.household("calls")
            failing = Calls(subject.start())
            for _ in range(ROUNDS_A_HOUSEHOLD):
                before, began = failing.done, time.monotonic()
                failing.round()
                self.keep("calls", subject, failing.done - before, time.monotonic() - began)
                if self.is_done("calls"):
                    break
            self.leave(subject)

    def storm(self) -> None:
        """For so many reconnects and so long; never resumed in the middle, since the slopes are those of one process."""
        if self.is_done("storm"):
            return
        subject = self.household("storm")
        storm = Reconnects(subject).start()
        ends = time.monotonic() + self.options.storm_minutes * 60
        told = began = time.monotonic()
        while storm.reconnects < self.options.reconnects or time.monotonic() < ends:
            storm.gust()
            if time.monotonic() - told > 60:
                told = time.monotonic()
                print(f"storm: {storm.reconnects} of {self.options.reconnects} reconnects, {(ends - told) / 60:.0f} min left", flush=True)
        storm.settle()
        print(storm.table(), flush=True)
        self.state["storm"]["extra"]["table"] = storm.table()
        settled = time.monotonic()
        # Written down, and not yet done: what the check finds is part of it.
        self.keep("storm", subject, 0, settled - began)
        storm.prove_checked()
        self.keep("storm", subject, storm.reconnects, time.monotonic() - settled)
        self.leave(subject)

    def household(self, part: str) -> Subject:
        return new_subject(self.farm, Path(tempfile.mkdtemp(prefix=part + "-", dir=self.folder)), self.chance)

    def leave(self, subject: Subject) -> None:
        subject.hearth.end()
        shutil.rmtree(subject.hearth.data.parent, ignore_errors=True)

    # ------------------------------------------------------------ the end
    def report(self) -> bool:
        print(f"\n{date.today().isoformat()}, {os.cpu_count()} cores, Linux {platform.release()}\n")
        print("| part | done | minutes | seconds lost: median | worst | wrong |\n|---|---|---|---|---|---|")
        for part in self.options.parts.split(","):
            state = self.state[part]
            losses = [loss for camera in state["losses"].values() for loss in camera]
            numbers = f"{statistics.median(losses):.2f} | {max(losses):.2f}" if losses else "- | -"
            print(f"| {part} | {state['done']} | {state['seconds'] / 60:.0f} | {numbers} | {len(state['problems'])} |")
        for part, name, what in (("kills", "returns", "without pictures after a worker's death"),
                                 ("cuts", "starts", "from the start after a cut to all cameras recording")):
            if values := self.state[part]["extra"].get(name):
                print(f"\n{what}: median {statistics.median(values):.1f} s, worst {max(values):.1f} s")
        for part in ("kills", "cuts"):
            for camera, losses in sorted(self.state[part]["losses"].items()):
                print(f"{part}: {camera}: {len(losses)} losses, median {statistics.median(losses):.2f} s, worst {max(losses):.2f} s")
        if table := self.state["storm"]["extra"].get("table"):
            print(f"\n{table}")
        return not any(self.state[part]["problems"] for part in self.options.parts.split(","))

    def run(self) -> bool:
        print(f"endurance: seed {self.seed}; what is done stands in {self.path}", flush=True)
        try:
            for part in self.options.parts.split(","):
                deed: Callable[[], None] = getattr(self, part)
                deed()
        finally:
            for hearth in list(Hearth.all):
                hearth.end()
            self.farm.stop()
            shutil.rmtree(self.folder, ignore_errors=True)
        return self.report()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default=",".join(PARTS), help="which, in order (default all)")
    parser.add_argument("--kills", type=int, default=2000)
    parser.add_argument("--cuts", type=int, default=500)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--storm-minutes", type=float, default=60)
    parser.add_argument("--reconnects", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--state", default=str(ROOT / ".build/endurance/state.json"))
    parser.add_argument("--anew", action="store_true", help="forget what an earlier run has done")
    options = parser.parse_args()
    if unknown := set(options.parts.split(",")) - set(PARTS):
        parser.error(f"no part is called {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return options


if __name__ == "__main__":
    # Who ends a run this way leaves no household behind either.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    sys.exit(0 if Run(arguments()).run() else 1)
