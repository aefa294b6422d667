"""The short form of what `make endurance` does for hours."""
from __future__ import annotations

import os
import statistics
from pathlib import Path

import pytest

from bench import new_bench, seeded
from calls import Calls
from calls import why_not as calls_why_not
from household import Farm
from kills import KILLS_A_ROUND, Kills

KILLS = int(os.environ.get("HEARTH_KILLS", "30"))
CALLS = int(os.environ.get("HEARTH_CALLS", "100"))


def test_thirty_kills_cost_the_open_fragment_and_nothing_else(farm: Farm, tmp_path: Path) -> None:
    bench = new_bench(farm, tmp_path, seeded())
    try:
        kills = Kills(bench.start())
        while kills.done < KILLS:
            kills.round()
        bench.prove_exported()
        print(f"{kills.done} kills\n{bench.record.table()}\nwithout pictures after a worker's death: median "
              f"{statistics.median(kills.returns):.1f} s, worst {max(kills.returns):.1f} s")
        assert kills.done >= KILLS_A_ROUND and not bench.record.verdict(), "\n".join(bench.record.verdict())
        assert bench.hearth.stop() == 0
    finally:
        bench.hearth.end()


@pytest.mark.skipif(bool(calls_why_not()), reason=calls_why_not())
def test_a_hundred_failing_system_calls_leave_nothing_unaccounted(farm: Farm, tmp_path: Path) -> None:
    bench = new_bench(farm, tmp_path, seeded())
    try:
        calls = Calls(bench.start())
        while calls.done < CALLS or calls.rounds < 3:
            calls.round()
        bench.prove_exported()
        print(f"{calls.done} failed calls in {calls.rounds} rounds: {dict(calls.failed.most_common())}")
        assert not bench.record.verdict(), "\n".join(bench.record.verdict())
        assert bench.hearth.stop() == 0
    finally:
        bench.hearth.end()
