"""Mistakes: each gets words that name what and what next, the documented exit code, and loses nothing."""
from __future__ import annotations

import os
import socket
import socketserver
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Iterator

import pytest

from hearth_testing.farm import Farm
from hearth_testing.household import OWNER, OWNER_PASSWORD, Hearth
from hearth_testing.paths import HEARTH
from hearth_testing.ports import free_ports
from hearth_testing.waiting import until

ANYWHERE = f"127.0.0.1:{free_ports(1)}"
USAGE, UNAVAILABLE, CANNOT_CREATE, INPUT_OUTPUT, PERMISSION, CONFIGURATION = 64, 69, 73, 74, 77, 78


@pytest.fixture(scope="module")
def stubs() -> Iterator[dict[str, int]]:
    """Ports of things that are no cameras."""
    web = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    mute = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mute)
    mute.daemon_threads = True
    for server in (web, mute):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {"web": web.server_port, "mute": mute.server_address[1], "nobody": free_ports(1)}
    for server in (web, mute):
        server.shutdown()


class Mute(socketserver.BaseRequestHandler):
    """Takes the connection and everything that is sent, and says nothing."""

    def handle(self) -> None:
        while self.request.recv(4096):
            pass


@pytest.fixture(scope="module")
def hearth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hearth]:
    """A household with an owner and no cameras, that runs."""
    hearth = Hearth(tmp_path_factory.mktemp("mistakes"))
    hearth.token = hearth.add_person(OWNER, OWNER_PASSWORD, "--owner")
    hearth.start()
    yield hearth
    hearth.stop()


def says(done, code: int, *needles: str) -> None:
    """One error that names each of the needles, says what to do next, and ends with this code."""
    assert done.code == code, f"code {done.code}: {done.err}"
    for needle in needles:
        assert needle in done.err, done.err
    assert " — " in done.err.strip(), f"it doesn't say what to do next: {done.err}"
    assert "Fatal error" not in done.err and "Problem(" not in done.err


CAMERA_MISTAKES = {
    # name: (address, user and password, exit code, what the words name)
    "wrong path": ("rtsp://127.0.0.1:{farm}/nothing", None, UNAVAILABLE, ["/nothing"]),
    "wrong password": ("rtsp://127.0.0.1:{farm}/garage", ("demo", "Tr0ub4dor"), PERMISSION, ["password"]),
    "no password": ("rtsp://127.0.0.1:{farm}/garage", None, PERMISSION, ["password"]),
    "nobody listens": ("rtsp://127.0.0.1:{nobody}/main", None, UNAVAILABLE, ["127.0.0.1 port {nobody}"]),
    "no such host": ("rtsp://no-such-camera.invalid/main", None, UNAVAILABLE, ["no-such-camera.invalid"]),
    "public host": ("rtsp://93.184.215.14/main", None, CONFIGURATION, ["93.184.215.14", "private addresses"]),
    "public host in IPv6": ("rtsp://[2606:2800:21f::1]/main", None, CONFIGURATION, ["2606:2800:21f::1", "private addresses"]),
    "metadata address": ("rtsp://169.254.169.254/x", None, CONFIGURATION, ["169.254.169.254", "private addresses"]),
    "mapped metadata address": ("rtsp://[::ffff:a9fe:a9fe]/x", None, CONFIGURATION, ["::ffff:a9fe:a9fe", "private addresses"]),
    "not an RTSP server": ("rtsp://127.0.0.1:{web}/main", None, UNAVAILABLE, ["127.0.0.1", "RTSP"]),
    "accepts and says nothing": ("rtsp://127.0.0.1:{mute}/main", None, UNAVAILABLE, ["127.0.0.1:{mute}", "10 s"]),
    "no video": ("rtsp://127.0.0.1:{farm}/sound", None, UNAVAILABLE, ["video"]),
    "no scheme": ("192.168.1.20/main", None, USAGE, ["rtsp://"]),
    "another protocol": ("http://192.168.1.20/main", None, USAGE, ["http://", "rtsp://"]),
    "a file": ("file:///etc/passwd", None, USAGE, ["file://", "rtsp://"]),
    "no host": ("rtsp:///main", None, USAGE, ["host"]),
    "a bad port": ("rtsp://127.0.0.1:99999/main", None, USAGE, ["99999"]),
}


@pytest.mark.parametrize("command", ["probe", "add"])
@pytest.mark.parametrize("mistake", CAMERA_MISTAKES)
def test_a_cameras_address_is_wrong(hearth: Hearth, farm: Farm, stubs: dict[str, int], mistake: str, command: str) -> None:
    address, person, code, needles = CAMERA_MISTAKES[mistake]
    places = {"farm": farm.port, **stubs}
    words = ["camera", command, *(["Porch"] if command == "add" else []), address.format(**places)]
    text = None
    if person:
        words += ["--user", person[0], "--password-stdin"]
        text = person[1] + "\n"
    if command == "add":
        words += ["--data", str(hearth.data)]
    done = hearth.run(*words, text=text, timeout=45)
    says(done, code, *(needle.format(**places) for needle in needles))
    assert done.seconds < 30
    if person:
        assert person[1] not in done.err + done.out
    assert hearth.cameras() == {} and not list(hearth.data.glob("cameras/*/settings"))


def test_a_password_in_the_address_is_never_repeated(hearth: Hearth, farm: Farm) -> None:
    done = hearth.run("camera", "probe", f"rtsp://demo:Tr0ub4dor@127.0.0.1:{farm.port}/garage")
    says(done, PERMISSION)
    assert "Tr0ub4dor" not in done.err + done.out


@pytest.mark.parametrize("host", ["169.254.169.254", "[::ffff:169.254.169.254]", "8.8.8.8"])
def test_a_camera_outside_the_house_is_not_even_stored(hearth: Hearth, host: str) -> None:
    """Unprobed: the settings refuse it, not only the worker that would connect."""
    done = hearth.run("camera", "add", "Porch", f"rtsp://{host}/x", "--no-probe", "--data", str(hearth.data))
    says(done, CONFIGURATION, host.strip("[]"), "private addresses")
    assert hearth.cameras() == {}


RUNNING_MISTAKES = {
    "wrong password": ("rtsp://127.0.0.1:{farm}/garage", ("demo", "Tr0ub4dor"), "wrongPassword"),
    "wrong path": ("rtsp://127.0.0.1:{farm}/nothing", None, "offline"),
    "nobody listens": ("rtsp://127.0.0.1:{nobody}/main", None, "offline"),
    "accepts and says nothing": ("rtsp://127.0.0.1:{mute}/main", None, "offline"),
    "no video": ("rtsp://127.0.0.1:{farm}/sound", None, "offline"),
}


def test_a_running_camera_says_what_is_wrong_with_it(farm: Farm, stubs: dict[str, int], tmp_path: Path) -> None:
    """Unprobed mistakes, all in one household, beside a camera that is none."""
    hearth = Hearth(tmp_path)
    hearth.token = hearth.add_person(OWNER, OWNER_PASSWORD, "--owner")
    places = {"farm": farm.port, **stubs}
    for name, (address, person, _) in RUNNING_MISTAKES.items():
        words = ["--user", person[0], "--password-stdin"] if person else []
        hearth.do("camera", "add", name, address.format(**places), "--no-probe", *words,
                  text=person[1] + "\n" if person else None)
    hearth.do("camera", "add", "Good", farm.url("front-door"), "--no-probe")
    hearth.start()
    try:
        until("the good camera", 40, lambda: hearth.are_recording(["Good"]))
        for name, (_, _, state) in RUNNING_MISTAKES.items():
            until(f"{name}: {state}", 40, lambda: hearth.cameras()[name]["state"] == state)
            assert hearth.cameras()[name]["cause"], f"{name} gives no cause"
        assert hearth.are_recording(["Good"])
    finally:
        assert hearth.stop() == 0


HOUSE_MISTAKES = {
    "unknown key": ("cameras:\n  - name: Porch\n    sorce: rtsp://192.168.1.20/main\n", ["sorce", "source", ":3:"]),
    "bad unit": ("retention:\n  continuous: 3 parsecs\n", ['"parsecs" is not a unit', ":2:"]),
    "bad size": ("retention:\n  budget: 500\n", ["500", ":2:"]),
    "duplicate name": ("cameras:\n  - name: Porch\n    source: rtsp://192.168.1.20/a\n  - name: Porch\n"
                       "    source: rtsp://192.168.1.21/a\n", ["Porch", ":4:"]),
    "grant of an unknown camera": ("people:\n  - name: Kim\n    grants:\n      - {camera: Attic, rights: [live]}\n", ["Attic", ":4:"]),
    "no YAML": ("cameras: [\n", ["house.yaml"]),
    "a list for a map": ("- cameras\n", ["house.yaml"]),
    "public camera": ("cameras:\n  - name: Porch\n    source: rtsp://93.184.215.14/main\n", ["93.184.215.14", ":3:"]),
}


@pytest.mark.parametrize("command", ["check", "apply", "serve"])
@pytest.mark.parametrize("mistake", HOUSE_MISTAKES)
def test_a_house_file_is_wrong(hearth: Hearth, tmp_path: Path, mistake: str, command: str) -> None:
    text, needles = HOUSE_MISTAKES[mistake]
    file = tmp_path / "house.yaml"
    file.write_text(text)
    if command == "serve":
        words = ["serve", "--data", str(tmp_path / "data"), "--listen", ANYWHERE, "--house", str(file)]
    else:
        words = ["house", command, str(file), *(["--data", str(hearth.data)] if command == "apply" else [])]
    done = hearth.run(*words, timeout=30)
    says(done, CONFIGURATION, "house.yaml", *needles)
    assert hearth.cameras() == {}
    assert not list((tmp_path / "data").glob("cameras/*"))


@pytest.mark.parametrize("command", ["check", "apply", "serve"])
def test_a_house_file_that_is_not_there(hearth: Hearth, tmp_path: Path, command: str) -> None:
    file = tmp_path / "none.yaml"
    if command == "serve":
        words = ["serve", "--data", str(tmp_path / "data"), "--listen", ANYWHERE, "--house", str(file)]
    else:
        words = ["house", command, str(file), *(["--data", str(hearth.data)] if command == "apply" else [])]
    done = hearth.run(*words, timeout=30)
    assert done.code in (66, 69, 73, 74, CONFIGURATION), done.err
    assert "none.yaml" in done.err


def test_the_data_directory_lies_below_a_file(hearth: Hearth, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("something dear")
    done = hearth.run("serve", "--data", str(tmp_path / "file" / "data"), "--listen", ANYWHERE, timeout=30)
    assert done.code in (CANNOT_CREATE, INPUT_OUTPUT)
    says(done, done.code, str(tmp_path / "file"))
    assert (tmp_path / "file").read_text() == "something dear"


def test_the_data_directory_may_not_be_written(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Root may write everywhere, so this is tried as somebody else."""
    folder = tmp_path_factory.mktemp("locked")
    for parent in (folder, *folder.parents):
        if parent.stat().st_uid == os.getuid() and parent != Path("/") and str(parent).startswith("/tmp/"):
            parent.chmod(0o755)
    locked = folder / "data"
    locked.mkdir(mode=0o755)
    locked.chmod(0o555)
    identity = {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}
    words = [str(HEARTH), "serve", "--data", str(locked / "hearth"), "--listen", ANYWHERE]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL, **identity)
    except PermissionError:
        pytest.skip("the program lies where nobody else may run it")
    assert done.returncode in (CANNOT_CREATE, PERMISSION), done.stderr
    assert str(locked) in done.stderr and " — " in done.stderr
    assert not list(locked.iterdir())


def test_the_port_is_taken(hearth: Hearth, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = hearth.run("serve", "--data", str(tmp_path / "data"), "--listen", f"127.0.0.1:{port}", timeout=30)
    says(done, UNAVAILABLE, str(port))
    assert "ready" not in done.out


@pytest.mark.parametrize("listen", ["8.8.8.8:8780", "0.0.0.0:8780", "127.0.0.1:port", "porch"])
def test_an_address_to_listen_on_is_refused(hearth: Hearth, tmp_path: Path, listen: str) -> None:
    done = hearth.run("serve", "--data", str(tmp_path / "data"), "--listen", listen, timeout=30)
    says(done, done.code, listen.split(":")[0])
    assert done.code in (USAGE, CONFIGURATION)


def test_there_is_no_household(hearth: Hearth, tmp_path: Path) -> None:
    done = hearth.run("camera", "list", "--data", str(tmp_path / "nowhere"))
    says(done, UNAVAILABLE, str(tmp_path / "nowhere"), "hearth serve")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("words", [["camera", "lst"], ["serve", "--daata", "x"], ["camera", "add"], ["event", "list", "--limit", "many"]])
def test_a_command_line_is_wrong(hearth: Hearth, words: list[str]) -> None:
    done = hearth.run(*words)
    assert done.code == USAGE and done.err


def test_every_command_has_help_that_teaches(hearth: Hearth) -> None:
    for words in (["serve"], ["demo"], ["house", "check"], ["house", "apply"], ["house", "export"], ["camera", "list"],
                  ["camera", "add"], ["camera", "probe"], ["camera", "archive"], ["person", "add"], ["person", "list"],
                  ["person", "grant"], ["person", "revoke"], ["person", "password"], ["event", "list"], ["export"],
                  ["retention", "plan"], ["retention", "apply"], ["check"], ["token", "create"]):
        done = hearth.run(*words, "--help")
        assert done.code == 0, words
        assert "hearth " + " ".join(words) in done.out and "xample" in done.out, words
