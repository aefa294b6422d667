"""Reconnects without end: many cameras drop and return, one and all, while memory, descriptors and gaps are watched."""
from __future__ import annotations

import os
import statistics
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from hearth_testing.farm import CAMERAS
from hearth_testing.faults.subject import PATIENCE, Subject
from hearth_testing.processes import command_line
from hearth_testing.waiting import rfc3339, unix_time, until

COPIES = 6                  # how often each of the pretended cameras is in the household
# Seconds between two gusts: a camera that was dropped sooner waits longer, for it has not proved itself.
SHORTEST, LONGEST = 11.0, 13.0
GAP = 2.0                   # seconds without footage that nobody but the farm may cause
NEAR = 2.0                  # seconds between a drop and the gap that it causes
# What a process may grow by in an hour, once it is warm (the first fifth is left out): less than a gust leaves by chance.
MEMORY_SLOPE, FILE_SLOPE = 6.0, 2.0
CHECK_PATIENCE = 1200       # seconds
JUDGED_FROM = 0.5           # hours: a shorter run has no slope to speak of


@dataclass
class Reconnects:
    """Samples of each process: (hours since the start, resident MiB, descriptors)."""
    subject: Subject
    began: float = field(default_factory=time.time)
    reconnects: int = 0
    drops: list[tuple[float, float]] = field(default_factory=list)      # asked for, and done: a busy farm takes its time
    gaps: list[float] = field(default_factory=list)
    samples: dict[str, list[tuple[float, float, int]]] = field(default_factory=dict)

    def start(self) -> "Reconnects":
        subject = self.subject.start()
        for number in range(2, COPIES + 1):
            for camera in CAMERAS:
                subject.hearth.add_camera(subject.farm, replace(camera, name=f"{camera.name} {number}"), "--no-probe")
        self._until_recording()
        self.began = time.time()
        return self

    def _until_recording(self) -> None:
        hearth = self.subject.hearth
        until("all cameras recording, both streams", PATIENCE,
              lambda: hearth.are_recording(list(hearth.cameras())) and hearth.have_both_streams())

    def gust(self) -> None:
        """Every session is closed, and is back after a moment."""
        asked = time.time()
        self.reconnects += self.subject.farm.fault("drop", camera="all")["closed"]
        self.drops.append((asked, time.time()))
        time.sleep(self.subject.chance.uniform(SHORTEST, LONGEST))
        self.measure()

    def settle(self) -> None:
        """All record again, and what was recorded has no gap but those of the drops."""
        self._until_recording()
        time.sleep(3)
        hearth, ends = self.subject.hearth, time.time() - 3
        for name, camera in hearth.cameras().items():
            ledger = hearth.get(f"/cameras/{camera['id']}/coverage", **{"from": rfc3339(self.began), "to": rfc3339(ends)})["spans"]
            recorded = sorted((unix_time(span["from"]), unix_time(span["to"])) for span in ledger if span["class"] == "recorded")
            known = self.began
            for begin, end in [*recorded, (ends, ends)]:
                if begin - known > GAP and not self._dropped(known):
                    self.subject.record.problems.append(f"{name}: {begin - known:.1f} s without footage from {rfc3339(known)} on, and no drop")
                elif begin > known:
                    self.gaps.append(begin - known)
                known = max(known, end)
        self.subject.record.problems += self.steep()

    def prove_checked(self) -> None:
        """Apart from `settle`, after which all else is known: a storm leaves many gigabytes to be looked at."""
        self.subject.prove_checked(CHECK_PATIENCE)

    def _dropped(self, at: float) -> bool:
        return any(asked - NEAR < at < done + NEAR for asked, done in self.drops)

    def measure(self) -> None:
        hearth = self.subject.hearth
        assert hearth.process
        for pid in [hearth.process.pid, *hearth.children()]:
            words = command_line(pid)
            role = "worker" if "worker" in words[1:] else "server" if "server" in words[1:] else "supervisor"
            try:
                pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
                descriptors = len(os.listdir(f"/proc/{pid}/fd"))
            except OSError:
                continue
            sample = ((time.time() - self.began) / 3600, pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20), descriptors)
            self.samples.setdefault(f"{role} {pid}", []).append(sample)

    def steep(self) -> list[str]:
        """Whose memory or descriptors grew."""
        found = []
        for name, samples in sorted(self.samples.items()):
            if samples[-1][0] - samples[0][0] < JUDGED_FROM:
                continue
            memory, files = slopes(samples)
            if memory > MEMORY_SLOPE or files > FILE_SLOPE:
                found.append(f"{name} grew by {memory:.1f} MiB and {files:.1f} descriptors an hour")
        return found

    def table(self) -> str:
        lines = [f"  {'process':20}{'samples':>8}{'MiB':>8}{'MiB/h':>8}{'files':>7}{'files/h':>9}"]
        for name, samples in sorted(self.samples.items()):
            if len(samples) > 2:
                memory, files = slopes(samples)
                lines.append(f"  {name:20}{len(samples):8}{samples[-1][1]:8.1f}{memory:8.2f}{samples[-1][2]:7}{files:9.2f}")
        if self.gaps:
            lines.append(f"  {len(self.gaps)} gaps, each at a drop: median {statistics.median(self.gaps):.1f} s, worst {max(self.gaps):.1f} s")
        return "\n".join(lines)


def slopes(samples: list[tuple[float, float, int]]) -> tuple[float, float]:
    """MiB and descriptors an hour."""
    return slope([each[:2] for each in samples]), slope([(each[0], each[2]) for each in samples])


def slope(points: list[tuple[float, float]]) -> float:
    """Of the straight line that fits best, its first fifth left out: a process warms up."""
    points = points[len(points) // 5:]
    mean_x, mean_y = (sum(values) / len(points) for values in zip(*points))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0
