"""Waiting for something, and how moments are written."""
from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Callable, TypeVar

Value = TypeVar("Value")


def until(what: str, seconds: float, ask: Callable[[], Value | None], every: float = 0.2) -> Value:
    """Asks until there is an answer; fails naming `what` when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain for: {what}"
        time.sleep(every)


def unix_time(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def rfc3339(moment: float) -> str:
    text = datetime.fromtimestamp(round(moment, 3), timezone.utc).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
