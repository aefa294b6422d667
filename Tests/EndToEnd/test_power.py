"""Power cuts: the file system is shut down under a running Hearth, as if the plug were pulled, and everything starts anew.

HEARTH_POWER_CUTS says how many cuts there are (default 8).
"""
from __future__ import annotations

import os
import statistics
from pathlib import Path
from typing import Iterator

import pytest

from bench import Bench, new_bench, seeded
from cuts import Cuts
from disks import Disk, why_not
from household import Farm

CUTS = int(os.environ.get("HEARTH_POWER_CUTS", "8"))


@pytest.fixture()
def disk(tmp_path: Path) -> Iterator[Disk]:
    if reason := why_not():
        pytest.skip(reason)
    disk = Disk(tmp_path)
    yield disk
    disk.unmount()


@pytest.fixture()
def bench(disk: Disk, farm: Farm, tmp_path: Path) -> Iterator[Bench]:
    """A household with all its data on that disk, and its log elsewhere."""
    bench = new_bench(farm, disk.path, seeded(), log=tmp_path / "hearth.log")
    yield bench
    bench.hearth.end()


def test_a_power_cut_costs_two_seconds_at_most(bench: Bench, disk: Disk) -> None:
    cuts = Cuts(bench.start(), disk)
    while cuts.done < CUTS:
        cuts.cut(shortest=2.5, longest=6)
    bench.prove_exported()
    print(f"{cuts.done} power cuts\n{bench.record.table()}\nfrom the start to all cameras recording: median "
          f"{statistics.median(cuts.starts):.1f} s, worst {max(cuts.starts):.1f} s")
    assert cuts.done and not bench.record.verdict(), "\n".join(bench.record.verdict())
    assert bench.hearth.stop() == 0


def test_what_left_no_trace_on_the_disk_is_missed(disk: Disk) -> None:
    """The cut is a cut: without it this test bench would prove nothing."""
    kept, gone = disk.path / "kept", disk.path / "gone"
    with kept.open("wb") as file:
        file.write(b"k" * 100_000)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(disk.path, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
    gone.write_bytes(b"g" * 100_000)
    disk.cut()
    disk.restore()
    assert kept.read_bytes() == b"k" * 100_000
    assert not gone.exists() or gone.stat().st_size == 0
