"""The pretended cameras and Hearth itself, as programs that a test starts, asks and ends."""
from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.request
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable, ClassVar, Iterator, Sequence, TypeVar
from urllib.parse import quote, urlencode

from streams import marks

ROOT = Path(__file__).resolve().parents[2]
HEARTH = Path(os.environ.get("HEARTH_BINARIES", ROOT / ".build" / "release")) / "hearth"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hearth" / "demo"
REPORTS = ROOT / ".build" / "test-reports"
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


def free_ports(count: int) -> int:
    """The first of `count` ports in a row on which nobody listens."""
    for _ in range(200):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first = probe.getsockname()[1]
        held: list[socket.socket] = []
        try:
            for port in range(first, first + count):
                held.append(socket.socket())
                held[-1].bind(("127.0.0.1", port))
            return first
        except (OSError, OverflowError):
            continue
        finally:
            for each in held:
                each.close()
    raise RuntimeError("no free ports on loopback")


def unix_time(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def rfc3339(moment: float) -> str:
    text = datetime.fromtimestamp(round(moment, 3), timezone.utc).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


# ---------------------------------------------------------------- the cameras
class Farm:
    """deploy/demo/cameras.py, which knows when what moves."""

    def __init__(self, folder: Path, *options: str):
        self.port, self.control = free_ports(6), free_ports(1)
        self.log = folder / "cameras.log"
        command = ["/usr/bin/python3", str(ROOT / "deploy/demo/cameras.py"), "serve", "--cache", str(CACHE), "--port",
                   str(self.port), "--control", str(self.control), "--own-ports", "--with-parent", *options]
        self.process = subprocess.Popen(command, stdout=self.log.open("w"), stderr=subprocess.STDOUT)
        until("the pretended cameras (see " + str(self.log) + ")", 900, self._is_ready)

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, f"the pretended cameras ended:\n{self.log.read_text()}"
        return "\nready\n" in self.log.read_text()

    def url(self, path: str, own_port: int = 0) -> str:
        return f"rtsp://127.0.0.1:{self.port + own_port}/{path}"

    def get(self, path: str, **query: Any) -> dict:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.control}{path}?{urlencode(query)}", timeout=15) as answer:
            return json.load(answer)

    def motions(self, name: str, since: float, until: float) -> list[dict]:
        """What begins to move before this camera in the span."""
        cameras = self.get("/truth", since=since, until=until)["cameras"]
        motions = next(camera["motions"] for camera in cameras if camera["name"] == name)
        return [motion for motion in motions if since <= motion["start"] < until]

    def missed(self) -> dict[str, int]:
        """Frames that the cameras themselves left out, since a client read too slowly."""
        return {f"{stream['camera']}/{stream['stream']}": stream["missed"] for stream in self.get("/status")["streams"]
                if stream["missed"]}

    def left_out(self, camera: str, stream: str) -> set[int]:
        """The numbers of those frames: the camera's own losses, which no recorder can keep."""
        return {frame for entry in self.get("/status")["streams"] if (entry["camera"], entry["stream"]) == (camera, stream)
                for frame in entry["leftOut"]}

    def stood_still(self) -> float:
        """Seconds since the cameras' start in which the machine gave them no time at all."""
        return self.get("/status")["stoodStill"]

    def fault(self, kind: str, **query: Any) -> dict:
        return self.get("/fault", kind=kind, **query)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@dataclass(frozen=True)
class DemoCamera:
    """One of the four, as Hearth is told of it."""
    name: str
    path: str
    codec: str
    frame_rate: int
    audio: bool = False
    user: str | None = None
    password: str | None = None


CAMERAS = (
    DemoCamera("Front door", "front-door", "h264", 25),
    DemoCamera("Garden", "garden", "h265", 15),
    DemoCamera("Living room", "living-room", "h264", 25, audio=True),
    DemoCamera("Garage", "garage", "h264", 15, audio=True, user="demo", password="hearth-demo"),
)


# ---------------------------------------------------------------- Hearth
def kill(pid: int) -> None:
    """Kills it, if it is still there."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Ended:
    """How a command ended."""
    code: int
    out: str
    err: str
    seconds: float


class Hearth:
    """`hearth serve` on a data directory, its command line and its API."""
    all: ClassVar[weakref.WeakSet["Hearth"]] = weakref.WeakSet()       # for who looks at each of them after a test

    def __init__(self, folder: Path):
        Hearth.all.add(self)
        self.is_damaged = False         # on purpose, by a test
        self.checked = 0.0              # monotonic
        self.data = folder / "data"
        self.log = folder / "hearth.log"
        self.port = free_ports(1)
        self.process: subprocess.Popen[str] | None = None
        self.token = ""
        self.program = HEARTH
        self.zone: str | None = None    # the house's time zone, where it isn't the machine's

    # -- running
    def start(self, *options: str) -> None:
        """Starts it and waits for its `ready` line."""
        log = self.log.open("a")
        self.process = subprocess.Popen(
            [str(self.program), "serve", "--data", str(self.data), "--listen", f"127.0.0.1:{self.port}", *options],
            stdout=subprocess.PIPE, stderr=log, text=True, env=self._environment())
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line == f"ready http://127.0.0.1:{self.port}/\n", f"hearth serve said {line!r}:\n{self.tail()}"

    def _environment(self) -> dict[str, str]:
        return {**os.environ, **({"TZ": self.zone} if self.zone else {})}

    def tail(self) -> str:
        return "".join(self.log.read_text().splitlines(keepends=True)[-15:])

    def stop(self) -> int:
        assert self.process
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                for pid in [*self.children(), self.process.pid]:
                    kill(pid)
        if self.process.stdout:
            self.process.stdout.close()
        return self.process.wait(10)

    def end(self) -> None:
        """Stops it where it runs."""
        if self.process and self.process.poll() is None:
            self.stop()

    def kill_all(self) -> None:
        """Nobody may say good-bye."""
        assert self.process
        for pid in [self.process.pid, *self.children()]:
            kill(pid)
        self.process.wait(10)
        if self.process.stdout:
            self.process.stdout.close()

    def move_in(self, owner: str, password: str, farm: "Farm", cameras: Sequence[DemoCamera], patience: float = 30) -> "Hearth":
        """A new household, with these cameras recording."""
        self.token = self.add_person(owner, password, "--owner")
        self.start()
        for camera in cameras:
            self.add_camera(farm, camera, "--no-probe")
        names = [camera.name for camera in cameras]
        until("all cameras recording, both streams", patience, lambda: self.are_recording(names) and self.have_both_streams())
        return self

    # -- the command line
    def run(self, *arguments: str, text: str | None = None, timeout: float = 60) -> Ended:
        """A command that may fail; `text` is its standard input."""
        began = time.monotonic()
        done = subprocess.run([str(self.program), *arguments], input=text if text is not None else "", capture_output=True,
                              text=True, timeout=timeout, env=self._environment())
        return Ended(done.returncode, done.stdout, done.stderr, time.monotonic() - began)

    def do(self, *arguments: str, text: str | None = None) -> str:
        """A command on this household that must succeed."""
        done = self.run(*arguments, "--data", str(self.data), text=text)
        assert done.code == 0, f"hearth {' '.join(arguments)} ended with {done.code}: {done.err}"
        return done.out.strip()

    def add_person(self, name: str, password: str, *options: str) -> str:
        """Adds somebody, and returns a token of theirs."""
        self.do("person", "add", name, "--password-stdin", *options, text=password + "\n")
        return self.do("token", "create", "--person", name, "--label", "tests")

    def add_camera(self, farm: Farm, camera: DemoCamera, *options: str, own_port: int = 0) -> None:
        main, sub = farm.url(camera.path, own_port), farm.url(camera.path + "/sub", own_port)
        words = ["camera", "add", camera.name, main, "--detect", sub, *options]
        if camera.audio:
            words.append("--audio")
        if camera.user:
            words += ["--user", camera.user, "--password-stdin"]
        self.do(*words, text=f"{camera.password}\n" if camera.password else None)

    def add_cameras(self, farm: Farm, *options: str) -> None:
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda camera: self.add_camera(farm, camera, *options), CAMERAS))

    # -- the API
    def ask(self, method: str, path: str, token: str | None = None, headers: dict[str, str] | None = None,
            body: Any = None) -> Answer:
        """One request below /api/v1. The token is the owner's unless another is given; none when it is empty."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, "/api/v1" + path, headers=self._headers(token, headers, body),
                               body=json.dumps(body) if body is not None else None)
            answer = connection.getresponse()
            fields = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, fields, answer.read())
        finally:
            connection.close()

    def _headers(self, token: str | None, headers: dict[str, str] | None, body: Any) -> dict[str, str]:
        token = self.token if token is None else token
        all_headers = dict(headers or {})
        if token:
            all_headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            all_headers.update({"Content-Type": "application/json", "Hearth-Request": "1"})
        return all_headers

    def get(self, path: str, token: str | None = None, **query: Any) -> Any:
        answer = self.ask("GET", path + ("?" + urlencode(query) if query else ""), token)
        assert answer.status == 200, f"GET {path} answered {answer.status}: {answer.body[:300]!r}"
        return answer.json

    @staticmethod
    def video_path(camera: str, since: float, to: float, stream: str = "main") -> str:
        return f"/cameras/{camera}/video.mp4?" + urlencode({"from": rfc3339(since), "to": rfc3339(to), "stream": stream})

    def cameras(self) -> dict[str, dict]:
        """The cameras by name."""
        return {camera["name"]: camera for camera in self.get("/cameras")["cameras"]}

    def events(self, **query: Any) -> list[dict]:
        return self.get("/events", limit=500, **query)["events"]

    def are_recording(self, names: list[str]) -> bool:
        cameras = self.cameras()
        return all(name in cameras and cameras[name]["state"] == "recording" for name in names)

    def have_both_streams(self) -> bool:
        return all(len(camera["streams"]) == 2 for camera in self.cameras().values())

    def have_both_streams_of(self, names: list[str]) -> bool:
        cameras = self.cameras()
        return all(len(cameras[name]["streams"]) == 2 for name in names)

    def check(self) -> str:
        """What `hearth check` finds wrong; nothing where no household is, as on a disk that is away."""
        self.checked = time.monotonic()
        if not (self.data / "hearth.json").exists():
            return ""
        done = self.run("check", "--data", str(self.data), timeout=300)
        return f"{done.out[-2000:]}{done.err[-500:]}" if done.code else ""

    def is_healthy(self) -> bool:
        try:
            return self.ask("GET", "/health", token="").status == 200
        except OSError:
            return False

    # -- its processes
    def children(self) -> list[int]:
        """The processes below the supervisor."""
        assert self.process
        return [pid for pid, parent in parents().items() if parent == self.process.pid]

    def server(self) -> int | None:
        return next((pid for pid in self.children() if "server" in command_line(pid)[1:]), None)

    def worker(self, camera: str) -> int | None:
        """The worker of this camera id: the one that has files of its folder open."""
        return next((pid for pid in self.children() if "worker" in command_line(pid)[1:] and camera in open_files(pid)), None)

    # -- its footage
    def media(self, camera: str = "*", pattern: str = "*.mp4*") -> list[Path]:
        return sorted(self.data.glob(f"cameras/{camera}/media/**/{pattern}"))

    def pin(self, camera: str) -> dict | None:
        """Which device the camera is, from its folder; `None` when nothing is pinned yet."""
        file = self.data / "cameras" / camera / "settings" / "pin.json"
        return json.loads(file.read_text()) if file.exists() else None

    def marks(self, camera: str, stream: str = "main") -> list[tuple[int, float]]:
        """Frame numbers and Unix times of all frames that are on the disk, in order."""
        found = marks([str(path) for path in self.media(camera)])
        return [(frame, at) for _, kind, frame, at in found if kind == stream]


@contextmanager
def lateness(hearth: Hearth) -> Iterator[Callable[[], float]]:
    """Measures beside a test how busy the machine is: gives a function that says how late, in seconds, a short sleep and an
    answer of the server's came at worst so far. A limit in seconds is meant beside that."""
    worst, ended = [0.0], threading.Event()

    def measure() -> None:
        while not ended.is_set():
            began = time.monotonic()
            time.sleep(0.05)
            hearth.is_healthy()
            worst[0] = max(worst[0], time.monotonic() - began - 0.05)

    thread = threading.Thread(target=measure, daemon=True)
    thread.start()
    try:
        yield lambda: worst[0]
    finally:
        ended.set()
        thread.join()


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


def lost(frames: list[tuple[int, float]]) -> list[tuple[int, int]]:
    """The holes between consecutive frame numbers."""
    numbers = [frame for frame, _ in frames]
    return [(before, after) for before, after in zip(numbers, numbers[1:]) if after != before + 1]


def within(frames: list[tuple[int, float]], since: float, to: float) -> list[tuple[int, float]]:
    return [frame for frame in frames if since <= frame[1] < to]


def encoded(name: str) -> str:
    return quote(name, safe="")
