"""The simulated cameras as programs that a test starts, asks and ends."""
from __future__ import annotations

import json
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Sequence
from urllib.parse import urlencode

from hearth_testing.paths import CACHE, DEBIAN_PYTHON, ROOT, environment
from hearth_testing.ports import free_ports
from hearth_testing.waiting import until

LOOP = 20                   # seconds: of the scenes, in each of which one thing moves once
DEMO = (str(ROOT / "deploy/demo/cameras.py"), "serve", "--loop", str(LOOP))
WITH_OWN_PORTS = (*DEMO, "--own-ports")
# The minute that `hearth demo` shows, for tests that compare each frame with the ledger. They always ran on it, and how a loop's end,
# where sound starts anew, moves the times of a camera's frames is not known yet.
LONG_LOOP = (str(ROOT / "deploy/demo/cameras.py"), "serve", "--own-ports")
STORM = ("-m", "hearth_testing.storm.cameras")
PATIENCE = 900              # seconds: the first start draws and encodes the scenes


def start_cameras(log: Path, port: int, control: int, *options: str, program: Sequence[str] = DEMO,
                  inside: Sequence[str] = ()) -> subprocess.Popen[bytes]:
    """Starts simulated cameras and waits until they serve. `inside` are words before the command, as of a namespace."""
    process = subprocess.Popen(
        [*inside, DEBIAN_PYTHON, *program, "--cache", str(CACHE), "--port", str(port), "--control", str(control), "--with-parent",
         *options], stdout=log.open("w"), stderr=subprocess.STDOUT, env=environment())

    def is_ready() -> bool:
        assert process.poll() is None, f"the simulated cameras ended:\n{log.read_text()}"
        return "\nready\n" in log.read_text()

    until(f"the simulated cameras (see {log})", PATIENCE, is_ready)
    return process


class Farm:
    """deploy/demo/cameras.py, which knows when what moves; or another program that is asked in the same way. Camera number k
    also has port `port` + k."""

    def __init__(self, folder: Path, *options: str, cameras: int = 4, program: Sequence[str] = WITH_OWN_PORTS):
        self.port, self.control = free_ports(cameras + 2), free_ports(1)
        self.log = folder / "cameras.log"
        self.process = start_cameras(self.log, self.port, self.control, *options, program=program)

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
