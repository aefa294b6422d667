"""Ten days of a household on a small volume: the real programs and cameras, some seconds of each day, and a clock that is set
from day to day. Its retention runs as its owner would see it, with everything that may choose footage: ages, a budget that is
lowered on the way, want of room, a protected span, and a kill."""
from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Iterator

import pytest

from hearth_testing.clocks import DAY, HOUR, NAMES, Clock, why_not, with_clock
from hearth_testing.disks import Disk, Filler, why_not as disks_why_not
from hearth_testing.farm import Farm
from hearth_testing.household import Hearth, give_policy
from hearth_testing.waiting import rfc3339, unix_time, until

pytestmark = pytest.mark.skipif(bool(why_not() or disks_why_not()), reason=f"{why_not()} {disks_why_not()}")

MEGABYTES = 110
DAYS, SECONDS = 10, 8               # so much of each day is recorded at least
LATER = 600                         # seconds that each day begins later than the one before, far more than a day's run takes
KEPT, DETECTED, LONGEST = 3, 4, 6   # days: continuous footage, motion of the detection stream, anything
SHORT = 4                           # on this day another program takes the room
LOWERED = 7                         # on this one its owner lowers the budget
BUDGET = 24_000_000                 # bytes


@pytest.fixture()
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path, MEGABYTES, "-m", "0")
    yield disk
    disk.unmount()


class TenDays:
    def __init__(self, hearth: Hearth, clock: Clock, folder: Path):
        self.hearth, self.clock, self.folder = hearth, clock, folder
        self.ids = [camera["id"] for camera in hearth.cameras().values()]
        self.midnight = clock.now() // DAY * DAY
        self.gone: set[str] = set()

    def ask(self, *words: str) -> dict:
        return json.loads(self.hearth.do(*words, "--json"))

    def files(self) -> dict[str, int]:
        """Finished segments as the log of deletions names them, with what they take."""
        found = {}
        for path in self.hearth.media(pattern="*.mp4"):
            found["/".join(path.parts[-2:])] = path.stat().st_size
        return found

    def live(self, day: int) -> None:
        """Some seconds of a day, from eight in the morning on; then what was written is closed and listed. Each day begins later
        than the one before, so that a look at what is some whole days old never falls between that day's seconds."""
        hearth = self.hearth
        self.clock.set(self.midnight + day * DAY + 8 * HOUR + day * LATER - time.time())
        until("both cameras recording", 60, lambda: hearth.are_recording(NAMES) and hearth.have_both_streams())
        time.sleep(SECONDS)
        known = len(self.files())
        for camera in self.ids:
            hearth.restart_worker(camera)
        until("the day's segments", 30, lambda: len(self.files()) >= known + 4)
        until("both cameras recording", 60, lambda: hearth.are_recording(NAMES) and hearth.have_both_streams())

    def retain(self) -> dict:
        """What the plan shows goes, and nothing else; afterwards there is nothing left to do."""
        plan = self.ask("retention", "plan")
        chosen = {each["file"]: each["bytes"] for each in plan["deletions"]}
        before = self.files()
        assert chosen.keys() <= before.keys() and all(before[file] == size for file, size in chosen.items())
        if chosen:
            self.ask("retention", "apply", "--yes-delete", "1TB")
        after = self.files()
        logged = {each["file"] for each in self.ask("retention", "log")["deletions"]}
        assert not chosen.keys() & after.keys() and chosen.keys() <= logged
        # A look for room may have taken the next ones meanwhile, with their reasons in the log.
        assert before.keys() - after.keys() <= logged
        assert self.ask("retention", "plan")["deletions"] == []
        self.gone |= logged
        return plan

    def run_short(self, disk: Disk) -> None:
        """The oldest makes room by itself, and no more than is needed."""
        filler, before = Filler(disk), self.files().keys()
        filler.leave(filler.begins - 3)

        def by_reserve() -> set[str]:
            return {each["file"] for each in self.ask("retention", "log")["deletions"] if each["rule"] == "reserve"}

        until("room made", 20, lambda: by_reserve() and filler.free() > filler.begins)
        assert by_reserve() <= before
        filler.give_back()

    def look(self, protected: set[str]) -> None:
        """What holds at the end of each day, whatever was chosen."""
        hearth, now = self.hearth, self.clock.now()
        assert protected <= self.files().keys(), "protected footage is gone"
        assert not self.gone & self.files().keys()
        status = os.statvfs(hearth.data)
        assert status.f_bavail > status.f_blocks * 0.05, "the volume is full"
        for camera in self.ids:
            since = now - LONGEST * DAY
            old = hearth.get(f"/cameras/{camera}/coverage", **{"from": rfc3339(since - 2 * DAY), "to": rfc3339(since)})["spans"]
            kept = [each for each in old if each["class"] == "recorded" and unix_time(each["from"]) > self.midnight + DAY]
            assert not kept, f"older than the longest that was promised: {kept}"

    def ledger(self, day: int) -> None:
        """A day of 24 hours is accounted for to the millisecond, and only what came before the household is unknown."""
        for camera in self.ids:
            text = rfc3339(self.midnight + day * DAY)[:10]
            spans = self.hearth.get(f"/cameras/{camera}/coverage", day=text)
            assert sum(each["milliseconds"] for each in spans["sums"]) == DAY * 1000, spans
            assert all(one["to"] == two["from"] for one, two in zip(spans["spans"], spans["spans"][1:]))
            unknown = [each for each in spans["spans"] if each["class"] == "unknown"]
            assert all(each["cause"] == "before anything is known of it" for each in unknown), (day, unknown)


def test_ten_days_on_a_small_volume(disk: Disk, clock: Clock, farm: Farm, tmp_path: Path) -> None:
    hearth = Hearth(disk.path)
    hearth.log, hearth.zone = tmp_path / "hearth.log", "UTC"
    clock.set(time.time() // DAY * DAY + 8 * HOUR - time.time())
    with_clock(clock, farm, hearth)
    try:
        days = TenDays(hearth, clock, tmp_path)
        give_policy(hearth, tmp_path, f"{{continuous: {KEPT}d, maximum: {LONGEST}d, detect: {{motion: {DETECTED}d}}}}")
        protected: set[str] = set()
        for day in range(DAYS):
            days.live(day)
            if day == 0:
                hearth.do("protect", "--camera", NAMES[0], "--from", rfc3339(days.midnight), "--to", rfc3339(clock.now()))
                protected = {file for file in days.files() if list(hearth.media(days.ids[0], Path(file).name))}
                assert protected
            if day == 5:
                hearth.kill_all()
                hearth.start()
            if day == SHORT:
                # What is too old goes first: the rest is the reserve's.
                days.retain()
                days.run_short(disk)
            if day == LOWERED:
                before = days.files().keys()
                file = tmp_path / "policy.yaml"
                file.write_text(file.read_text().replace("maximum", f"budget: {BUDGET}B, maximum"))
                hearth.do("house", "apply", str(file), "--yes-delete", "1TB")
                assert "wait until" in hearth.do("retention", "plan"), "what a lower budget chooses is to wait for a day"
                logged = {each["file"] for each in days.ask("retention", "log")["deletions"]}
                assert before - days.files().keys() <= logged, "gone at once"
            else:
                days.retain()
                days.look(protected)
        # A day after it was lowered the budget holds, but for what is protected or was being written.
        size = sum(bytes_ for file, bytes_ in days.files().items() if file not in protected)
        held = " ".join(days.ask("retention", "plan")["held"])
        assert size <= BUDGET or "still exceeded" in held, (size, held)
        for day in range(DAYS - 1):
            days.ledger(day)
        log = days.ask("retention", "log")["deletions"]
        rules = {each["rule"] for each in log}
        print(f"{len(log)} segments went: " + ", ".join(
            f"{sum(each['rule'] == rule for each in log)} by {rule}" for rule in sorted(rules)))
        assert {"continuousAge", "motionAge", "maximumAge", "householdBudget", "reserve"} <= rules, rules
        assert all(each["reason"] for each in log)
        assert hearth.stop() == 0
        assert hearth.run("check", "--data", str(hearth.data)).code == 0
    finally:
        hearth.end()
