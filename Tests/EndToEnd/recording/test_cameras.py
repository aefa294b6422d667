"""Cameras that misbehave: what is kept, what comes back by itself, and that no other camera notices."""
from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Iterator

import pytest

from hearth_testing.farm import CAMERAS, Farm
from hearth_testing.household import OWNER, OWNER_PASSWORD, Hearth, House
from hearth_testing.marks import lost, within
from hearth_testing.media import frames, probe, streams
from hearth_testing.waiting import rfc3339, unix_time, until

SILENCE = 10            # seconds without a picture after which a camera counts as gone
SUCCEEDED = 10          # seconds of pictures after which a failure is a first one
RESIZED_SECONDS, OUTAGE_SECONDS = 6, 5
RETURN = 12             # connecting again, the first waits, and the wait for a keyframe


@dataclass
class Trouble:
    house: House
    began: float        # when the faults did
    over: float         # when they had ended and been dealt with

    def frames(self, name: str, since: float | None = None, stream: str = "main") -> list[tuple[int, float]]:
        marks = self.house.hearth.marks(self.house.ids[name], stream)
        return within(marks, since or self.began - 8, self.over - 2)

    def gap(self, name: str) -> tuple[float, float]:
        """From the last frame before the camera's one gap to the first one after it, since the faults began. What the camera
        itself left out, since the machine was slow to begin playing, is no gap."""
        path = next(camera.path for camera in CAMERAS if camera.name == name)
        found, left_out = self.frames(name), self.house.farm.left_out(path, "main")
        gaps = [(a[1], b[1]) for a, b in zip(found, found[1:]) if not left_out.issuperset(range(a[0] + 1, b[0]))]
        assert len(gaps) == 1, [(round(a - self.began, 1), round(b - self.began, 1)) for a, b in gaps]
        return gaps[0][0] - self.began, gaps[0][1] - self.began


@pytest.fixture(scope="module")
def trouble(farm: Farm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trouble]:
    """Each camera has a trouble of its own, all at the same time; one more is read over UDP."""
    folder = tmp_path_factory.mktemp("trouble")
    house = House(Hearth(folder), farm, folder)
    hearth = house.hearth
    hearth.token = hearth.add_person(OWNER, OWNER_PASSWORD, "--owner")
    for number, camera in enumerate(CAMERAS, 1):
        hearth.add_camera(farm, camera, "--no-probe", own_port=number)
    hearth.do("camera", "add", "Over UDP", farm.url("front-door/sub"), "--transport", "udp", "--no-probe")
    hearth.start()
    try:
        names = [*(camera.name for camera in CAMERAS), "Over UDP"]
        until("all cameras recording", 60, lambda: hearth.are_recording(names))
        house.ids = {name: camera["id"] for name, camera in hearth.cameras().items()}
        time.sleep(SUCCEEDED + 3)       # so long a camera must have been well for its first new try to be at once
        began = time.time()
        farm.fault("res", camera="front-door", secs=RESIZED_SECONDS)
        farm.fault("tsjump", camera="garden", by=3600)
        farm.fault("wedge", camera="living-room")
        farm.fault("outage", camera="garage", secs=OUTAGE_SECONDS)
        time.sleep(SILENCE + RETURN + 4)
        yield Trouble(house, began, time.time())
    finally:
        farm.fault("clear")
        hearth.stop()


def test_a_change_of_size_begins_a_new_segment_and_loses_nothing(trouble: Trouble) -> None:
    found = trouble.frames("Front door")
    assert not lost(found)
    paths = [path for path in trouble.house.hearth.media(trouble.house.ids["Front door"], "*.mp4") if "-detect" not in path.name]
    sizes = {streams(path)[0]["height"]: path for path in paths}
    assert set(sizes) >= {1080, 540}
    small = frames(sizes[540])
    assert abs(small[-1][1] - small[0][1] - RESIZED_SECONDS) <= 2.1
    assert len(small) == int(streams(sizes[540])[0]["nb_read_frames"])


def test_a_file_ends_where_the_size_changes_and_names_the_next(trouble: Trouble) -> None:
    heights, since, to = [], trouble.began - 6, trouble.began + 14
    while True:
        path, headers = trouble.house.footage("Front door", since, to)
        heights.append(streams(path)[0]["height"])
        assert len(heights) <= 3
        if "hearth-next" not in headers:
            break
        assert unix_time(headers["hearth-next"]) >= unix_time(headers["hearth-to"]) - 0.1
        since = unix_time(headers["hearth-next"])
    assert heights == [1080, 540, 1080]


def test_a_jump_of_the_cameras_clock_leaves_no_trace_in_the_film(trouble: Trouble) -> None:
    assert not lost(trouble.frames("Garden"))
    path, headers = trouble.house.footage("Garden", trouble.began - 5, trouble.began + 8)
    since, to = unix_time(headers["hearth-from"]), unix_time(headers["hearth-to"])
    if "hearth-next" not in headers:
        assert to - since == pytest.approx(13, abs=2.2)
    assert float(streams(path)[0]["duration"]) == pytest.approx(to - since, abs=0.3)
    for frame in frames(path):
        assert since - 1 <= frame[1] <= to + 1


def test_a_camera_that_falls_silent_is_left_and_found_again(trouble: Trouble) -> None:
    """Its session stays open and sender reports go on: only the lack of pictures tells."""
    start, end = trouble.gap("Living room")
    assert -1 < start < 1
    assert SILENCE - 1 <= end <= SILENCE + RETURN


def test_a_camera_that_was_away_is_found_again(trouble: Trouble) -> None:
    start, end = trouble.gap("Garage")
    assert -1 < start < 1
    assert OUTAGE_SECONDS <= end <= OUTAGE_SECONDS + RETURN


@pytest.mark.parametrize("name", ["Living room", "Garage"])
def test_coverage_says_why_there_is_no_footage(trouble: Trouble, name: str) -> None:
    start, end = trouble.gap(name)
    spans = trouble.house.hearth.get(
        f"/cameras/{trouble.house.ids[name]}/coverage",
        **{"from": rfc3339(trouble.began + start + 0.5), "to": rfc3339(trouble.began + end - 0.5)})["spans"]
    classes = {span["class"] for span in spans}
    assert classes <= {"offline", "unknown", "recorded"} and "offline" in classes, spans
    assert [span["cause"] for span in spans if span["class"] == "offline"][0]


def test_over_udp_nothing_is_lost_on_loopback(trouble: Trouble) -> None:
    found = trouble.frames("Over UDP", stream="sub")
    assert found and not lost(found)


def test_all_of_them_record_again(trouble: Trouble) -> None:
    assert trouble.house.hearth.are_recording(list(trouble.house.ids))


def test_the_segments_of_all_of_them_play(trouble: Trouble) -> None:
    for path in trouble.house.hearth.media(pattern="*.mp4"):
        assert json.dumps(probe(path))
