"""The short form of what `make endurance` does for hours."""
from __future__ import annotations

import os
import statistics
from pathlib import Path
from typing import Iterator

import pytest

from hearth_testing.farm import LONG_LOOP, Farm
from hearth_testing.faults.calls import Calls, why_not as calls_why_not
from hearth_testing.faults.kills import KILLS_A_ROUND, Kills
from hearth_testing.faults.subject import new_subject, seeded

KILLS = int(os.environ.get("HEARTH_KILLS", "12"))
CALLS = int(os.environ.get("HEARTH_CALLS", "30"))


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    farm = Farm(tmp_path_factory.mktemp("farm"), program=LONG_LOOP)
    yield farm
    farm.stop()


def test_kills_cost_the_open_fragment_and_nothing_else(farm: Farm, tmp_path: Path) -> None:
    subject = new_subject(farm, tmp_path, seeded())
    try:
        kills = Kills(subject.start())
        while kills.done < KILLS:
            kills.round()
        subject.prove_exported()
        print(f"{kills.done} kills\n{subject.record.table()}\nwithout pictures after a worker's death: median "
              f"{statistics.median(kills.returns):.1f} s, worst {max(kills.returns):.1f} s")
        assert kills.done >= KILLS_A_ROUND and not subject.record.verdict(), "\n".join(subject.record.verdict())
        assert subject.hearth.stop() == 0
    finally:
        subject.hearth.end()


@pytest.mark.skipif(bool(calls_why_not()), reason=calls_why_not())
def test_failing_system_calls_leave_nothing_unaccounted(farm: Farm, tmp_path: Path) -> None:
    subject = new_subject(farm, tmp_path, seeded())
    try:
        calls = Calls(subject.start())
        while calls.done < CALLS or calls.rounds < 3:
            calls.round()
        subject.prove_exported()
        print(f"{calls.done} failed calls in {calls.rounds} rounds: {dict(calls.failed.most_common())}")
        assert not subject.record.verdict(), "\n".join(subject.record.verdict())
        assert subject.hearth.stop() == 0
    finally:
        subject.hearth.end()
