"""Hearth's own programs with a wall clock that a test can set while they run."""
from __future__ import annotations

import shutil
import struct
import subprocess
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

from hearth_testing.farm import CAMERAS, Farm
from hearth_testing.household import Hearth
from hearth_testing.paths import HEARTH, ROOT

PROGRAMS = ("hearth", "hearth-camera")
SYNCHRONISED, UNSYNCHRONISED = 0, 5
HOUR, DAY = 3600, 86_400                    # seconds
USED = [CAMERAS[0], CAMERAS[3]]             # one of them with audio
NAMES = [camera.name for camera in USED]


class Clock:
    """Copies of the programs that take the time from here; everything they start does too."""

    def __init__(self) -> None:
        # Two folders below .build the programs find what comes with them.
        parent = ROOT / ".build" / "clock"
        parent.mkdir(exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(dir=parent))
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

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

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


def with_clock(clock: Clock, farm: Farm, hearth: Hearth) -> Hearth:
    """A new household of two cameras that goes by this clock."""
    hearth.program = clock.hearth
    return hearth.move_in(farm, USED, patience=60)


def why_not() -> str:
    missing = [tool for tool in ("clang", "patchelf") if not shutil.which(tool)]
    return f"{' and '.join(missing)} not installed" if missing else ""
