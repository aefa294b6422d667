"""A household's network of its own: a bridge, and devices with hardware addresses that are plugged in, unplugged and given
other addresses. Each device, and Hearth itself, lives in a network namespace; nothing of the machine's network is touched,
and all of it is gone with the processes."""
from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

from hearth_testing.farm import start_cameras
from hearth_testing.household import Answer, Hearth
from hearth_testing.marks import marks
from hearth_testing.waiting import until

NETWORK = "10.77.0"
PORT = 8554


def why_not() -> str:
    """Why namespaces can't be had here; empty when they can."""
    if os.geteuid() != 0:
        return "needs root, for network namespaces"
    for tool in ("ip", "unshare", "nsenter"):
        if not shutil.which(tool):
            return f"needs the program {tool} (Debian packages iproute2 and util-linux)"
    if subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode != 0:
        return "this system gives no network namespaces"
    return ""


class Namespace:
    """Held by a process that sleeps."""

    def __init__(self) -> None:
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        own = os.readlink("/proc/self/ns/net")
        until("a network namespace", 5, lambda: os.readlink(f"/proc/{self.holder.pid}/ns/net") != own, every=0.01)
        self.ip("link", "set", "lo", "up")

    def inside(self, *command: str) -> list[str]:
        return ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", *command]

    def do(self, *command: str) -> str:
        done = subprocess.run(self.inside(*command), capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
        return done.stdout

    def ip(self, *words: str) -> str:
        return self.do("ip", *words)

    def end(self) -> None:
        self.holder.kill()
        self.holder.wait()


class Device(Namespace):
    """A camera: one network adapter, and the RTSP farm behind it. `name` is in every picture's mark."""

    def __init__(self, lan: "Lan", name: str, number: int):
        super().__init__()
        self.name, self.hardware = name, f"02:00:5e:10:00:{number:02x}"
        self.address = ""
        self.port_name = f"port{number}"
        self.lan = lan
        lan.ip("link", "add", self.port_name, "type", "veth", "peer", "name", "eth0", "netns", str(self.holder.pid))
        lan.ip("link", "set", self.port_name, "master", "house", "up")
        self.ip("link", "set", "eth0", "address", self.hardware)
        self.farm: subprocess.Popen[bytes] | None = None

    def boot(self, *options: str) -> None:
        """Starts its firmware."""
        log = self.lan.folder / f"{self.name}.log"
        self.farm = start_cameras(log, PORT, 0, "--bind", "0.0.0.0", "--cameras", "1", "--marked", self.name, *options,
                                  inside=self.inside())

    def halt(self) -> None:
        if self.farm:
            self.farm.kill()
            self.farm.wait()
            self.farm = None

    def unplug(self) -> None:
        self.ip("link", "set", "eth0", "down")
        self.ip("address", "flush", "dev", "eth0")

    def plug(self, last: int) -> None:
        """In the network, at the address that ends in `last`."""
        self.address = f"{NETWORK}.{last}"
        self.ip("address", "add", f"{self.address}/24", "dev", "eth0")
        self.ip("link", "set", "eth0", "up")
        # As cameras do when they come up: it looks for the router, and so says who has its address now.
        self.do("bash", "-c", f"echo > /dev/udp/{NETWORK}.1/9")

    def url(self, path: str = "cam1") -> str:
        return f"rtsp://{self.address}:{PORT}/{path}"

    def end(self) -> None:
        self.halt()
        super().end()


class Lan(Namespace):
    def __init__(self, folder: Path):
        super().__init__()
        self.folder = folder
        self.devices: list[Device] = []
        self.ip("link", "add", "house", "type", "bridge", "forward_delay", "0")
        self.ip("address", "add", f"{NETWORK}.1/24", "dev", "house")
        self.ip("link", "set", "house", "up")

    def device(self, name: str, last: int, *options: str) -> Device:
        """A camera that runs, at an address."""
        device = Device(self, name, len(self.devices) + 1)
        self.devices.append(device)
        device.plug(last)
        device.boot(*options)
        return device

    def end(self) -> None:
        for device in self.devices:
            device.end()
        super().end()


class LanHearth(Hearth):
    """Hearth in that network. Asked through its control socket, which is a file."""

    def __init__(self, folder: Path, lan: Lan):
        super().__init__(folder)
        self.lan = lan

    def inside(self, *command: str) -> list[str]:
        return self.lan.inside(*command)

    def add(self, name: str, url: str, *options: str, password: str | None = None) -> str:
        self.do("camera", "add", name, url, "--no-probe", *options, text=f"{password}\n" if password else None)
        return self.camera(name)["id"]

    def ask(self, method: str, path: str, token: str | None = None, headers: dict[str, str] | None = None,
            body: Any = None) -> Answer:
        connection = _Control(self.data)
        try:
            connection.request(method, "/api/v1" + path, headers=self._headers("", headers, body),
                               body=json.dumps(body) if body is not None else None)
            answer = connection.getresponse()
            return Answer(answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def ask_as(self, token: str, path: str) -> int:
        """The status that a person's request from within the house gets."""
        done = subprocess.run(
            self.lan.inside("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", f"Authorization: Bearer {token}",
                            f"http://127.0.0.1:{self.port}/api/v1{path}"), capture_output=True, text=True)
        return int(done.stdout)

    def camera(self, name: str) -> dict:
        return next(camera for camera in self.get("/cameras")["cameras"] if camera["name"] == name)

    def settings(self, camera: str) -> dict:
        return json.loads((self.data / f"cameras/{camera}/settings/camera.json").read_text())

    def journal(self, camera: str) -> list[dict]:
        lines = []
        for path in sorted(self.data.glob(f"cameras/{camera}/journal/*.jsonl")):
            lines += [json.loads(line) for line in path.read_text().splitlines() if line]
        return lines

    def names(self, camera: str, since: float = 0) -> set[str]:
        """Whose pictures are filed under this camera."""
        return self._names(self.media(camera), since)

    def held_apart(self, camera: str) -> set[str]:
        return self._names(sorted(self.data.glob(f"cameras/{camera}/quarantine/media/**/*.mp4*")), 0)

    @staticmethod
    def _names(paths: list[Path], since: float) -> set[str]:
        return {name for name, _, _, at in marks([str(path) for path in paths]) if at >= since}


class _Control(http.client.HTTPConnection):
    def __init__(self, data: Path):
        super().__init__("localhost", timeout=60)
        self.data = data

    def connect(self) -> None:
        # By the folder's descriptor: a socket's path may have 107 bytes.
        folder = os.open(self.data, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(60)
            self.sock.connect(f"/proc/self/fd/{folder}/hearth.sock")
        finally:
            os.close(folder)
