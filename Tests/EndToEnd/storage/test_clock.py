"""Clocks that jump, under the real programs: nothing is deleted for it, no frame is lost, each jump cuts and is noted."""
from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Iterator

import pytest

from hearth_testing.clocks import DAY, HOUR, NAMES, SYNCHRONISED, UNSYNCHRONISED, USED, Clock, why_not, with_clock
from hearth_testing.farm import Farm
from hearth_testing.household import Hearth, give_policy
from hearth_testing.marks import lost, marks
from hearth_testing.waiting import unix_time, until

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

YEAR = 31_557_600                       # seconds
# What a house with a strict policy would lose most of, were its clock believed.
POLICY = "{continuous: 1d, motion: 2d, maximum: 30d}"


@pytest.fixture()
def hearth(clock: Clock, farm: Farm, tmp_path: Path) -> Iterator[Hearth]:
    hearth = with_clock(clock, farm, Hearth(tmp_path))
    yield hearth
    hearth.end()


def rows(hearth: Hearth) -> list[tuple[str, str, int, float, float]]:
    """Camera, stream, sequence, start and end of each listed segment."""
    with closing(sqlite3.connect(f"file:{hearth.data}/catalog.sqlite?mode=ro", uri=True)) as catalog:
        return [(bytes(camera).hex(), stream, sequence, start / 1e9, end / 1e9) for camera, stream, sequence, start, end in
                catalog.execute("SELECT camera, stream, sequence, start_ns, end_ns FROM segment ORDER BY sequence")]


def files(hearth: Hearth) -> set[str]:
    return {str(path).removesuffix(".partial") for path in hearth.media()}


def jumps(hearth: Hearth, camera: str) -> list[float]:
    """By how many seconds the clock jumped, as the camera's journal has it; by the days that it said."""
    lines = [json.loads(line) for path in sorted(hearth.data.glob(f"cameras/{camera}/journal/*.jsonl"))
             for line in path.read_text().splitlines()]
    return [line["milliseconds"] / 1000 for line in lines if line["kind"] == "clock"]


def plan(hearth: Hearth) -> dict:
    return json.loads(hearth.do("retention", "plan", "--json"))


@pytest.mark.parametrize("said", [SYNCHRONISED, UNSYNCHRONISED], ids=["vouched for", "vouched for by nobody"])
def test_a_jump_of_the_clock_deletes_nothing_and_cuts(hearth: Hearth, clock: Clock, farm: Farm, tmp_path: Path, said: int) -> None:
    """An hour ahead, as by a clock set to summer time; back; three days back; 56 years ahead; and right again."""
    give_policy(hearth, tmp_path, POLICY)
    clock.set(0, said)
    ids = [camera["id"] for camera in hearth.cameras().values()]
    began, known = time.time(), files(hearth)
    steps = [HOUR, 0, -3 * DAY, 56 * YEAR, 0]
    for number, ahead in enumerate(steps, 1):
        time.sleep(2.5)
        listed, step = len(rows(hearth)), ahead - clock.ahead
        clock.set(ahead)
        for camera in ids:
            until(f"jump {number} in the journal", 15, lambda: len(jumps(hearth, camera)) >= number)
            assert any(jump == pytest.approx(step, abs=1) for jump in jumps(hearth, camera)), (step, jumps(hearth, camera))
        until("the cut, in both streams of both cameras", 15, lambda: len(rows(hearth)) >= listed + 4)
        until("recording", 15, lambda: hearth.are_recording(NAMES) and hearth.have_both_streams())
        found = plan(hearth)
        assert found["deletions"] == [], found
        assert any("the clock is not trusted" in why for why in found["held"]) == (ahead > DAY), found["held"]
        hearth.do("retention", "apply")
        now = files(hearth)
        assert known <= now, f"gone after jump {number}: {sorted(known - now)}"
        known = now
    time.sleep(2.5)
    assert hearth.stop() == 0
    nothing_overlaps(hearth, ids, len(steps) + 1)
    nothing_is_missing(hearth, farm, ids, began + 1, time.time() - 3)
    assert hearth.run("check", "--data", str(hearth.data)).code == 0


def test_a_boot_in_1970_and_a_house_that_moves_to_another_zone_lose_nothing(
        clock: Clock, farm: Farm, tmp_path: Path) -> None:
    """A board without a battery begins in 1970 and is set right while it records; then it is told of another zone."""
    clock.say(datetime(1970, 1, 1, 0, 1))
    clock.set(clock.ahead, UNSYNCHRONISED)
    hearth = with_clock(clock, farm, Hearth(tmp_path))
    try:
        give_policy(hearth, tmp_path, POLICY)
        ids = [camera["id"] for camera in hearth.cameras().values()]
        time.sleep(4)
        assert plan(hearth)["deletions"] == []
        clock.set(0, SYNCHRONISED)
        for camera in ids:
            until("the jump in the journal", 15, lambda: jumps(hearth, camera))
        until("the cut", 15, lambda: len(rows(hearth)) >= 4)
        early = [row for row in rows(hearth) if row[3] < YEAR]
        assert len(early) == 4, "what was recorded in 1970 is not listed as of then"
        for _ in range(2):
            assert plan(hearth)["deletions"] == []
            hearth.do("retention", "apply")
            assert all(row in rows(hearth) for row in early)
        time.sleep(3)
        assert hearth.stop() == 0

        # Midnight moves by half a day, footage does not.
        known, listed = files(hearth), set(rows(hearth))
        for zone, hour in (("Pacific/Auckland", "11:00"), ("Asia/Kolkata", "18:30"), ("UTC", "00:00")):
            hearth.zone = zone
            hearth.start()
            until("both cameras recording", 60, lambda: hearth.are_recording(NAMES) and hearth.have_both_streams())
            until("a segment of each stream", 20, lambda: len(hearth.media(pattern="*.partial")) == 4)
            assert plan(hearth)["deletions"] == []
            hearth.do("retention", "apply")
            for camera in ids:
                day = hearth.get(f"/cameras/{camera}/coverage", day="today")
                assert day["from"][11:16] == hour, day["from"]
                assert sum(each["milliseconds"] for each in day["sums"]) == round((unix_time(day["to"]) - unix_time(day["from"])) * 1000)
            assert hearth.stop() == 0
        assert known <= files(hearth) and listed <= set(rows(hearth))
        nothing_overlaps(hearth, ids, 5)
        assert hearth.run("check", "--data", str(hearth.data)).code == 0
    finally:
        hearth.stop()


def nothing_overlaps(hearth: Hearth, ids: list[str], least: int) -> None:
    """Each segment goes by one clock, and no two of a stream share time."""
    plan(hearth)            # without a server it lists what the last one could not
    for camera in ids:
        for stream in ("main", "detect"):
            spans = sorted((start, end) for c, s, _, start, end in rows(hearth) if (c, s) == (camera, stream))
            assert len(spans) >= least
            assert all(0 < end - start < 120 for start, end in spans), spans
            assert all(one[1] <= two[0] + 0.001 for one, two in zip(spans, spans[1:])), spans


def nothing_is_missing(hearth: Hearth, farm: Farm, ids: list[str], since: float, to: float) -> None:
    """The cameras count their pictures, whatever Hearth's clock says."""
    for used, camera in zip(USED, ids):
        for kind in ("main", "sub"):
            kept = sorted({(frame, at) for _, word, frame, at in marks([str(path) for path in hearth.media(camera)])
                           if word == kind and since <= at <= to})
            assert kept[0][1] < since + 1 and kept[-1][1] > to - 1
            missing = {frame for one, two in lost(kept) for frame in range(one + 1, two)}
            assert missing <= farm.left_out(used.path, kind), (used.name, kind, sorted(missing))
