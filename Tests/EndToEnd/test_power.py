"""Power cuts: the file system is shut down under a running Hearth, as if the plug were pulled, and everything starts anew.

`FS_IOC_SHUTDOWN` without flushing the log keeps exactly what was synced: the page cache is lost, as are renames and
lengths that no fsync covered. HEARTH_POWER_CUTS says how many cuts there are (default 3).
"""
from __future__ import annotations

import fcntl
import os
import random
import signal
import statistics
import struct
import subprocess
import time
from pathlib import Path
from typing import Iterator

import pytest

from conftest import OWNER, OWNER_PASSWORD
from household import CAMERAS, Farm, Hearth, lost, rfc3339, unix_time, until
from media import frames

NAMES = [camera.name for camera in CAMERAS]
CUTS = int(os.environ.get("HEARTH_POWER_CUTS", "3"))
LOSS, MEDIAN_LOSS = 2.0, 1.2        # seconds of footage that a cut may cost a camera
FS_IOC_SHUTDOWN = 0x8004587D        # _IOR('X', 125, __u32)
NO_LOG_FLUSH = 2


class Disk:
    """An ext4 file system of its own, in a file, that can lose its power."""

    def __init__(self, folder: Path, megabytes: int = 1024, *options: str, name: str = "disk"):
        self.image, self.path = folder / f"{name}.img", folder / name
        self.path.mkdir()
        with self.image.open("wb") as image:
            image.truncate(megabytes << 20)
        self._do("mkfs.ext4", "-q", "-F", *options, str(self.image))
        self.mount()

    @staticmethod
    def _do(*words: str) -> None:
        subprocess.run(words, check=True, capture_output=True)

    def mount(self) -> None:
        self._do("mount", "-o", "loop", str(self.image), str(self.path))

    def cut(self) -> float:
        """Nothing that isn't on the disk by now gets there. Returns the moment."""
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            at = time.time()
            fcntl.ioctl(folder, FS_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(folder)
        return at

    def restore(self) -> None:
        self.unmount()
        done = subprocess.run(["e2fsck", "-p", "-f", str(self.image)], capture_output=True, text=True)
        assert done.returncode in (0, 1), f"the file system is damaged: {done.stdout}"
        self.mount()

    def unmount(self) -> None:
        until("nothing in use on the disk", 10, lambda: subprocess.run(
            ["umount", str(self.path)], capture_output=True).returncode == 0)


def why_not() -> str:
    if os.geteuid() != 0:
        return "mounting a file system needs root"
    if not Path("/dev/loop-control").exists():
        return "there are no loop devices here"
    return ""


@pytest.fixture()
def disk(tmp_path: Path) -> Iterator[Disk]:
    if reason := why_not():
        pytest.skip(reason)
    disk = Disk(tmp_path)
    yield disk
    disk.unmount()


@pytest.fixture()
def hearth(disk: Disk) -> Iterator[Hearth]:
    """Hearth with all its data on that disk, and its log elsewhere."""
    hearth = Hearth(disk.path)
    hearth.log = disk.path.parent / "hearth.log"
    yield hearth
    if hearth.process and hearth.process.poll() is None:
        hearth.stop()


def kill_all(hearth: Hearth) -> None:
    """Nobody may say good-bye: the power is gone."""
    assert hearth.process
    for pid in [hearth.process.pid, *hearth.children()]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    hearth.process.wait(10)
    if hearth.process.stdout:
        hearth.process.stdout.close()


def listed(hearth: Hearth, ids: dict[str, str], since: float, to: float) -> dict[str, list[tuple[float, float]]]:
    """What the coverage ledger calls recorded, by camera."""
    found = {}
    for name, camera in ids.items():
        spans = hearth.get(f"/cameras/{camera}/coverage", **{"from": rfc3339(since), "to": rfc3339(to)})["spans"]
        found[name] = [(unix_time(span["from"]), unix_time(span["to"])) for span in spans if span["class"] == "recorded"]
    return found


def recorded(spans: list[tuple[float, float]], since: float, to: float) -> float:
    return sum(max(0, min(end, to) - max(start, since)) for start, end in spans)


def test_a_power_cut_costs_two_seconds_at_most(farm: Farm, disk: Disk, hearth: Hearth) -> None:
    hearth.add_person(OWNER, OWNER_PASSWORD, "--owner")
    hearth.start()
    hearth.token = hearth.do("token", "create", "--person", OWNER, "--label", "tests")
    hearth.add_cameras(farm, "--no-probe")
    seed = int(os.environ.get("HEARTH_SEED", "0")) or random.randrange(1 << 30)
    print(f"HEARTH_SEED={seed}")
    chance, losses = random.Random(seed), []
    for _ in range(CUTS):
        until("recording, both streams", 30, lambda: hearth.are_recording(NAMES) and hearth.have_both_streams())
        ids = {name: camera["id"] for name, camera in hearth.cameras().items()}
        began = time.time()
        time.sleep(chance.uniform(4, 12))
        asked = time.time()
        before = listed(hearth, ids, began, asked)
        events = {event["id"] for event in hearth.events()}
        cut = disk.cut()
        kill_all(hearth)
        disk.restore()
        hearth.start()
        until("recording again, leftovers closed", 30, lambda: hearth.are_recording(NAMES))
        assert hearth.run("check", "--data", str(hearth.data)).code == 0
        assert {event["id"] for event in hearth.events()} >= events, "an event that was listed is gone"
        for camera in CAMERAS:
            name, camera_id = camera.name, ids[camera.name]
            for stream, kind in (("main", "main"), ("detect", "sub")):
                kept = [mark for mark in hearth.marks(camera_id, kind) if began <= mark[1] <= cut]
                assert kept, f"{name} {stream}: nothing is left"
                holes = {number for first, last in lost(kept) for number in range(first + 1, last)}
                assert not holes - farm.left_out(camera.path, kind), f"{name} {stream}: a hole before the cut"
                losses.append(cut - kept[-1][1])
                assert losses[-1] <= LOSS, f"{name} {stream} lost {losses[-1]:.2f} s"
                answer = hearth.ask("GET", hearth.video_path(camera_id, began, cut, stream))
                assert answer.status == 200, f"{name} {stream}: {answer.status} {answer.body[:200]!r}"
                path = disk.path.parent / "played.mp4"
                path.write_bytes(answer.body)
                played = subprocess.run(["ffprobe", "-v", "error", "-count_frames", "-select_streams", "v", "-show_entries",
                                         "stream=nb_read_frames", "-of", "csv=p=0", str(path)], capture_output=True, text=True)
                assert not played.stderr and int(played.stdout.strip().strip(",")) == len(frames(path)), played.stderr[:300]
            # What was called recorded before the cut still is, up to the promise.
            promised = asked - LOSS
            known = recorded(before[name], began, promised) - 0.05
            until(f"{name}: {known:.1f} s of footage that were listed", 15, lambda: recorded(
                listed(hearth, {name: camera_id}, began, asked)[name], began, promised) >= known)
    print(f"lost after {CUTS} cuts: median {statistics.median(losses):.2f} s, worst {max(losses):.2f} s")
    assert statistics.median(losses) <= MEDIAN_LOSS
    assert hearth.stop() == 0


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
