"""Processes, as /proc tells of them."""
from __future__ import annotations

import os
import re
import signal
from contextlib import suppress
from pathlib import Path


def kill(pid: int) -> None:
    """Kills it, if it is still there."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def parents() -> dict[int, int]:
    """Every process and its parent."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found[int(entry.name)] = int(re.search(r"^PPid:\t(\d+)", (entry / "status").read_text(), re.M)[1])
            except (OSError, TypeError):
                continue
    return found


def command_line(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]
    except OSError:
        return []


def is_alive(pid: int) -> bool:
    try:
        return not re.search(r"^State:\tZ", Path(f"/proc/{pid}/status").read_text(), re.M)
    except OSError:
        return False


def open_files(pid: int) -> str:
    """Where the process' descriptors point, as one text."""
    links = []
    try:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            links.append(os.readlink(entry))
    except OSError:
        pass
    return "\n".join(links)
