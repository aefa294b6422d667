"""Workers that hang: nobody can ask them to end, so their supervisor does it for them. A machine that stood still hangs nobody."""
from __future__ import annotations

import ctypes
import os
import signal
import threading
import time
from pathlib import Path
from typing import Iterator

import pytest

from hearth_testing.farm import CAMERAS, Farm
from hearth_testing.household import OWNER, OWNER_PASSWORD, Hearth
from hearth_testing.marks import lost, within
from hearth_testing.waiting import until

BACK = 15               # seconds within which a worker that hangs is replaced
LATE = 10               # more of them, for a machine that is busy
NAMES = [camera.name for camera in CAMERAS[:3]]
PTRACE_SEIZE, PTRACE_INTERRUPT, WALL = 0x4206, 0x4207, 0x40000000


@pytest.fixture(scope="module")
def hearth(farm: Farm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hearth]:
    hearth = Hearth(tmp_path_factory.mktemp("watchdog"))
    hearth.token = hearth.add_person(OWNER, OWNER_PASSWORD, "--owner")
    for camera in CAMERAS[:3]:
        hearth.add_camera(farm, camera, "--no-probe")
    hearth.start()
    until("all cameras recording", 60, lambda: hearth.are_recording(NAMES) and hearth.have_both_streams())
    yield hearth
    hearth.stop()


def workers(hearth: Hearth) -> dict[str, int]:
    found = {name: hearth.worker(camera["id"]) for name, camera in hearth.cameras().items()}
    return {name: pid for name, pid in found.items() if pid}


def reader(pid: int) -> int:
    """The thread that reads the main stream: it bears the stream's name."""
    return next(int(path.parent.name) for path in Path(f"/proc/{pid}/task").glob("*/comm") if path.read_text().strip() == "main")


class Frozen:
    """One thread that stands still from now on, as one does in a loop of a library's, while the others of its process go on."""

    def __init__(self, number: int):
        self.number, self.error = number, 0
        self.begun = threading.Event()
        threading.Thread(target=self._hold, daemon=True).start()
        assert self.begun.wait(10)

    def _hold(self) -> None:
        # All of it on one thread: who traces is a thread, and it must take notice of the other's end.
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.ptrace(PTRACE_SEIZE, self.number, None, None) or libc.ptrace(PTRACE_INTERRUPT, self.number, None, None):
            self.error = ctypes.get_errno()
        self.begun.set()
        try:
            while not self.error:
                _, status = os.waitpid(self.number, WALL)
                if os.WIFEXITED(status) or os.WIFSIGNALED(status):
                    return
        except ChildProcessError:
            pass


def test_hanging_workers_are_replaced_and_the_other_loses_nothing(farm: Farm, hearth: Hearth) -> None:
    before = workers(hearth)
    assert set(before) == set(NAMES)
    whole, stopped, looping = NAMES
    hung = time.time()
    os.kill(before[stopped], signal.SIGSTOP)
    frozen = Frozen(reader(before[looping]))
    if frozen.error:
        os.kill(before[stopped], signal.SIGCONT)
        pytest.skip(f"no thread can be held here: {os.strerror(frozen.error)}")
    for name in (stopped, looping):
        until(f"another worker for {name}", BACK + LATE, lambda: workers(hearth).get(name, before[name]) != before[name])
        print(f"{name}: back after {time.time() - hung:.1f} s")
    until("all recording", 20, lambda: hearth.are_recording(NAMES))
    assert workers(hearth)[whole] == before[whole]
    time.sleep(2)
    camera = CAMERAS[0]
    found = within(hearth.marks(hearth.cameras()[whole]["id"]), hung - 3, time.time() - 2)
    holes = [hole for hole in lost(found) if not set(range(hole[0] + 1, hole[1])) <= farm.left_out(camera.path, "main")]
    assert found and not holes, holes
    assert hearth.log.read_text().count("it hangs") == 2


def test_a_machine_that_stood_still_hangs_nobody(hearth: Hearth) -> None:
    """All its processes at once, and the supervisor the first to go on: it sees nothing but silence."""
    assert hearth.process
    before, children = workers(hearth), hearth.children()
    killed = hearth.log.read_text().count("it hangs")
    for pid in [hearth.process.pid, *children]:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(12)
    os.kill(hearth.process.pid, signal.SIGCONT)
    time.sleep(1)
    for pid in children:
        os.kill(pid, signal.SIGCONT)
    time.sleep(9)
    assert workers(hearth) == before
    assert hearth.log.read_text().count("it hangs") == killed
    until("all recording", 30, lambda: hearth.are_recording(NAMES))
