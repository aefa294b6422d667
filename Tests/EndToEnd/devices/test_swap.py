"""Cameras that are not where they were: exchanged, replaced, moved, updated. Whatever happens, no picture is filed under
another camera's name."""
from __future__ import annotations

import time
from pathlib import Path
from typing import Iterator
from urllib.parse import urlencode

import pytest

from hearth_testing.lan import NETWORK, Lan, LanHearth, why_not
from hearth_testing.waiting import rfc3339, unix_time, until

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())
ALARM_SECONDS = 5


@pytest.fixture
def lan(tmp_path: Path) -> Iterator[Lan]:
    lan = Lan(tmp_path)
    yield lan
    lan.end()


@pytest.fixture
def house(tmp_path: Path, lan: Lan) -> Iterator[LanHearth]:
    house = LanHearth(tmp_path, lan)
    house.start()
    yield house
    house.stop()


def recording(house: LanHearth, *names: str) -> bool:
    return all(house.camera(name)["state"] == "recording" for name in names)


def first(house: LanHearth, camera: str, since: float, kind: str, state: str) -> float:
    """When the journal first has such a line; 0 when it has none."""
    times = [line["t"] / 1000 for line in house.journal(camera)
             if line["kind"] == kind and line.get("state") == state and line["t"] / 1000 >= since]
    return min(times, default=0)


@pytest.mark.parametrize("with_password", [False, True])
def test_twins_that_exchange_their_addresses_are_followed_and_never_mixed_up(
        lan: Lan, house: LanHearth, with_password: bool) -> None:
    """Two cameras that are alike in everything but their hardware address, after a power cut."""
    options = ["--with-password"] if with_password else []
    login = ["--user", "demo", "--password-stdin"] if with_password else []
    password = "hearth-demo" if with_password else None
    east, west = lan.device("east", 21, *options), lan.device("west", 22, *options)
    ids = {"East": house.add("East", east.url(), *login, password=password),
           "West": house.add("West", west.url(), *login, password=password)}
    until("both record", 30, lambda: recording(house, *ids))
    until("both are pinned", 10, lambda: all(house.pin(camera) for camera in ids.values()))
    assert house.pin(ids["East"])["main"]["hardware"] == east.hardware
    assert house.pin(ids["West"])["main"]["hardware"] == west.hardware
    time.sleep(4)

    cut = time.time()
    for device in (east, west):
        device.unplug()
    east.plug(22)
    west.plug(21)
    for name, device in (("East", east), ("West", west)):
        until(f"{name} is followed", 90, lambda: house.settings(ids[name])["main"]["host"] == device.address)
    until("both record again", 60, lambda: recording(house, *ids))
    time.sleep(4)

    for camera in ids.values():
        # It is followed before or after it has met the stranger, whichever comes first.
        moved = first(house, camera, cut, "device", "moved")
        met = first(house, camera, cut, "device", "stranger") or moved
        assert moved and met <= moved
        alarms = [alarm for alarm in house.get("/alarms")["alarms"] if alarm["camera"] == camera]
        assert min(unix_time(alarm["at"]) for alarm in alarms) - met < ALARM_SECONDS
        assert any("followed" in alarm["what"] for alarm in alarms)
        if with_password:
            assert not house.held_apart(camera), "a stranger that wants the password is not given it"
    assert house.names(ids["East"]) == {"east"}
    assert house.names(ids["West"]) == {"west"}
    assert house.names(ids["East"], since=cut + 1) == {"east"} and house.names(ids["West"], since=cut + 1) == {"west"}


@pytest.mark.damages       # a stranger's file is put among its own
def test_a_replaced_camera_is_held_apart_until_the_owner_accepts_it(lan: Lan, house: LanHearth) -> None:
    old = lan.device("old", 21)
    camera = house.add("Garage", old.url())
    until("it records", 30, lambda: recording(house, "Garage"))
    until("it is pinned", 10, lambda: house.pin(camera))
    house.do("person", "add", "Bea", "--password-stdin", "--grant", "Garage:live,playback,export", text="a long password\n")
    member = house.do("token", "create", "--person", "Bea", "--label", "tests")
    old.unplug()
    unplugged = time.time()

    new = lan.device("new", 21)
    until("it looks like another camera", 60, lambda: house.camera("Garage")["state"] == "wrongDevice")
    until("its pictures are held apart", 30, lambda: house.held_apart(camera) == {"new"})
    listing = house.do("camera", "list")
    assert "this looks like another camera" in listing and new.hardware in listing and old.hardware in listing
    assert "hearth camera trust Garage" in listing
    met = first(house, camera, unplugged, "device", "stranger")
    assert first(house, camera, unplugged, "state", "wrongDevice") - met < ALARM_SECONDS
    alarms = [alarm for alarm in house.get("/alarms")["alarms"] if alarm["camera"] == camera]
    assert len(alarms) == 1 and "looks like another camera" in alarms[0]["what"]
    assert unix_time(alarms[0]["at"]) - met < ALARM_SECONDS
    spans = house.get(f"/cameras/{camera}/coverage", **{"from": rfc3339(unplugged), "to": rfc3339(time.time())})["spans"]
    assert "wrongDevice" in {span["class"] for span in spans}
    assert house.names(camera) == {"old"}
    # Nobody sees it live, and nobody but the owner sees what is held apart.
    assert house.ask("GET", f"/cameras/{camera}/snapshot.jpg").status == 503
    assert house.ask_as(member, f"/cameras/{camera}/quarantine") == 403
    new.halt()          # ends the session, which closes its file
    held = until("a file of it is finished", 30, lambda: house.get(f"/cameras/{camera}/quarantine")["segments"])
    assert house.ask_as(member, f"/cameras/{camera}/quarantine/{held[0]['id']}") == 403
    target = lan.folder / "stranger.mp4"
    house.do("camera", "quarantine", "export", "Garage", held[0]["id"], "--to", str(target))
    assert house._names([target], 0) == {"new"}
    new.boot()

    until("it is seen again", 90, lambda: house.camera("Garage")["state"] == "wrongDevice")
    accepted = time.time()
    assert new.hardware in house.do("camera", "trust", "Garage")
    until("the accepted device is recorded", 30, lambda: recording(house, "Garage"))
    time.sleep(3)
    assert house.names(camera) == {"old", "new"}
    assert house.names(camera, since=accepted - 1) == {"new"}
    # A file of the quarantine is no footage of the camera's, wherever it is put.
    stolen = next(house.data.glob(f"cameras/{camera}/quarantine/media/*/*.mp4"))
    day = next(house.data.glob(f"cameras/{camera}/media/*-*-*"))
    (day / stolen.name).write_bytes(stolen.read_bytes())
    house.stop()
    house.start()
    until("it records again", 30, lambda: recording(house, "Garage"))
    span = {"from": held[0]["from"], "to": held[0]["to"]}
    assert "recorded" not in {each["class"] for each in house.get(f"/cameras/{camera}/coverage", **span)["spans"]}
    assert house.ask("GET", f"/cameras/{camera}/video.mp4?{urlencode(span)}").status == 404
    house.do("camera", "quarantine", "delete", "Garage")
    assert not house.held_apart(camera)


def test_a_camera_that_moved_is_followed(lan: Lan, house: LanHearth) -> None:
    porch = lan.device("porch", 21)
    camera = house.add("Porch", porch.url())
    until("it records", 30, lambda: recording(house, "Porch"))
    until("it is pinned", 10, lambda: house.pin(camera))
    porch.unplug()
    porch.plug(31)
    until("it is followed", 120, lambda: house.settings(camera)["main"]["host"] == f"{NETWORK}.31")
    until("it records there", 30, lambda: recording(house, "Porch"))
    assert first(house, camera, 0, "device", "moved")
    assert not first(house, camera, 0, "device", "stranger")


def test_new_firmware_raises_nothing(lan: Lan, house: LanHearth) -> None:
    """The same adapter describes other pictures: another size, rate, and sound where there was none."""
    porch = lan.device("porch", 21)
    camera = house.add("Porch", porch.url())
    until("it records", 30, lambda: recording(house, "Porch"))
    before = until("it is pinned", 10, lambda: house.pin(camera))
    porch.halt()
    until("it is gone", 30, lambda: house.camera("Porch")["state"] == "offline")
    porch.boot("--scene", "garage")
    until("it records again", 90, lambda: recording(house, "Porch"))
    until("the pin is refreshed", 10, lambda: house.pin(camera)["main"]["parameterSets"] != before["main"]["parameterSets"])
    assert house.pin(camera)["main"]["layout"] != before["main"]["layout"]
    assert first(house, camera, 0, "device", "changed")
    assert not first(house, camera, 0, "device", "stranger")
    assert not [alarm for alarm in house.get("/alarms")["alarms"] if alarm["camera"] == camera]


def test_exchanged_channels_of_one_device_are_told_apart(lan: Lan, house: LanHearth) -> None:
    bridge = lan.device("bridge", 21, "--cameras", "2")
    one, two = house.add("One", bridge.url("cam1")), house.add("Two", bridge.url("cam2"))
    until("both record", 30, lambda: recording(house, "One", "Two"))
    until("both are pinned", 10, lambda: house.pin(one) and house.pin(two))
    exchanged = time.time()
    house.do("camera", "set", "One", "--source", bridge.url("cam2"))
    house.do("camera", "set", "Two", "--source", bridge.url("cam1"))
    until("both are told apart", 40, lambda: house.camera("One")["state"] == house.camera("Two")["state"] == "wrongDevice")
    looks = until("they are named", 10, lambda: house.camera("One")["device"]["looksLike"])
    assert looks == two
    time.sleep(3)
    house.do("camera", "set", "One", "--source", bridge.url("cam1"))
    house.do("camera", "set", "Two", "--source", bridge.url("cam2"))
    until("both record again", 40, lambda: recording(house, "One", "Two"))
    for camera in (one, two):
        away = first(house, camera, exchanged, "state", "wrongDevice")
        assert away
        back = until("the journal says so", 10, lambda: first(house, camera, away, "state", "recording"))
        frames = [at for _, at in house.marks(camera) if away < at < back - 2]
        assert not frames, "nothing was filed meanwhile"
