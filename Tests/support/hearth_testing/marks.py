"""The marks that the simulated cameras put into each frame, and what their numbers tell."""
from __future__ import annotations

from streams import marks

__all__ = ["lost", "marks", "within"]


def lost(frames: list[tuple[int, float]]) -> list[tuple[int, int]]:
    """The holes between consecutive frame numbers."""
    numbers = [frame for frame, _ in frames]
    return [(before, after) for before, after in zip(numbers, numbers[1:]) if after != before + 1]


def within(frames: list[tuple[int, float]], since: float, to: float) -> list[tuple[int, float]]:
    return [frame for frame in frames if since <= frame[1] < to]
