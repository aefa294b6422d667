"""Hearth itself, as a program that a test starts, asks and ends; and the common household of four cameras."""
from __future__ import annotations

import http.client
import json
import os
import signal
import sqlite3
import subprocess
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Callable, ClassVar, Iterator, Sequence
from urllib.parse import quote, urlencode

from hearth_testing.farm import CAMERAS, DemoCamera, Farm
from hearth_testing.marks import marks
from hearth_testing.paths import HEARTH
from hearth_testing.ports import free_ports
from hearth_testing.processes import command_line, is_alive, kill, open_files, parents
from hearth_testing.waiting import rfc3339, unix_time, until

OWNER, OWNER_PASSWORD = "Anna", "correct horse battery"
PRE_ROLL_SECONDS, POST_ROLL_SECONDS = 5, 10
SEGMENT_SECONDS = 20        # of the common household; a minute without the option for tests
GOOD_RUN_SECONDS = 3        # where a test waits for it; half a minute without the option for tests


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
        self.hurry: Sequence[str] = ()  # options for tests, at each start
        self.zone: str | None = None    # the house's time zone, where it isn't the machine's

    # -- running
    def start(self, *options: str) -> None:
        """Starts it and waits for its `ready` line."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                self.inside(str(self.program), "serve", "--data", str(self.data), "--listen", f"127.0.0.1:{self.port}", *self.hurry,
                            *options),
                stdout=subprocess.PIPE, stderr=log, text=True, env=self._environment())
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line == f"ready http://127.0.0.1:{self.port}/\n", f"hearth serve said {line!r}:\n{self.tail()}"

    def inside(self, *command: str) -> list[str]:
        """The command as it is started where this household lives."""
        return list(command)

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

    def kill_supervisor(self, within: float) -> list[int]:
        """Kills the supervisor alone. All its children must end by themselves within so many seconds; returns them."""
        assert self.process
        children = self.children()
        self.process.kill()
        self.process.wait()
        until("the end of all its children", within, lambda: not [pid for pid in children if is_alive(pid)], every=0.02)
        return children

    def move_in(self, farm: Farm, cameras: Sequence[DemoCamera], patience: float = 30) -> "Hearth":
        """A new household, with these cameras recording."""
        self.token = self.add_person(OWNER, OWNER_PASSWORD, "--owner")
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
        all_headers = {"Content-Type": "application/json", "Hearth-Request": "1"} if body is not None else {}
        if token:
            all_headers["Authorization"] = f"Bearer {token}"
        all_headers.update(headers or {})
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

    def restart_worker(self, camera: str) -> None:
        """Asks for a new start of this camera id's worker, as `camera trust` does: what is being written ends in order."""
        settings = self.data / "cameras" / camera / "settings"
        (settings / "restart.new").touch(mode=0o600)
        (settings / "restart.new").replace(settings / "restart")

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


@dataclass(eq=False)
class House:
    """Hearth with the four cameras, and when what happened."""
    hearth: Hearth
    farm: Farm
    folder: Path
    began: float = field(default_factory=time.time)
    recording: float = 0        # when all cameras were
    settled: float = 0          # from here on every scripted motion counts
    seen: float = 0             # when the last of them had become an event
    look: threading.Thread | None = None        # which waits for that

    ids: dict[str, str] = field(default_factory=dict)       # of the cameras, by name

    def event(self, camera: str) -> dict:
        """The newest event of a camera that was recorded from its pre-roll to its post-roll."""
        found = [event for event in self.hearth.events() if event["camera"] == self.ids[camera] and event.get("end")
                 and unix_time(event["start"]) > self.recording + PRE_ROLL_SECONDS + 3
                 and unix_time(event["end"]) < time.time() - POST_ROLL_SECONDS - 4]
        assert found, f"no finished event of {camera}"
        return found[0]

    @cache
    def saved(self, path: str) -> tuple[Path, dict[str, str]]:
        """What the API gives at a path, as a file that is fetched once, and the answer's headers."""
        answer = self.hearth.ask("GET", path)
        assert answer.status == 200, f"GET {path} answered {answer.status}: {answer.body[:300]!r}"
        file = self.folder / f"saved-{hash(path) & 0xffffffff:08x}{Path(path.split('?')[0]).suffix}"
        file.write_bytes(answer.body)
        return file, answer.headers

    def footage(self, camera: str, since: float, to: float, stream: str = "main") -> tuple[Path, dict[str, str]]:
        return self.saved(self.hearth.video_path(self.ids[camera], since, to, stream))


def new_house(farm: Farm, folder: Path, *options: str, hurry: Sequence[str] = ()) -> House:
    """Starts Hearth from nothing, with options for tests, and adds the four cameras by the command line."""
    house = House(Hearth(folder), farm, folder)
    hearth = house.hearth
    hearth.hurry = hurry
    hearth.add_person(OWNER, OWNER_PASSWORD, "--owner")
    hearth.start()
    hearth.token = hearth.do("token", "create", "--person", OWNER, "--label", "tests")
    hearth.add_cameras(farm, *options)
    names = [camera.name for camera in CAMERAS]
    until("all cameras recording, both streams", 60, lambda: hearth.are_recording(names) and hearth.have_both_streams())
    house.recording = time.time()
    house.ids = {name: camera["id"] for name, camera in hearth.cameras().items()}
    return house


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


def encoded(name: str) -> str:
    return quote(name, safe="")


def listed(hearth: Hearth) -> dict[str, str]:
    """The files that the catalog lists, with their cameras."""
    with closing(sqlite3.connect(f"file:{hearth.data}/catalog.sqlite?mode=ro", uri=True)) as catalog:
        return {file: bytes(camera).hex() for camera, file in catalog.execute(
            "SELECT camera, file FROM segment WHERE state = 'present'")}


def give_policy(hearth: Hearth, folder: Path, text: str) -> None:
    """Gives the household another retention."""
    file = folder / "policy.yaml"
    file.write_text(hearth.do("house", "export").split("\nretention:")[0] + f"\nretention: {text}\n")
    hearth.do("house", "apply", str(file), "--yes")
