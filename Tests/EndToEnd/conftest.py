"""Fixtures: the pretended cameras, and a household with four of them that has seen each scripted motion."""
from __future__ import annotations

import threading
import time
from typing import Iterator

import pytest
from playwright.sync_api import expect

from hearth_testing.farm import CAMERAS, LOOP, Farm
from hearth_testing.household import POST_ROLL_SECONDS, SEGMENT_SECONDS, Hearth, House, new_house
from hearth_testing.paths import HEARTH, REPORTS
from hearth_testing.waiting import until

CHECK_EVERY = 5             # seconds
SETTLE_SECONDS = 6          # in which the detector learns what the picture looks like at rest


def pytest_sessionstart() -> None:
    if not HEARTH.exists():
        pytest.exit(f"{HEARTH} is not there; run `make build` first", returncode=69)
    REPORTS.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=20_000)      # for what is waited for, however busy the machine is


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "damages: damages what Hearth has on purpose; `hearth check` may find it from then on")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Before anything is taken down: `hearth check` finds nothing wrong with any household. After each test, only that of
    tests that follow each other within seconds the last one stands for all, and the last of a file always."""
    is_last, found = nextitem is None or nextitem.path != item.path, ""
    for hearth in list(Hearth.all):
        hearth.is_damaged |= item.get_closest_marker("damages") is not None
        if hearth.is_damaged or not (is_last or time.monotonic() - hearth.checked > CHECK_EVERY):
            continue
        found += hearth.check()
    yield
    assert not found, f"hearth check after {item.name}, or a test shortly before:\n{found}"


@pytest.fixture(scope="session")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    farm = Farm(tmp_path_factory.mktemp("farm"))
    yield farm
    farm.stop()


@pytest.fixture(scope="session")
def house(farm: Farm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = new_house(farm, tmp_path_factory.mktemp("house"), hurry=["--test-segment-seconds", str(SEGMENT_SECONDS)])
    look = threading.Thread(target=wait_for_motions, args=(house,), daemon=True)
    look.start()
    house.look = look
    yield house
    house.hearth.stop()


@pytest.fixture(scope="session", autouse=True)
def started_early(request: pytest.FixtureRequest) -> None:
    """The common household starts before the first test, whatever that needs, where any test will look at what it has seen."""
    if any("seen" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("house")


def wait_for_motions(house: House) -> None:
    """Until each scripted motion happened once and has its clip. Beside the tests, so that those which need none of it can pass
    the time."""
    house.settled = house.recording + SETTLE_SECONDS
    motions = [motion for camera in CAMERAS
               for motion in house.farm.motions(camera.path, house.settled, house.settled + LOOP)]
    done = max([house.settled + LOOP, *(motion["end"] + POST_ROLL_SECONDS for motion in motions)])
    time.sleep(max(0, done - time.time()))

    def finished() -> bool:
        events = [event for event in house.hearth.events() if event.get("end")]
        return len(events) >= len(motions) and all(
            house.hearth.ask("HEAD", f"/events/{event['id']}/clip.mp4").status == 200 for event in events)

    try:
        until("an event with a finished clip for each motion", 20, finished, every=1)
    except (AssertionError, OSError):
        pass                    # the tests tell better what is missing
    house.seen = time.time()


@pytest.fixture(scope="session")
def seen(house: House) -> House:
    """The household after each scripted motion happened once, with every clip finished."""
    assert house.look
    house.look.join()
    return house
