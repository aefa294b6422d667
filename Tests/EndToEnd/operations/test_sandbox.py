"""A worker that a camera's bytes have taken over: what it tries, and what stops it."""
from __future__ import annotations

import errno
import json
import signal
import socket
import subprocess
from pathlib import Path
from typing import Iterator

import pytest

from hearth_testing.household import Hearth
from hearth_testing.paths import HEARTH, ROOT

STOPPED = errno.EACCES         # by Landlock
REFUSED = errno.EPERM          # by the filter of system calls
MEMORY = 1 << 30               # bytes that a worker may have


class Trial:
    """`sandbox-trial` (Tests/SandboxTrial), in the place of a camera's worker."""

    def __init__(self, folder: Path, camera: dict, media: dict | None = None):
        self.process = subprocess.Popen([str(HEARTH.with_name("sandbox-trial"))], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        configuration = {"installation": "0" * 32, "settings": camera, "cameraKey": "0" * 64, "folder": str(folder)}
        if media:
            configuration["media"] = media
        self.hold = self.ask(configuration)

    def ask(self, line: dict) -> dict:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"the trial ended at {line}"
        return json.loads(answer)

    def tries(self, what: str, where: object) -> int:
        return self.ask({what: str(where)})["code"]

    def stop(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(10)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict, Path]:
    """A data directory with two cameras; the first one's folder and settings, and the second one's folder."""
    hearth = Hearth(tmp_path_factory.mktemp("sandbox"))
    for number in (1, 2):
        hearth.do("camera", "add", f"Camera {number}", f"rtsp://127.0.0.1:{5540 + number}/main", "--no-probe")

    def name(folder: Path) -> str:
        return json.loads((folder / "settings" / "camera.json").read_text())["name"]

    first, second = sorted((path.parent.parent for path in hearth.data.glob("cameras/*/settings/camera.json")), key=name)
    settings = json.loads((first / "settings" / "camera.json").read_text())
    return first, settings, second


@pytest.fixture(scope="module")
def trial(home: tuple[Path, dict, Path]) -> Iterator[Trial]:
    trial = Trial(home[0], home[1])
    if not trial.hold["files"]:
        trial.stop()
        pytest.skip("this kernel has no Landlock: nothing of this holds here")
    yield trial
    trial.stop()


def test_the_program_that_is_installed_plays_no_such_part() -> None:
    """What tries to break out is a program of the tests alone."""
    done = subprocess.run([str(HEARTH.with_name("hearth-camera")), "trial"], input="{}\n", capture_output=True, text=True, timeout=30)
    assert done.returncode == 64 and "needs a role" in done.stderr, done


def test_it_does_its_own_work(home: tuple[Path, dict, Path], trial: Trial) -> None:
    for part in ("media", "events", "filmstrip", "journal", "run", "quarantine"):
        assert trial.tries("write", home[0] / part / "tried") == 0, part
    assert trial.tries("read", "/etc/hosts") == 0
    assert trial.tries("read", "/proc/net/arp") == 0


@pytest.mark.parametrize("what", ["settings", "marks", "secret"])
def test_it_writes_neither_its_settings_nor_its_marks(home: tuple[Path, dict, Path], trial: Trial, what: str) -> None:
    path = {"settings": "settings/camera.json", "marks": "marks/protected.json", "secret": "settings/secret"}[what]
    assert trial.tries("write", home[0] / path) == STOPPED
    if (home[0] / path).exists():
        assert trial.tries("read", home[0] / path) == STOPPED


def test_it_reads_no_other_camera_and_no_key(home: tuple[Path, dict, Path], trial: Trial) -> None:
    (home[2] / "media").mkdir(exist_ok=True)
    (home[2] / "media" / "a.mp4").write_bytes(b"other")
    data = home[0].parent.parent
    for path in (home[2] / "media" / "a.mp4", home[2] / "settings" / "camera.json", data / "keys" / "master"):
        assert path.exists() and trial.tries("read", path) == STOPPED, path
    assert trial.tries("write", home[2] / "media" / "b.mp4") == STOPPED
    assert trial.tries("write", data / "household.sqlite") == STOPPED
    assert trial.tries("read", Path.home()) == STOPPED
    assert trial.tries("write", "/tmp/tried-by-a-worker") == STOPPED


def test_on_a_volume_it_has_its_own_folder_and_no_more(home: tuple[Path, dict, Path], trial: Trial, tmp_path: Path) -> None:
    volume, camera = "1" * 32, home[0].name
    (tmp_path / "hearth-volume.json").write_text(json.dumps({"version": 1, "installation": "0" * 32, "volume": volume}))
    other = tmp_path / "cameras" / home[2].name / "media"
    other.mkdir(parents=True)
    (other / "a.mp4").write_bytes(b"other")
    trial = Trial(home[0], home[1], {"path": str(tmp_path), "volume": volume})
    try:
        for part in ("media", "events", "journal", "quarantine"):
            assert trial.tries("write", tmp_path / "cameras" / camera / part / "tried") == 0, part
        assert trial.tries("write", home[0] / "run" / "tried") == 0
        assert trial.tries("read", other / "a.mp4") == STOPPED
        for path in (other / "b.mp4", tmp_path / "hearth-volume.json", tmp_path / "tried", tmp_path / "cameras" / camera / "tried"):
            assert trial.tries("write", path) == STOPPED, path
    finally:
        trial.stop()


def test_it_starts_no_program(trial: Trial) -> None:
    for program in ("/bin/sh", "/usr/bin/env", str(HEARTH)):
        assert trial.tries("run", program) in (STOPPED, REFUSED), program


def test_it_has_no_process_beside_itself(trial: Trial) -> None:
    """Its processor time is what the supervisor counts."""
    if trial.hold["calls"]:
        assert trial.tries("divide", "now") == REFUSED


def test_it_reaches_no_other_process(home: tuple[Path, dict, Path], trial: Trial) -> None:
    if not trial.hold["calls"]:
        pytest.skip("this kernel filters no system calls")
    # The control socket, where whoever connects is the owner; another camera's live pictures.
    for path in (home[0].parent.parent / "hearth.sock", home[2] / "run" / "worker.sock"):
        assert trial.tries("unix", path) == REFUSED
    other = subprocess.Popen(["sleep", "60"])
    try:
        assert trial.tries("signal", other.pid) == REFUSED
        assert trial.tries("read", f"/proc/{other.pid}/mem") == STOPPED
    finally:
        other.kill()
        other.wait()


def test_it_has_no_privileges_and_gains_none(trial: Trial) -> None:
    status = Path(f"/proc/{trial.process.pid}/status").read_text()
    assert "NoNewPrivs:\t1" in status
    limits = Path(f"/proc/{trial.process.pid}/limits").read_text()
    assert [line.split()[-3:-1] for line in limits.splitlines() if line.startswith("Max core")] == [["0", "0"]]


def test_its_memory_has_an_end(trial: Trial) -> None:
    assert trial.tries("take", MEMORY // 4) == 0
    assert trial.tries("take", MEMORY) == errno.ENOMEM


def test_a_worker_that_grows_for_ever_ends_alone(home: tuple[Path, dict, Path], trial: Trial) -> None:
    """Before the machine has to choose whom to end, and long before it is one of the others."""
    greedy = Trial(home[0], home[1])
    assert Path(f"/proc/{greedy.process.pid}/oom_score_adj").read_text() == "500\n"
    assert greedy.process.stdin
    greedy.process.stdin.write('{"grow":"forever"}\n')
    greedy.process.stdin.flush()
    assert greedy.process.wait(120) in (-signal.SIGILL, -signal.SIGTRAP, -signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS)
    assert trial.process.poll() is None and trial.tries("read", "/etc/hosts") == 0


def test_it_connects_to_its_cameras_port_alone(home: tuple[Path, dict, Path], trial: Trial) -> None:
    if not trial.hold["ports"]:
        pytest.skip("this kernel's Landlock knows no ports")
    with socket.create_server(("127.0.0.1", 0)) as other:
        assert trial.tries("connect", f"127.0.0.1:{other.getsockname()[1]}") == STOPPED
    assert trial.tries("listen", "127.0.0.1:5541") == STOPPED
    # Nobody listens there, but it may ask.
    assert trial.tries("connect", "127.0.0.1:5541") == errno.ECONNREFUSED
    # Landlock doesn't stop these two; the system unit's IPAddressDeny does (deploy/hearth.service). Said here so that
    # nobody believes more than is true.
    with socket.create_server(("127.0.0.2", 5541)):
        assert trial.tries("connect", "127.0.0.2:5541") == 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        assert trial.tries("send", f"127.0.0.1:{other.getsockname()[1]}") == 0


def test_the_unit_holds_what_landlock_does_not() -> None:
    unit = (ROOT / "deploy" / "hearth.service").read_text()
    assert "IPAddressDeny=any" in unit and "IPAddressAllow=" in unit
    # Without these the unit itself would keep the workers from entering their fence, or end the house for one of them.
    allowed = {word for line in unit.splitlines() if line.startswith("SystemCallFilter=") and "~" not in line
               for word in line.partition("=")[2].split()}
    assert {"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"} <= allowed
    assert "OOMPolicy=continue" in unit
