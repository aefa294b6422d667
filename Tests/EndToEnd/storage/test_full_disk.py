"""A full disk, for real: Hearth on a small ext4 file system of its own that another program fills up."""
from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Iterator

import pytest

from hearth_testing.disks import Disk, Filler, why_not
from hearth_testing.farm import CAMERAS, Farm
from hearth_testing.household import OWNER, Hearth, lateness, listed
from hearth_testing.waiting import rfc3339, until

MEGABYTES = 160
USED = CAMERAS[:2]
NAMES = [camera.name for camera in USED]


@pytest.fixture()
def disk(tmp_path: Path) -> Iterator[Disk]:
    if reason := why_not():
        pytest.skip(reason)
    # Without room for root alone: as root these tests would write on where others can't.
    disk = Disk(tmp_path, MEGABYTES, "-m", "0")
    yield disk
    disk.unmount()


@pytest.fixture()
def hearth(disk: Disk, farm: Farm) -> Iterator[Hearth]:
    hearth = Hearth(disk.path)
    hearth.log = disk.path.parent / "hearth.log"
    hearth.move_in(farm, USED)
    yield hearth
    hearth.end()


def close_segments(hearth: Hearth, ids: list[str]) -> None:
    """New starts of the workers end what is being written."""
    before = len(listed(hearth))
    for camera in ids:
        hearth.restart_worker(camera)
    until("both streams of both listed", 20, lambda: len(listed(hearth)) >= before + 4)
    until("recording again", 20, lambda: hearth.are_recording(NAMES))


def deletions(hearth: Hearth) -> list[tuple[str, str, str]]:
    """File, rule and reason of each deletion, in their order."""
    with closing(sqlite3.connect(f"file:{hearth.data}/household.sqlite?mode=ro", uri=True)) as household:
        return household.execute("SELECT file, rule, why FROM deletion_log ORDER BY row").fetchall()


def test_a_full_disk_costs_the_oldest_first_and_nothing_protected(disk: Disk, hearth: Hearth) -> None:
    ids = [hearth.cameras()[name]["id"] for name in NAMES]
    filler, ballast = Filler(disk), hearth.data / "ballast"
    until("the ballast", 10, ballast.exists)
    assert ballast.stat().st_blocks * 512 >= filler.total * (1 << 15), "the ballast holds no room"

    # A first round of footage that is protected, and two that are not.
    began = time.time()
    protected: set[str] = set()
    for round_ in range(3):
        time.sleep(5)
        close_segments(hearth, ids)
        if round_ == 0:
            protected = set(listed(hearth))
            for camera in ids:
                marks = hearth.data / "cameras" / camera / "marks"
                marks.mkdir(exist_ok=True)
                (marks / "protected.json").write_text(json.dumps([{"from": rfc3339(began - 60), "to": rfc3339(time.time())}]))
    hearth_files = listed(hearth)
    before = set(hearth_files)

    # Retention makes room before the disk is full: the oldest unprotected first, while everything goes on recording.
    filler.leave(filler.begins - 0.4)
    until("room made", 10, lambda: deletions(hearth))
    time.sleep(0.5)
    gone = deletions(hearth)
    assert {rule for _, rule, _ in gone} == {"reserve"}
    assert all("MB free, less than its reserve of" in why for _, _, why in gone), gone
    kinds = ["oldest motion first" in why for _, _, why in gone]
    assert kinds == sorted(kinds), "motion went before continuous footage"
    cameras = dict(hearth_files)
    for camera in ids:
        for motion in (False, True):
            order = [int(file.split("/")[1].split("-")[0]) for (file, _, why), kind in zip(gone, kinds)
                     if kind is motion and cameras[file] == camera]
            assert order == sorted(order), "not the oldest went first"
    unprotected = before - protected
    assert {file for file, _, _ in gone} <= unprotected
    assert len(gone) < len(unprotected), "more went than was needed"
    assert hearth.are_recording(NAMES)

    # Another program takes nearly all: everything unprotected goes, then recording stops, and says so.
    filler.leave(filler.stops - 1)
    stopped = time.monotonic()
    with lateness(hearth) as late:
        def says_so() -> bool:
            return all(camera["state"] == "watching" and "the disk is full" in (camera["cause"] or "")
                       for camera in hearth.cameras().values())
        until("recording stopped and said so", 10 + late(), says_so)
        until("an alarm for each camera", 10 + late(), lambda: {alarm["camera"] for alarm in hearth.get("/alarms")["alarms"]
                                                                if "records nothing" in alarm["what"]} == set(ids))
    print(f"recording stopped and said so after {time.monotonic() - stopped:.1f} s")

    # To the last byte: the ballast is let go, so that the databases can be written; what is protected stays, and the
    # cameras are still watched.
    assert ballast.exists()
    filler.take_the_rest()
    until("the ballast let go", 10, lambda: not ballast.exists())
    # With the ballast's room, and none of it for footage.
    assert filler.free() < filler.resumes, "the volume is not full"
    full = time.time()
    time.sleep(5)
    kept = set(listed(hearth))
    assert protected <= kept, "protected footage is gone"
    for file, camera in listed(hearth).items():
        assert (hearth.data / "cameras" / camera / "media" / file).exists()
    for camera in ids:
        assert hearth.ask("GET", f"/cameras/{camera}/snapshot.jpg").status == 200, "live pictures stopped"
    plan = hearth.get("/retention/plan")
    assert any("nothing more may go" in reason and "protected" in reason for reason in plan["held"]), plan["held"]

    views = len(hearth.get("/views")["views"])
    assert hearth.ask("GET", hearth.video_path(ids[0], began, began + 4)).status == 200, "nothing can be watched"
    assert len(hearth.get("/views")["views"]) > views, "the view log was not written"
    assert hearth.do("token", "create", "--person", OWNER, "--label", "on a full disk")

    # Room again: recording goes on within ten seconds.
    freed = filler.give_back()
    with lateness(hearth) as late:
        until("recording again", 10 + late(), lambda: hearth.are_recording(NAMES), every=0.1)
    print(f"recording went on {time.monotonic() - freed:.1f} s after there was room")
    until("the ballast made again", 10, ballast.exists)
    resumed = time.time()
    for camera in ids:
        # The first file of afterwards begins at the keyframe before there was room.
        spans = hearth.get(f"/cameras/{camera}/coverage", **{"from": rfc3339(full), "to": rfc3339(full + 2)})["spans"]
        classes = {span["class"] for span in spans}
        assert "disk" in classes and classes <= {"disk", "dropped"}, spans
    assert protected <= set(listed(hearth))
    until("footage of afterwards", 15, lambda: all(
        hearth.ask("GET", hearth.video_path(camera, resumed - 1, resumed + 1)).status == 200 for camera in ids))
    assert hearth.stop() == 0
    assert hearth.run("check", "--data", str(hearth.data)).code == 0
