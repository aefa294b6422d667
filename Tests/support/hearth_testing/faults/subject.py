"""A household under test: four cameras, what was acknowledged before a fault, and what is there after it."""
from __future__ import annotations

import os
import random
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from hearth_testing.farm import CAMERAS, Farm
from hearth_testing.faults.history import LOSS, Frame, Record, Span, Watch, compare
from hearth_testing.household import OWNER, OWNER_PASSWORD, Hearth
from hearth_testing.marks import marks
from hearth_testing.waiting import rfc3339, unix_time, until

STREAMS = {"main": "main", "sub": "detect"}         # a mark's word, and Hearth's
# Seconds that are asked for around footage: on a machine that is busy Hearth's times differ from the camera's.
AROUND = 3
LISTED_WITHIN = 30                                  # seconds in which a leftover that was closed is listed
PATIENCE = 120                                      # seconds for what has no promise of its own, however busy the machine is


class Lateness:
    """How late the machine is: by how much a short sleep overran, at worst, in the last few seconds."""
    KEPT_SECONDS = 6

    def __init__(self) -> None:
        self._seen: list[tuple[float, float]] = []
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            began = time.monotonic()
            time.sleep(0.05)
            now = time.monotonic()
            self._seen = [each for each in self._seen if now - each[0] < self.KEPT_SECONDS] + [(now, now - began - 0.05)]

    def worst(self) -> float:
        return max((late for _, late in self._seen), default=0)


@dataclass
class Acknowledged:
    """What Hearth said that it had, at one moment."""
    at: float
    spans: dict[tuple[str, str], tuple[Span, ...]]
    events: set[str]


@dataclass
class Subject:
    farm: Farm
    hearth: Hearth
    chance: random.Random
    record: Record = field(default_factory=Record)
    lateness: Lateness = field(default_factory=Lateness)
    ids: dict[str, str] = field(default_factory=dict)
    began: float = 0

    @property
    def names(self) -> list[str]:
        return [camera.name for camera in CAMERAS]

    # ------------------------------------------------------------ running
    def start(self) -> "Subject":
        """A new household with all cameras recording."""
        hearth = self.hearth
        hearth.add_person(OWNER, OWNER_PASSWORD, "--owner")
        hearth.start()
        hearth.token = hearth.do("token", "create", "--person", OWNER, "--label", "endurance")
        hearth.add_cameras(self.farm, "--no-probe")
        self.until_recording()
        self.ids = {name: camera["id"] for name, camera in hearth.cameras().items()}
        self.began = time.time()
        return self

    def until_recording(self) -> float:
        """Until every camera is, by what Hearth says."""
        def are_all() -> bool:
            return self.hearth.is_healthy() and self.hearth.are_recording(self.names) and self.hearth.have_both_streams()

        try:
            until("all cameras recording, both streams", PATIENCE, are_all)
        except AssertionError as late:
            told = [f"{name}: {camera['state']} {camera['cause'] or ''} {[stream['role'] for stream in camera['streams']]}"
                    for name, camera in self.hearth.cameras().items()]
            raise AssertionError(f"{late}; {'; '.join(told)}; {self.hearth.tail()[-1500:]}") from late
        return time.time()

    # ------------------------------------------------------------ what it said
    def acknowledged(self) -> Acknowledged:
        now, hearth = time.time(), self.hearth
        spans = {}
        for name, camera in self.ids.items():
            ledger = hearth.get(f"/cameras/{camera}/coverage", **{"from": rfc3339(self.began), "to": rfc3339(now)})["spans"]
            spans[name, "main"] = tuple((unix_time(span["from"]), unix_time(span["to"])) for span in ledger
                                        if span["class"] == "recorded")
        return Acknowledged(now, spans, {event["id"] for event in hearth.events()})

    # ------------------------------------------------------------ what is there
    def on_disk(self, name: str) -> dict[str, list[Frame]]:
        """All frames of a camera's files, by stream."""
        found: dict[str, list[Frame]] = {"main": [], "sub": []}
        for _, kind, frame, at in marks([str(path) for path in self.hearth.media(self.ids[name])]):
            found[kind].append((frame, at))
        return found

    def left_out(self, name: str, stream: str) -> set[int]:
        return self.farm.left_out(next(camera.path for camera in CAMERAS if camera.name == name), stream)

    def judge(self, watches: list[Watch]) -> dict[str, dict[str, list[Frame]]]:
        """Takes the losses down; gives everything that is on the disk."""
        names = sorted({watch.camera for watch in watches})
        with ThreadPoolExecutor(2) as pool:
            kept = dict(zip(names, pool.map(self.on_disk, names)))
        for watch in watches:
            self.record.add(compare(watch, kept[watch.camera][watch.stream], self.left_out(watch.camera, watch.stream)))
        return kept

    def prove(self, before: Acknowledged, kept: dict[str, dict[str, list[Frame]]], since: float, to: float) -> None:
        """What was listed is listed, all that was kept since comes through the door, one stream of it is decoded whole, and
        `hearth check` finds nothing."""
        self.prove_checked()
        now = self.acknowledged()
        if gone := before.events - now.events:
            self.record.problems.append(f"events that were listed are gone: {sorted(gone)}")
        for (name, _), spans in before.spans.items():
            known = total(spans, to - LOSS) - 0.05
            until(f"{name}: {known:.1f} s of footage that were listed", PATIENCE,
                  lambda: total(self.acknowledged().spans[name, "main"], to - LOSS) >= known)
        decoded = self.chance.choice([(name, stream) for name in kept for stream in STREAMS])
        for name, streams in kept.items():
            for stream, frames in streams.items():
                self.prove_played(name, stream, [frame for frame in frames if since <= frame[1] <= to], (name, stream) == decoded)

    def prove_checked(self, patience: float = PATIENCE) -> None:
        done = self.hearth.run("check", "--data", str(self.hearth.data), timeout=patience)
        if done.code:
            self.record.problems.append(f"hearth check: {done.out[-600:]} {done.err[-300:]}")

    def prove_played(self, name: str, stream: str, kept: list[Frame], decode: bool) -> None:
        """The frames that are kept come through the door, and its file can be decoded."""
        if not kept:
            return
        begin, end = min(at for _, at in kept), max(at for _, at in kept)
        path = self.hearth.log.parent / f"played-{stream}.mp4"
        wanted = {frame for frame, _ in kept}
        missing, served = set(wanted), set()

        def plays() -> bool:
            """A leftover is listed a moment after its worker has closed it: until then its pictures may be missing."""
            nonlocal missing, served
            answer = self.hearth.ask("GET", self.hearth.video_path(self.ids[name], begin - AROUND, end + AROUND, STREAMS[stream]))
            path.write_bytes(answer.body if answer.status == 200 else b"")
            served = {frame for _, _, frame, _ in marks([str(path)])}
            missing = wanted - served
            return answer.status == 200 and not missing

        try:
            until(f"{name} {stream}: all of it through the door", LISTED_WITHIN, plays, every=0.5)
        except AssertionError as late:
            self.record.problems.append(f"{late}; {len(missing)} of {len(wanted)} kept frames are not played: {sorted(missing)[:5]}...")
            return
        if decode:
            played = subprocess.run(
                ["ffprobe", "-v", "error", "-count_frames", "-select_streams", "v", "-show_entries", "stream=nb_read_frames",
                 "-of", "csv=p=0", str(path)], capture_output=True, text=True)
            count = played.stdout.strip().strip(",")
            if played.stderr or count != str(len(served)):
                self.record.problems.append(f"{name} {stream}: {count} of {len(served)} frames decode; {played.stderr[:300]}")

    def prove_exported(self) -> None:
        """`hearth export` of everything gives the frames that are on the disk."""
        for name in self.names:
            kept = self.on_disk(name)
            for stream, word in STREAMS.items():
                frames, path = kept[stream], self.hearth.log.parent / "export.mp4"
                begin, end = min(at for _, at in frames), max(at for _, at in frames)
                self.hearth.do("export", name, "--from", rfc3339(begin - AROUND), "--to", rfc3339(end + AROUND), "--stream", word,
                               "--output", str(path), "--force")
                exported = {frame for _, _, frame, _ in marks([str(path)])}
                if missing := sorted({frame for frame, at in frames if at < end - 1} - exported):
                    self.record.problems.append(f"{name} {stream}: {len(missing)} frames are not exported (from {missing[0]} on)")


def total(spans: tuple[Span, ...], to: float) -> float:
    return sum(max(0, min(end, to) - begin) for begin, end in spans)


def seeded() -> random.Random:
    """Chance that can be had again: the seed is printed, and taken from HEARTH_SEED."""
    seed = int(os.environ.get("HEARTH_SEED", "0")) or random.randrange(1 << 30)
    print(f"HEARTH_SEED={seed}", flush=True)
    return random.Random(seed)


def new_subject(farm: Farm, folder: Path, chance: random.Random, log: Path | None = None) -> Subject:
    hearth = Hearth(folder)
    hearth.log = log or folder / "hearth.log"
    return Subject(farm, hearth, chance)
