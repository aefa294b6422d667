"""Footage on volumes of its own: they go, come, are others or stand still, under a Hearth that runs.

Each is a real ext4 file system on a loop device, or a pretended network drive (nas.py). What must hold every time: live pictures go on, nothing is written where
the volume was mounted, no row goes, the state and an alarm say what is wrong, and recording is back when the volume is.
"""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Iterator

import pytest

from hearth_testing import nas
from hearth_testing.disks import Disk, why_not
from hearth_testing.farm import CAMERAS, Farm
from hearth_testing.household import Hearth, listed
from hearth_testing.marks import lost, marks
from hearth_testing.waiting import rfc3339, until

FIRST, SECOND = CAMERAS[:2]
NAMES = [FIRST.name, SECOND.name]
BACK_SECONDS = 20       # in which recording must go on after a volume is back


class Volume(Disk):
    """A disk that can be pulled out."""

    def pull(self) -> None:
        """Whoever works on it keeps what is open; the path is empty from here on."""
        self._do("umount", "-l", str(self.path))

    def is_used(self) -> bool:
        """Whether somebody still works on it although it isn't mounted."""
        return str(self.image) in subprocess.run(["losetup", "-l", "-n", "-O", "BACK-FILE"], capture_output=True, text=True).stdout

    def mount_read_only(self) -> None:
        """Of a device that can be written on, so that the volume can become so, too."""
        self.mount_on_new_device("-o", "ro")

    def freeze(self) -> None:
        self._do("fsfreeze", "-f", str(self.path))

    def thaw(self) -> None:
        self._do("fsfreeze", "-u", str(self.path))


class Drive:
    """A network drive that can be switched off and on."""

    def __init__(self, folder: Path):
        self.path, content = folder / "nas", folder / "nas-content"
        self.path.mkdir()
        content.mkdir()
        self.process = subprocess.Popen([sys.executable, nas.__file__, str(content), str(self.path)])
        until("the network drive", 20, self.path.is_mount)

    def switch_off(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def switch_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        self.switch_on()
        subprocess.run(["umount", "-l", str(self.path)], capture_output=True)
        self.process.kill()
        self.process.wait(10)


class House:
    def __init__(self, folder: Path, farm: Farm):
        self.farm, self.folder = farm, folder
        self.volumes: list[Volume] = []
        for name in ("first", "second", "third"):
            self.volumes.append(Volume(folder, 320, "-m", "0", name=name))
        self.other = self.volumes[2]
        self.hearth = Hearth(folder)
        self.ids: dict[str, str] = {}
        self.rows: set[str] = set()

    # -- asking
    def camera(self, name: str) -> dict:
        return self.hearth.cameras()[name]

    def says(self, name: str, words: str) -> bool:
        camera = self.camera(name)
        return camera["state"] != "recording" and words in (camera["cause"] or "")

    def records(self, name: str) -> bool:
        return self.camera(name)["state"] == "recording"

    def is_live(self, name: str) -> bool:
        return self.hearth.ask("GET", f"/cameras/{self.ids[name]}/snapshot.jpg").status == 200

    def files(self, volume: Volume | Drive, name: str) -> list[Path]:
        return sorted((volume.path / "cameras" / self.ids[name] / "media").glob("*/*.mp4*"))

    def played(self, name: str, at: float) -> int:
        return self.hearth.ask("GET", self.hearth.video_path(self.ids[name], at - 1, at + 1)).status

    def volume(self, volume: Volume | Drive) -> dict:
        return next(each for each in self.hearth.get("/storage")["volumes"] if each["path"] == str(volume.path))

    # -- what must always hold
    def no_row_is_gone(self) -> None:
        now = set(listed(self.hearth))
        assert self.rows <= now, f"rows are gone: {sorted(self.rows - now)[:3]}"
        self.rows = now

    def alarms(self, name: str) -> list[str]:
        return [alarm["what"] for alarm in self.hearth.get("/alarms")["alarms"]
                if alarm["camera"] == self.ids[name] and "records nothing" in alarm["what"]]

    def is_away(self, name: str, volume: Volume, words: str, seconds: float = 15) -> None:
        """The volume of a camera is away and everything about it is as it must be."""
        until(f"{name} says that {words}", seconds, lambda: self.says(name, words))
        until("live pictures go on", 10, lambda: self.is_live(name))
        self.no_row_is_gone()
        found = until("the storage says so", 5, lambda: words in (self.volume(volume)["cause"] or "") and self.volume(volume))
        assert self.ids[name] in found["cameras"]

    def is_back(self, name: str, volume: Volume | Drive) -> None:
        began = time.monotonic()
        until(f"{name} records again", BACK_SECONDS, lambda: self.records(name), every=0.1)
        print(f"{name} recorded again {time.monotonic() - began:.1f} s after its volume was back")
        assert any(path.name.endswith(".partial") for path in self.files(volume, name)), "not on its volume"
        until("the storage says so", 5, lambda: self.volume(volume)["state"] == "ready")
        self.no_row_is_gone()

    def point_is_empty(self, volume: Volume) -> None:
        assert not volume.path.is_mount() and list(volume.path.iterdir()) == [], "written below the mount point"


@pytest.fixture()
def house(tmp_path: Path, farm: Farm) -> Iterator[House]:
    if reason := why_not():
        pytest.skip(reason)
    house = House(tmp_path, farm)
    hearth = house.hearth
    try:
        hearth.move_in(farm, (FIRST, SECOND))
        house.ids = {name: camera["id"] for name, camera in hearth.cameras().items()}
        yield house
    finally:
        hearth.end()
        for volume in house.volumes:
            subprocess.run(["fsfreeze", "-u", str(volume.path)], capture_output=True)
            while subprocess.run(["umount", "-l", str(volume.path)], capture_output=True).returncode == 0:
                pass


@pytest.fixture()
def drive(house: House, tmp_path: Path) -> Iterator[Drive]:
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        pytest.skip("there is no /dev/fuse here")
    drive = Drive(tmp_path)
    try:
        yield drive
    finally:
        drive.end()


def refusals(house: House) -> None:
    """What can be no place for footage, and why."""
    (house.folder / "a file").write_text("")
    for path, words in (("not/absolute", "is not an absolute path"), (str(house.folder / "nowhere"), "No such file"),
                        (str(house.folder / "a file"), "Not a directory"), (str(house.folder), "is no volume of its own"),
                        (str(house.hearth.data), "is no volume of its own")):
        answer = house.hearth.ask("PUT", "/media", body={"path": path})
        assert answer.status == 422 and words in answer.json["title"], f"{path}: {answer.status} {answer.body!r}"
    stranger = Hearth(house.folder / "stranger")
    stranger.data.parent.mkdir()
    stranger.do("house", "set", "--media", str(house.other.path))
    answer = house.hearth.ask("PUT", "/media", body={"path": str(house.other.path)})
    assert answer.status == 422 and "belongs to another Hearth" in answer.json["title"], answer.body


def test_volumes_that_go_and_come(house: House) -> None:
    hearth, (first, second, _) = house.hearth, house.volumes
    refusals(house)

    # A volume for one camera, another for the rest of the house. What was recorded before stays, and stays to be watched.
    at_home = time.time() - 0.5
    hearth.do("camera", "set", SECOND.name, "--media", str(second.path))
    hearth.do("house", "set", "--media", str(first.path))
    assert f"footage: {first.path}" in hearth.do("house", "set")
    until("both on their volumes", BACK_SECONDS, lambda: all(
        house.records(name) and house.files(volume, name) for name, volume in zip(NAMES, (first, second))))
    until("footage of before", 15, lambda: all(house.played(name, at_home) == 200 for name in NAMES))
    until("rows of before", 10, lambda: len(listed(hearth)) >= 4)
    numbers = sorted(int(path.name.split("-")[0]) for path in house.files(first, FIRST.name))
    before = sorted(int(path.name.split("-")[0]) for path in hearth.media(house.ids[FIRST.name]))
    assert numbers[0] > before[-1], "the new volume's footage would pass for older"
    house.no_row_is_gone()
    time.sleep(3)
    on_volume = time.time() - 1

    # Pulled out under the recorder. The other camera, whose volume stands still meanwhile, loses nothing.
    first.pull()
    second.freeze()
    frozen = time.time()
    house.is_away(FIRST.name, first, f"the volume at {first.path} is not mounted")
    until("an alarm", 5, lambda: any("is not mounted" in alarm for alarm in house.alarms(FIRST.name)))
    until("nobody works on what was pulled out", 45, lambda: not first.is_used())
    answer = hearth.ask("GET", hearth.video_path(house.ids[FIRST.name], on_volume - 1, on_volume + 1))
    assert answer.status == 503 and "is not mounted" in answer.json["title"], f"{answer.status} {answer.body!r}"
    assert house.played(FIRST.name, at_home) == 200, "what lies in the data directory is there"
    held = hearth.get("/retention/plan")["held"]
    assert any(FIRST.name in reason and "is not mounted" in reason for reason in held), held
    assert not any(SECOND.name in reason for reason in held), held
    until("the second says that its volume does not answer", 15, lambda: house.says(SECOND.name, "does not answer"))
    assert house.is_live(SECOND.name)
    second.thaw()
    thawed = time.time()
    until("the second goes on", 10, lambda: house.records(SECOND.name))
    ended = hearth.run("check", "--data", str(hearth.data))
    assert ended.code == 65 and f"{FIRST.name}: the volume at {first.path} is not mounted" in ended.out, ended.out
    house.point_is_empty(first)

    # Another volume in its place is left alone.
    house.other._do("mount", "-o", "loop", str(first.image.with_name("third.img")), str(first.path))
    marker = (first.path / "hearth-volume.json").read_bytes()
    house.is_away(FIRST.name, first, f"the volume at {first.path} belongs to another Hearth")
    assert sorted(path.name for path in first.path.iterdir()) == ["hearth-volume.json", "lost+found"]
    assert (first.path / "hearth-volume.json").read_bytes() == marker
    first._do("umount", str(first.path))
    house.point_is_empty(first)

    assert len(house.alarms(FIRST.name)) == 1, "told again and again"

    # Back.
    first.mount()
    house.is_back(FIRST.name, first)
    until("its footage", 10, lambda: house.played(FIRST.name, on_volume) == 200)

    # Read-only: what is there can be watched.
    second.pull()
    house.is_away(SECOND.name, second, "is not mounted")
    until("nobody works on it", 45, lambda: not second.is_used())
    second.mount_read_only()
    house.is_away(SECOND.name, second, f"the volume at {second.path} is read-only")
    until("its footage", 10, lambda: house.played(SECOND.name, thawed - 2) == 200)
    frames = [(frame, at) for _, kind, frame, at in marks([str(path) for path in house.files(second, SECOND.name)])
              if kind == "main" and frozen - 2 <= at <= thawed + 1]
    holes = {number for one, two in lost(frames) for number in range(one + 1, two)}
    assert not holes - house.farm.left_out(SECOND.path, "main"), "what came while the volume stood still is not all there"
    second._do("mount", "-o", "remount,rw", str(second.path))
    house.is_back(SECOND.name, second)

    # Missing at the start, mounted late.
    assert hearth.stop() == 0
    first._do("umount", str(first.path))
    hearth.start()
    house.is_away(FIRST.name, first, f"the volume at {first.path} is not mounted", 30)
    until("the other records", 20, lambda: house.records(SECOND.name))
    house.point_is_empty(first)
    away = time.time()
    time.sleep(1)
    first.mount()
    house.is_back(FIRST.name, first)
    until("its footage", 10, lambda: house.played(FIRST.name, on_volume) == 200)

    # The ledger says why there is nothing.
    spans = hearth.get(f"/cameras/{house.ids[FIRST.name]}/coverage", **{"from": rfc3339(away), "to": rfc3339(away + 1)})["spans"]
    assert [span["class"] for span in spans] == ["disk"] and "is not mounted" in spans[0]["cause"], spans
    assert hearth.stop() == 0
    ended = hearth.run("check", "--data", str(hearth.data))
    assert ended.code == 0, ended.out
    house.no_row_is_gone()


def test_a_network_drive_that_does_not_answer_holds_up_nobody(house: House, drive: Drive) -> None:
    hearth = house.hearth
    hearth.do("camera", "set", FIRST.name, "--media", str(drive.path))
    until("recording on it", BACK_SECONDS, lambda: house.records(FIRST.name) and house.files(drive, FIRST.name))
    hearth.restart_worker(house.ids[FIRST.name])        # ends the segment
    until("a finished segment", 20, lambda: any(path.suffix == ".mp4" for path in house.files(drive, FIRST.name)))
    # What the camera says of itself is from before its new start until then.
    until("the next segment", 20, lambda: any(path.name.endswith(".partial") for path in house.files(drive, FIRST.name)))
    house.is_back(FIRST.name, drive)
    time.sleep(2)
    before = time.time() - 1
    assert house.played(FIRST.name, before) == 200

    drive.switch_off()
    off = time.time()
    with ThreadPoolExecutor(8) as pool:
        # Viewers who wait for it, more than the machine has processors.
        waiting = [pool.submit(house.played, FIRST.name, before) for _ in range(8)]
        time.sleep(1)
        assert all(house.is_live(name) for name in NAMES), "live pictures stopped"
        assert hearth.ask("PUT", "/retention", body={}).status == 200, "settings can't be changed"
        until("it is said", 20, lambda: house.says(FIRST.name, f"the volume at {drive.path} does not answer"))
        until("the storage says so", 10, lambda: "does not answer" in (house.volume(drive)["cause"] or ""))
        assert house.played(FIRST.name, before) == 503, "one more waits for it"
        assert house.records(SECOND.name) and all(house.is_live(name) for name in NAMES)
        house.no_row_is_gone()
        drive.switch_on()
        on = time.time()
        assert {each.result() for each in waiting} <= {200, 503}
    house.is_back(FIRST.name, drive)
    until("footage of before", 10, lambda: house.played(FIRST.name, before) == 200)
    house.no_row_is_gone()
    assert hearth.stop() == 0
    for name, files in ((FIRST.name, house.files(drive, FIRST.name)), (SECOND.name, hearth.media(house.ids[SECOND.name]))):
        frames = [(frame, at) for _, kind, frame, at in marks([str(path) for path in files])
                  if kind == "main" and off - 2 <= at <= on + 1]
        holes = {number for one, two in lost(frames) for number in range(one + 1, two)}
        path = next(camera.path for camera in CAMERAS if camera.name == name)
        assert frames and not holes - house.farm.left_out(path, "main"), f"{name}: a hole of {len(holes)} frames"
    ended = hearth.run("check", "--data", str(hearth.data))
    assert ended.code == 0, ended.out
