"""Fixtures: the pretended cameras, and a household with four of them that has seen each scripted motion."""
from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator

import pytest

from household import CAMERAS, HEARTH, REPORTS, Farm, Hearth, until

# A house that runs gathers events while other tests look at it: the first test starts it.
ORDER = ["test_first_light", "test_ranges", "test_refusals", "test_browser", "test_kills", "test_bad_input"]
OWNER, OWNER_PASSWORD = "Anna", "correct horse battery"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: ORDER.index(item.path.stem) if item.path.stem in ORDER else len(ORDER))


def pytest_sessionstart() -> None:
    if not HEARTH.exists():
        pytest.exit(f"{HEARTH} is not there; run `make build` first", returncode=69)
    REPORTS.mkdir(parents=True, exist_ok=True)


@pytest.fixture(scope="session")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    farm = Farm(tmp_path_factory.mktemp("farm"))
    yield farm
    farm.stop()


@dataclass
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

    def clip(self, event: dict, name: str = "clip") -> tuple[Path, dict[str, str]]:
        """The event's clip as a file, and the answer's headers."""
        answer = self.hearth.ask("GET", f"/events/{event['id']}/clip.mp4")
        assert answer.status == 200, f"{answer.status}: {answer.body[:300]!r}"
        path = self.folder / f"{name}-{event['id'][-8:]}.mp4"
        path.write_bytes(answer.body)
        return path, answer.headers


def new_house(farm: Farm, folder: Path, *options: str) -> House:
    """Starts Hearth from nothing and adds the four cameras by the command line."""
    house = House(Hearth(folder), farm, folder)
    hearth = house.hearth
    hearth.add_person(OWNER, OWNER_PASSWORD, "--owner")
    hearth.start()
    hearth.token = hearth.do("token", "create", "--person", OWNER, "--label", "tests")
    hearth.add_cameras(farm, *options)
    names = [camera.name for camera in CAMERAS]
    until("all cameras recording", 60, lambda: hearth.are_recording(names))
    house.recording = time.time()
    house.ids = {name: camera["id"] for name, camera in hearth.cameras().items()}
    return house


@pytest.fixture(scope="session")
def house(farm: Farm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = new_house(farm, tmp_path_factory.mktemp("house"))
    yield house
    house.hearth.stop()


# The detector learns what the picture looks like at rest in the first seconds.
SETTLE_SECONDS = 6
POST_ROLL_SECONDS = 10


@pytest.fixture(scope="session")
def seen(house: House) -> House:
    """The household after a minute in which each scripted motion happened once, with every clip finished."""
    house.settled = house.recording + SETTLE_SECONDS
    motions = [motion for camera in CAMERAS
               for motion in house.farm.motions(camera.path, house.settled, house.settled + 60)]
    done = max(motion["end"] for motion in motions) + POST_ROLL_SECONDS
    time.sleep(max(0, done - time.time()))

    def finished() -> bool:
        events = [event for event in house.hearth.events() if event["end"]]
        return len(events) >= len(motions) and all(
            house.hearth.ask("HEAD", f"/events/{event['id']}/clip.mp4").status == 200 for event in events)

    try:
        until("an event with a finished clip for each motion", 20, finished, every=1)
    except AssertionError:
        pass                    # the tests tell better what is missing
    house.seen = time.time()
    return house
