"""Settings that are changed while cameras record: what a running worker goes on with, and what needs a new one."""
from __future__ import annotations

import time
from typing import Callable, Iterator

import pytest

from hearth_testing.farm import CAMERAS, Farm
from hearth_testing.household import House, new_house
from hearth_testing.marks import lost, within
from hearth_testing.waiting import unix_time, until

PATHS = {camera.name: camera.path for camera in CAMERAS}
WHOLE = [{"x": 0, "y": 0}, {"x": 1, "y": 0}, {"x": 1, "y": 1}, {"x": 0, "y": 1}]
MASK = {"zones": [{"name": "everything", "kind": "mask", "polygon": WHOLE}]}
SENT = "goes on with new settings"


@pytest.fixture(scope="module")
def changed(farm: Farm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A household of its own, since its settings change."""
    house = new_house(farm, tmp_path_factory.mktemp("changed"), "--no-probe")
    time.sleep(6)           # the detectors learn what the pictures look like at rest
    yield house
    house.hearth.stop()


def change(house: House, name: str, patch: dict) -> dict:
    answer = house.hearth.ask("PATCH", f"/cameras/{house.ids[name]}", body=patch,
                              headers={"Content-Type": "application/merge-patch+json"})
    assert answer.status == 200, answer.body
    return answer.json["settings"]


def workers(house: House) -> dict[str, int | None]:
    return {name: house.hearth.worker(camera) for name, camera in house.ids.items()}


def sent(house: House, name: str) -> int:
    """How often this camera's worker said that it goes on with new settings."""
    return len([line for line in house.hearth.log.read_text().splitlines() if SENT in line and f'camera="{name}"' in line])


def reaches(house: House, name: str, patch: dict) -> None:
    """Makes a change that the running worker is sent."""
    new = patch.get("name", name)
    before = sent(house, new)
    change(house, name, patch)
    until(f"word of {name}'s worker of {list(patch)}", 10, lambda: sent(house, new) > before)


def file_of(house: House, name: str) -> tuple[int, int]:
    status = (house.hearth.data / "cameras" / house.ids[name] / "settings" / "camera.json").stat()
    return status.st_ino, status.st_mtime_ns


def starts(house: House, name: str, since: float, to: float) -> list[float]:
    """When the camera's events in the span began."""
    began = [unix_time(event["start"]) for event in house.hearth.events() if event["camera"] == house.ids[name]]
    return [at for at in began if since <= at < to]


def test_no_frame_is_lost_by_a_change_that_a_running_worker_can_follow(changed: House) -> None:
    hearth = changed.hearth
    before, began = workers(changed), time.time()
    assert None not in before.values()

    reaches(changed, "Garden", {"motion": MASK})
    reaches(changed, "Living room", {"motion": {"enabled": False}})
    reaches(changed, "Front door", {"motion": {"sensitivity": 60}})
    reaches(changed, "Front door", {"preRollSeconds": 8, "postRollSeconds": 4})
    reaches(changed, "Garage", {"name": "Workshop"})
    count = sent(changed, "Workshop")
    change(changed, "Garage", {"retention": {"continuousSeconds": 86_400}})
    for body in ({}, {"name": "Workshop"}, {"motion": {"enabled": True}}):
        file = file_of(changed, "Garage")
        change(changed, "Garage", body)
        assert file_of(changed, "Garage") == file, f"{body} changes nothing, and the file was written"
    hearth.add_person("Kim", "another horse battery")
    hearth.do("person", "grant", "Kim", "Workshop", "live")

    # Each camera's scene moves within the minute: one is masked, one doesn't look for motion, one goes on.
    since = time.time() + 2
    moves = {name: [motion["start"] for motion in changed.farm.motions(PATHS[name], since, since + 60)]
             for name in ("Garden", "Living room", "Front door")}
    assert all(moves.values()), moves
    first = min(moves["Front door"])
    until("an event of the camera that still looks for motion", first + 20 - time.time() + 5,
          lambda: starts(changed, "Front door", first - 2, first + 10))
    quiet = max(min(moves["Garden"]), min(moves["Living room"]))
    time.sleep(max(0, quiet + 8 - time.time()))
    for name in ("Garden", "Living room"):
        assert not starts(changed, name, since, time.time()), f"{name}: moved at {moves[name]}, and was not to be reported"

    ended = time.time()
    assert workers(changed) == before
    assert sent(changed, "Workshop") == count, "the worker has no use for retention, grants and what is the same"
    time.sleep(4)           # until all of it is on the disk
    for name, camera in changed.ids.items():
        for stream in ("main", "sub"):
            found, itself = within(hearth.marks(camera, stream), began, ended), changed.farm.left_out(PATHS[name], stream)
            holes = [hole for hole in lost(found) if not set(range(hole[0] + 1, hole[1])) <= itself]
            assert found and not holes, f"{name} {stream}: {holes}"
            assert found[0][1] - began < 0.2 and ended - found[-1][1] < 0.2, f"{name} {stream} ends early"


def test_motion_that_is_looked_for_again_is_reported_again(changed: House) -> None:
    before = workers(changed)
    reaches(changed, "Living room", {"motion": None})
    reaches(changed, "Garden", {"motion": {"zones": []}})
    since = time.time() + 6
    for name in ("Garden", "Living room"):
        at = min(motion["start"] for motion in changed.farm.motions(PATHS[name], since, since + 60))
        until(f"an event of {name}", at + 20 - time.time() + 5, lambda: starts(changed, name, at - 2, at + 10))
    assert workers(changed) == before


@pytest.mark.parametrize("change_it", [
    pytest.param(lambda house: change(house, "Living room", {"audio": False}), id="audio"),
    pytest.param(lambda house: house.hearth.do("camera", "trust", "Living room"), id="trust"),
    pytest.param(lambda house: change(house, "Living room", {"password": "another"}), id="password"),
])
def test_a_change_that_needs_it_starts_the_worker_anew(changed: House, change_it: Callable[[House], object]) -> None:
    before = workers(changed)
    change_it(changed)
    until("another worker", 10, lambda: changed.hearth.worker(changed.ids["Living room"]) not in (None, before["Living room"]))
    after = workers(changed)
    assert {name: pid for name, pid in after.items() if name != "Living room"} \
        == {name: pid for name, pid in before.items() if name != "Living room"}
    until("recording again", 20, lambda: changed.hearth.are_recording(["Living room"]))
