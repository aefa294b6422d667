"""Hearth's own programs with a wall clock that a test can set while they run."""
from __future__ import annotations

import shutil
import struct
import subprocess
import time
from datetime import datetime, timezone
from pathlib import Path

from household import HEARTH, ROOT

PROGRAMS = ("hearth", "hearth-camera")
SYNCHRONISED, UNSYNCHRONISED = 0, 5


class Clock:
    """Copies of the programs that take the time from here; everything they start does too."""

    def __init__(self) -> None:
        # Where the programs find what comes with them.
        self.folder = ROOT / ".build" / "clock" / "set"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        library = self.folder / "clock.so"
        subprocess.run(["clang", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", str(library),
                        str(Path(__file__).with_name("clock.c")), "-ldl"], check=True)
        self._files = []
        for name in PROGRAMS:
            shutil.copy(HEARTH.with_name(name), self.folder / name)
            subprocess.run(["patchelf", "--add-needed", str(library), str(self.folder / name)], check=True)
            self._files.append(self.folder / f"{name}.clock")
        self.state = SYNCHRONISED
        self.set(0)

    @property
    def hearth(self) -> Path:
        return self.folder / "hearth"

    def set(self, ahead: float, state: int | None = None) -> None:
        """From now on the clock is so many seconds ahead of the true time."""
        self.ahead = ahead
        self.state = self.state if state is None else state
        for path in self._files:
            with path.open("r+b" if path.exists() else "w+b") as file:
                file.write(struct.pack("qq", int(ahead * 1e9), self.state))

    def say(self, moment: datetime) -> None:
        """From now on the clock says this."""
        self.set(moment.replace(tzinfo=timezone.utc).timestamp() - time.time())

    def now(self) -> float:
        """What the programs take for the Unix time."""
        return time.time() + self.ahead


def why_not() -> str:
    missing = [tool for tool in ("clang", "patchelf") if not shutil.which(tool)]
    return f"{' and '.join(missing)} not installed" if missing else ""
