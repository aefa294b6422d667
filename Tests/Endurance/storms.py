"""Reconnects without end: cameras drop and return, one and all, while memory, descriptors and gaps of every process are
watched."""
from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench import Bench
from household import command_line



@dataclass
class Storms:
    """Samples of each role: (hours since the start, resident MiB, descriptors), the role being the worker's camera."""
    bench: Bench
    began: float = field(default_factory=time.time)
    reconnects: int = 0
    samples: dict[str, list[tuple[float, float, int]]] = field(default_factory=dict)

    def gust(self) -> None:
        """Every session is closed, and is back after a moment."""
        bench = self.bench
        self.reconnects += bench.farm.fault("drop", camera="all")["closed"]
        time.sleep(bench.chance.uniform(2.5, 4))
        self.measure()

    def settle(self) -> None:
        self.bench.until_recording()
        self.bench.prove_checked()

    def measure(self) -> None:
        hearth = self.bench.hearth
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

    def table(self) -> str:
        lines = [f"  {'process':20}{'samples':>8}{'MiB':>8}{'MiB/h':>8}{'files':>7}{'files/h':>9}"]
        for name, samples in sorted(self.samples.items()):
            if len(samples) > 2:
                memory, files = slope([each[:2] for each in samples]), slope([(each[0], each[2]) for each in samples])
                lines.append(f"  {name:20}{len(samples):8}{samples[-1][1]:8.1f}{memory:8.2f}{samples[-1][2]:7}{files:9.2f}")
        return "\n".join(lines)


def slope(points: list[tuple[float, float]]) -> float:
    """Of the straight line that fits best, its first fifth left out: a process warms up."""
    points = points[len(points) // 5:]
    mean_x, mean_y = (sum(values) / len(points) for values in zip(*points))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0
