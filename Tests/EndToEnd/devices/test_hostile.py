"""Cameras that are broken or hostile, all at once in one household beside three good ones: each is told of in plain words,
none costs a worker, memory without end, or a frame of the good ones."""
from __future__ import annotations

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterator

import pytest

from hearth_testing import hostile
from hearth_testing.farm import CAMERAS, Farm
from hearth_testing.hostile import HostileCamera, Session
from hearth_testing.household import OWNER, OWNER_PASSWORD, Hearth
from hearth_testing.marks import lost, within
from hearth_testing.paths import CACHE
from hearth_testing.waiting import until
from streams import Track

GOOD = [camera for camera in CAMERAS if not camera.password]
MOST_MEMORY = 256               # MiB that a worker may ever have used, whatever it was sent


@dataclass(frozen=True)
class Row:
    """A behaviour, and what is to be said of it: one of these states, with one of these words in its cause."""
    behave: Callable[[Session], None]
    state: str = "offline"
    cause: str = ""
    login: bool = False


ROWS = {
    "says nothing": Row(hostile.mute, cause="10 s"),
    "one byte a second": Row(hostile.drip, cause="10 s|does not speak RTSP"),
    "half open": Row(hostile.half_open, cause="10 s"),
    "redirects outside": Row(hostile.redirected(lambda _: hostile.OUTSIDE, "302 Found"), cause="elsewhere"),
    "redirects to itself": Row(hostile.redirected(lambda session: session.camera.url, "301 Moved Permanently"), cause="elsewhere"),
    "redirects to a file": Row(hostile.redirected(lambda _: "file:///etc/passwd", "302 Found"), cause="elsewhere"),
    "asks to go elsewhere": Row(hostile.redirect_request),
    "endless header": Row(hostile.endless_header, cause="does not speak RTSP|could not be read"),
    "endless headers": Row(hostile.endless_headers),
    "huge description": Row(hostile.huge_description, cause="could not be read"),
    "negative length": Row(hostile.of_length("-1"), cause="could not be read"),
    "length of 2^63": Row(hostile.of_length("9223372036854775808"), cause="could not be read"),
    "empty description": Row(hostile.empty_description),
    "many media": Row(hostile.many_media),
    "AV1": Row(hostile.codec("AV1/90000"), cause="AV1|av1"),
    "ASF": Row(hostile.codec("x-asf-pf/1000"), cause="not recorded|could not be read"),
    "picture of 16384 x 16384": Row(hostile.bomb, cause="larger than are recorded"),
    "no keyframe": Row(hostile.no_keyframe, cause="keyframe"),
    "timestamps jump": Row(hostile.jumps, "recording"),
    "loses packets": Row(hostile.lossy, "recording"),
    "10,000 frames a second": Row(hostile.flood, "recording"),
    "garbage between packets": Row(hostile.garbage),
    "broken packets": Row(hostile.broken_packets, "recording"),
    "pictures of 20 MB": Row(hostile.huge_picture, "recording"),
    "refuses every password": Row(hostile.refuses, "wrongPassword", cause="password", login=True),
    "realm of 64 kB": Row(hostile.long_realm, cause="does not speak RTSP|could not be read", login=True),
}


class House:
    def __init__(self, farm: Farm, folder: Path):
        self.farm, self.hearth = farm, Hearth(folder)
        track = Track(str(next(CACHE.glob("front-door.*.sub"))), "h264", hostile.SUB_RATE)
        self.hostile = {name: HostileCamera(name, row.behave, track) for name, row in ROWS.items()}
        hearth = self.hearth
        hearth.token = hearth.add_person(OWNER, OWNER_PASSWORD, "--owner")
        for camera in GOOD:
            hearth.add_camera(farm, camera, "--no-probe")
        hearth.start()
        until("the good cameras recording", 60, lambda: hearth.are_recording([camera.name for camera in GOOD]))
        until("both of their streams", 30, hearth.have_both_streams)
        time.sleep(2)
        self.began = time.time()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(self._add, ROWS))
        self.ids = {name: camera["id"] for name, camera in hearth.cameras().items()}
        self.pids = until("a worker for each of them", 60, self._all_pids)

    def _add(self, name: str) -> None:
        login = ["--user", "demo", "--password-stdin"] if ROWS[name].login else []
        self.hearth.do("camera", "add", name, self.hostile[name].url, "--no-probe", *login, text="secret\n" if login else None)

    def _all_pids(self) -> dict[str, int] | None:
        pids = {name: self.hearth.worker(camera) for name, camera in self.ids.items()}
        return pids if all(pids.values()) else None             # type: ignore[return-value]

    def states(self, name: str) -> list[tuple[str, str]]:
        """All that was ever said of this camera: states and their causes."""
        said = []
        for path in sorted(self.hearth.data.glob(f"cameras/{self.ids[name]}/journal/*.jsonl")):
            for line in path.read_text().splitlines():
                entry = json.loads(line)
                if entry["kind"] == "state":
                    said.append((entry["state"], entry.get("cause", "")))
        return said

    def is_told(self, name: str) -> bool:
        row = ROWS[name]
        return any(state == row.state and (row.state == "recording" or cause) and re.search(row.cause, cause)
                   for state, cause in self.states(name))

    def stop(self) -> int:
        for camera in self.hostile.values():
            camera.stop()
        return self.hearth.stop()


@pytest.fixture(scope="module")
def house(farm: Farm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(farm, tmp_path_factory.mktemp("hostile"))
    yield house
    house.stop()


def memory(pid: int) -> int:
    """MiB that a process had at most."""
    return int(re.search(r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M)[1]) >> 10     # type: ignore[index]


@pytest.mark.parametrize("name", ROWS)
def test_what_is_wrong_is_told(house: House, name: str) -> None:
    try:
        until(f"{name}: {ROWS[name].state}", 75, lambda: house.is_told(name))
    except AssertionError:
        raise AssertionError(f"{name}: wanted {ROWS[name].state} /{ROWS[name].cause}/, was told {house.states(name)}") from None


def test_every_worker_lives_on_and_stays_small(house: House) -> None:
    now = {name: house.hearth.worker(camera) for name, camera in house.ids.items()}
    assert now == house.pids
    used = {name: memory(pid) for name, pid in house.pids.items()}
    print("MiB at most:", dict(sorted(used.items(), key=lambda pair: -pair[1])))
    assert max(used.values()) < MOST_MEMORY, used


def test_nobody_goes_where_a_camera_sends_him(house: House) -> None:
    """Each try is one connection: had a redirect been followed, it would be many."""
    ways = [house.hostile[name].connections for name in ROWS if name.startswith("redirects")]
    tries = house.hostile["AV1"].connections
    assert max(ways) <= tries + 4, (ways, tries)


def test_a_password_that_is_refused_is_not_tried_again_and_again(house: House) -> None:
    assert house.hostile["refuses every password"].connections <= 3


def test_the_good_cameras_lose_nothing(house: House) -> None:
    time.sleep(3)
    ended = time.time() - 2
    for camera in GOOD:
        for stream in ("main", "sub"):
            found = within(house.hearth.marks(house.ids[camera.name], stream), house.began - 1, ended)
            itself = house.farm.left_out(camera.path, stream)
            holes = [hole for hole in lost(found) if not set(range(hole[0] + 1, hole[1])) <= itself]
            assert found and not holes, f"{camera.name} {stream}: {holes}"
            assert found[0][1] < house.began and ended - found[-1][1] < 1.5, f"{camera.name} {stream} ends early"


def test_it_ends_in_order(house: House) -> None:
    assert house.stop() == 0
    done = house.hearth.run("check", "--data", str(house.hearth.data))
    assert done.code == 0, done.out + done.err
