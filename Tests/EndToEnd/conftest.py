"""Fixtures: the pretended cameras, and a household with four of them that has seen each scripted motion."""
from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Iterator

import pytest
from playwright.sync_api import expect

from household import CAMERAS, HEARTH, REPORTS, Farm, Hearth, unix_time, until

# A house that runs gathers events while other tests look at it: the first test starts it.
ORDER = ["test_house_rules", "test_first_light", "test_ranges", "test_refusals", "test_browser", "test_firefox", "test_revocation",
         "test_kills", "test_cameras", "test_power", "test_bad_input"]
LAST = "test_door"          # damages footage
PRE_ROLL_SECONDS, POST_ROLL_SECONDS = 5, 10
CHECK_EVERY = 5             # seconds
SETTLE_SECONDS = 6          # in which the detector learns what the picture looks like at rest
OWNER, OWNER_PASSWORD = "Anna", "correct horse battery"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        name = item.path.stem
        return ORDER.index(name) if name in ORDER else len(ORDER) + (name == LAST)

    items.sort(key=place)


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


@dataclass(eq=False)
class House:
    """Hearth with the four cameras, and when what happened."""
    hearth: Hearth
    farm: Farm
    folder: Path
    began: float = field(default_factory=time.time)
    recording: float = 0        # when all cameras were
    settled: float = 0          # from here on every scripted motion counts
    seen: float = 0             # when the last of them had become an event

    ids: dict[str, str] = field(default_factory=dict)       # of the cameras, by name

    def event(self, camera: str) -> dict:
        """The newest event of a camera that was recorded from its pre-roll to its post-roll."""
        found = [event for event in self.hearth.events() if event["camera"] == self.ids[camera] and event.get("end")
                 and unix_time(event["start"]) > self.recording + PRE_ROLL_SECONDS + 3
                 and unix_time(event["end"]) < time.time() - POST_ROLL_SECONDS - 4]
        assert found, f"no finished event of {camera}"
        return found[0]

    @cache
    def saved(self, path: str) -> tuple[Path, dict[str, str]]:
        """What the API gives at a path, as a file that is fetched once, and the answer's headers."""
        answer = self.hearth.ask("GET", path)
        assert answer.status == 200, f"GET {path} answered {answer.status}: {answer.body[:300]!r}"
        file = self.folder / f"saved-{hash(path) & 0xffffffff:08x}{Path(path.split('?')[0]).suffix}"
        file.write_bytes(answer.body)
        return file, answer.headers

    def footage(self, camera: str, since: float, to: float, stream: str = "main") -> tuple[Path, dict[str, str]]:
        return self.saved(self.hearth.video_path(self.ids[camera], since, to, stream))


def new_house(farm: Farm, folder: Path, *options: str) -> House:
    """Starts Hearth from nothing and adds the four cameras by the command line."""
    house = House(Hearth(folder), farm, folder)
    hearth = house.hearth
    hearth.add_person(OWNER, OWNER_PASSWORD, "--owner")
    hearth.start()
    hearth.token = hearth.do("token", "create", "--person", OWNER, "--label", "tests")
    hearth.add_cameras(farm, *options)
    names = [camera.name for camera in CAMERAS]
    until("all cameras recording, both streams", 60, lambda: hearth.are_recording(names) and hearth.have_both_streams())
    house.recording = time.time()
    house.ids = {name: camera["id"] for name, camera in hearth.cameras().items()}
    return house


@pytest.fixture(scope="session")
def house(farm: Farm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = new_house(farm, tmp_path_factory.mktemp("house"))
    yield house
    house.hearth.stop()



@pytest.fixture(scope="session")
def seen(house: House) -> House:
    """The household after a minute in which each scripted motion happened once, with every clip finished."""
    house.settled = house.recording + SETTLE_SECONDS
    motions = [motion for camera in CAMERAS
               for motion in house.farm.motions(camera.path, house.settled, house.settled + 60)]
    done = max(motion["end"] for motion in motions) + POST_ROLL_SECONDS
    time.sleep(max(0, done - time.time()))

    def finished() -> bool:
        events = [event for event in house.hearth.events() if event.get("end")]
        return len(events) >= len(motions) and all(
            house.hearth.ask("HEAD", f"/events/{event['id']}/clip.mp4").status == 200 for event in events)

    try:
        until("an event with a finished clip for each motion", 20, finished, every=1)
    except AssertionError:
        pass                    # the tests tell better what is missing
    house.seen = time.time()
    return house
