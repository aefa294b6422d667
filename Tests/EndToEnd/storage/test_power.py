"""Power cuts: the file system is shut down under a running Hearth, as if the plug were pulled, and everything starts anew.

HEARTH_POWER_CUTS says how many cuts there are (default 4).
"""
from __future__ import annotations

import os
import statistics
import subprocess
from pathlib import Path
from typing import Iterator

import pytest

from hearth_testing.disks import Disk, why_not
from hearth_testing.farm import LONG_LOOP, Farm
from hearth_testing.faults.cuts import Cuts
from hearth_testing.faults.subject import Subject, new_subject, seeded

CUTS = int(os.environ.get("HEARTH_POWER_CUTS", "4"))


@pytest.fixture()
def disk(tmp_path: Path) -> Iterator[Disk]:
    if reason := why_not():
        pytest.skip(reason)
    disk = Disk(tmp_path)
    yield disk
    disk.unmount()


@pytest.fixture()
def farm(tmp_path: Path) -> Iterator[Farm]:
    farm = Farm(tmp_path, program=LONG_LOOP)
    yield farm
    farm.stop()


@pytest.fixture()
def subject(disk: Disk, farm: Farm, tmp_path: Path) -> Iterator[Subject]:
    """A household with all its data on that disk, and its log elsewhere."""
    subject = new_subject(farm, disk.path, seeded(), log=tmp_path / "hearth.log")
    yield subject
    subject.hearth.end()


def test_a_power_cut_costs_two_seconds_at_most(subject: Subject, disk: Disk) -> None:
    cuts = Cuts(subject.start(), disk)
    while cuts.done < CUTS:
        cuts.cut(shortest=2.5, longest=6)
    subject.prove_exported()
    print(f"{cuts.done} power cuts\n{subject.record.table()}\nfrom the start to all cameras recording: median "
          f"{statistics.median(cuts.starts):.1f} s, worst {max(cuts.starts):.1f} s")
    assert cuts.done and not subject.record.verdict(), "\n".join(subject.record.verdict())
    assert subject.hearth.stop() == 0


def test_the_disk_comes_back_although_another_mount_namespace_holds_the_old_one(disk: Disk) -> None:
    """Any program of the machine may have made one meanwhile; a household on the disk then found nothing but EIO."""
    (disk.path / "kept").write_bytes(b"k")
    os.sync()
    holder = subprocess.Popen(["unshare", "--mount", "--propagation", "private", "sh", "-c", "echo ready; exec sleep infinity"],
                              stdout=subprocess.PIPE)
    try:
        assert holder.stdout and holder.stdout.readline() == b"ready\n"
        disk.cut()
        disk.restore()
        assert (disk.path / "kept").read_bytes() == b"k"
    finally:
        holder.kill()
        holder.communicate()


def test_what_left_no_trace_on_the_disk_is_missed(disk: Disk) -> None:
    """The cut is a cut: without it these tests would prove nothing."""
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
