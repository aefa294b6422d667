"""The history checker: what the cameras sent, what Hearth acknowledged, and what is there after a fault. Lists in, losses
out; no file and no clock is touched here."""
from __future__ import annotations

import statistics
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Iterable

Frame = tuple[int, float]               # number and Unix time, as its mark in the bitstream says
Span = tuple[float, float]

# Seconds of footage that a sudden end may cost each camera, and how many in the middle of all cases.
LOSS, MEDIAN_LOSS = 2.0, 1.2
# By how much Hearth's time of a picture may differ from the camera's own: at the edges of what is listed nothing is asked.
EDGE = 0.5


@dataclass(frozen=True)
class Rhythm:
    """How a stream's frame numbers and times belong together: all that was sent follows from it."""
    number: int
    at: float
    rate: float

    @classmethod
    def of(cls, frames: list[Frame]) -> "Rhythm":
        (first, began), (last, ended) = min(frames), max(frames)
        assert last > first, "a rhythm takes two frames"
        return cls(first, began, float(round((last - first) / (ended - began))))

    def sent(self, span: Span) -> range:
        """The numbers of the frames that were due in the span."""
        first, end = (self.number + (moment - self.at) * self.rate for moment in span)
        return range(-int(-first // 1), -int(-end // 1))

    def time(self, number: int) -> float:
        return self.at + (number - self.number) / self.rate


@dataclass(frozen=True)
class Watch:
    """One stream of a camera that was being recorded from `since` on, until a fault struck."""
    camera: str
    stream: str                         # main or sub
    since: float
    struck: float
    listed: tuple[Span, ...] = ()       # what was called recorded just before
    machine: float = 0                  # seconds by which the machine itself was late


@dataclass(frozen=True)
class Loss:
    watch: Watch
    seconds: float                      # from the last picture that is left to the fault
    holes: tuple[int, ...] = ()         # numbers that are missing before that picture
    gone: tuple[int, ...] = ()          # numbers that were listed, long enough before the fault, and are missing

    def problems(self) -> list[str]:
        who = f"{self.watch.camera} {self.watch.stream}"
        found = []
        if self.seconds > LOSS + self.watch.machine:
            found.append(f"{who} lost {self.seconds:.2f} s (the machine was {self.watch.machine:.2f} s late)")
        if self.holes:
            found.append(f"{who} has a hole of {len(self.holes)} frames ({self.holes[0]} to {self.holes[-1]}) before the fault")
        if self.gone:
            found.append(f"{who}: {len(self.gone)} frames that were listed are gone ({self.gone[0]} to {self.gone[-1]})")
        return found


def compare(watch: Watch, kept: Iterable[Frame], left_out: set[int] = frozenset()) -> Loss:
    """What a fault cost one stream.

    `kept` is everything that is there afterwards, `left_out` what the camera itself never sent.
    """
    all_kept = sorted(set(kept))
    before = [frame for frame in all_kept if watch.since <= frame[1] <= watch.struck]
    if len(before) < 2:
        return Loss(watch, watch.struck - watch.since)
    rhythm, numbers = Rhythm.of(before), {number for number, _ in all_kept}
    last = before[-1][1]

    def missing(span: Span) -> tuple[int, ...]:
        return tuple(number for number in rhythm.sent(span) if number not in numbers and number not in left_out)

    gone: tuple[int, ...] = ()
    for begin, end in watch.listed:
        gone += missing((begin + EDGE, min(end - EDGE, watch.struck - LOSS - watch.machine)))
    return Loss(watch, watch.struck - last, missing((before[0][1], last)), gone)


def resumed(kept: Iterable[Frame], after: float) -> float | None:
    """When the first picture after a fault was kept."""
    return min((at for _, at in kept if at > after), default=None)


def unaccounted(kept: Iterable[Frame], told: Iterable[Span], span: Span, left_out: set[int] = frozenset(),
                edge: float = EDGE) -> list[int]:
    """The frames of a span that are neither kept nor in a stretch that was told to be lost: there must be none."""
    all_kept, told = sorted(set(kept)), list(told)
    inside = [frame for frame in all_kept if span[0] <= frame[1] <= span[1]]
    # Where nothing of the span was kept, what was kept around it says which frames were due.
    known = inside if len(inside) > 1 else all_kept
    if len(known) < 2:
        return [-1]
    rhythm, numbers = Rhythm.of(known), {number for number, _ in all_kept}
    return [number for number in rhythm.sent(span) if number not in numbers and number not in left_out
            and not any(begin - edge <= rhythm.time(number) <= end + edge for begin, end in told)]


@dataclass
class Record:
    """All losses of a run, for the table at its end."""
    losses: list[Loss] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, loss: Loss) -> None:
        self.losses.append(loss)
        self.problems += loss.problems()

    @property
    def seconds(self) -> list[float]:
        return [loss.seconds for loss in self.losses]

    def verdict(self) -> list[str]:
        """Everything that breaks the promise."""
        problems = list(self.problems)
        late = statistics.median(loss.watch.machine for loss in self.losses) if self.losses else 0
        if self.losses and statistics.median(self.seconds) > MEDIAN_LOSS + late:
            problems.append(f"the median loss is {statistics.median(self.seconds):.2f} s, more than {MEDIAN_LOSS}")
        return problems

    def table(self) -> str:
        by_camera: dict[str, list[float]] = defaultdict(list)
        for loss in self.losses:
            by_camera[loss.watch.camera].append(loss.seconds)
        rows = [*sorted(by_camera.items()), ("all", self.seconds)]
        lines = [f"  {'camera':16}{'faults':>8}{'median':>9}{'worst':>9}   seconds lost"]
        lines += [f"  {name:16}{len(values):8}{statistics.median(values):9.2f}{max(values):9.2f}" for name, values in rows if values]
        return "\n".join(lines)
