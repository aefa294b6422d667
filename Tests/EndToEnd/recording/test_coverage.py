"""The coverage ledger: every second of a day is accounted for, and what went wrong is named."""
from __future__ import annotations

import json
import os
import re
import signal
import time
from typing import Iterator

import pytest

from hearth_testing.farm import Farm
from hearth_testing.household import House, new_house
from hearth_testing.waiting import rfc3339, unix_time, until

OUTAGE_SECONDS = 12


@pytest.fixture(scope="module")
def hurt(farm: Farm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A household of which one camera was away for a while, and another one's process was killed."""
    house = new_house(farm, tmp_path_factory.mktemp("hurt"), "--no-probe")
    try:
        time.sleep(4)
        farm.fault("outage", camera="garage", secs=OUTAGE_SECONDS)
        os.kill(until("the worker", 10, lambda: house.hearth.worker(house.ids["Garden"])), signal.SIGKILL)
        time.sleep(OUTAGE_SECONDS)
        names = list(house.ids)
        until("all cameras recording again", 120, lambda: house.hearth.are_recording(names))
        time.sleep(5)
        yield house
    finally:
        farm.fault("clear")
        house.hearth.stop()


def ledger(house: House, name: str) -> list[dict]:
    """From when all recorded to a while ago."""
    spans = house.hearth.get(f"/cameras/{house.ids[name]}/coverage",
                             **{"from": rfc3339(house.recording + 2), "to": rfc3339(time.time() - 4)})
    assert spans["spans"][0]["from"] == spans["from"] and spans["spans"][-1]["to"] == spans["to"]
    for one, two in zip(spans["spans"], spans["spans"][1:]):
        assert one["to"] == two["from"]
    milliseconds = round((unix_time(spans["to"]) - unix_time(spans["from"])) * 1000)
    assert sum(each["milliseconds"] for each in spans["sums"]) == milliseconds
    return spans["spans"]


def gaps(house: House, name: str) -> list[tuple[str, str]]:
    return [(each["class"], each["cause"]) for each in ledger(house, name) if each["class"] != "recorded"]


def test_what_was_not_disturbed_has_no_gap(hurt: House) -> None:
    if hurt.farm.stood_still() < 1:
        assert gaps(hurt, "Front door") == []


def test_an_outage_is_offline_with_its_cause_and_nothing_of_it_is_unknown(hurt: House) -> None:
    found = gaps(hurt, "Garage")
    assert found and {each for each, _ in found} == {"offline"}, found
    assert all(cause for _, cause in found), found


def test_a_killed_worker_is_named(hurt: House) -> None:
    found = gaps(hurt, "Garden")
    assert ("dropped", "the camera's process had ended unexpectedly") in found, found
    assert {each for each, _ in found} <= {"dropped", "offline"}, found


def test_the_day_sums_to_what_has_passed_of_it(hurt: House) -> None:
    answer = hurt.hearth.get(f"/cameras/{hurt.ids['Garden']}/coverage", day="today")
    assert answer["spans"][0]["from"] == answer["from"] and answer["spans"][-1]["to"] == answer["to"] <= answer["dayEnds"]
    milliseconds = round((unix_time(answer["to"]) - unix_time(answer["from"])) * 1000)
    assert sum(each["milliseconds"] for each in answer["sums"]) == milliseconds
    unknown = [each for each in answer["spans"] if each["class"] == "unknown"]
    # Before the household was there.
    assert [each["cause"] for each in unknown] in ([], ["before anything is known of it"])


def test_the_command_shows_bar_and_sentence(hurt: House) -> None:
    text = hurt.hearth.do("coverage", "--camera", "Garden")
    assert re.search(r"\nGarden\n  \|.{72}\|\n  .* recorded, .*dropped: the camera's process had ended unexpectedly", text), text
    assert json.loads(hurt.hearth.do("coverage", "--json"))["cameras"][0]["coverage"]["spans"]


def test_days_that_are_none_are_refused(hurt: House) -> None:
    path = f"/cameras/{hurt.ids['Garden']}/coverage?day="
    assert [hurt.hearth.ask("GET", path + day).status for day in ("tomorrow", "2026-02-30", "2199-01-01")] == [400, 400, 422]
