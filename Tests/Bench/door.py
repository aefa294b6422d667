#!/usr/bin/python3
"""What the door costs: a clip of 50 MB out of Hearth, beside nginx sending the same bytes from a file.

    door.py [--megabytes 50] [--rounds 9] [--check]

Hearth records one camera (1080p25 at 4 Mbit/s) until there is enough, and is started anew without it; then both send the
same bytes over loopback to the same client, in turns. nginx is Debian's, with sendfile off: like Hearth it reads the file and writes it to the socket.
The first byte is measured with ranges at random places, as a player asks for them when somebody seeks; nginx checks nothing,
so the difference is all that the door adds: sign-in, grant, view log, plan and seals.

Promised: at least half of nginx's throughput, and at most 10 ms more to the first byte in 99 of 100 requests.
"""
from __future__ import annotations

import argparse
import http.client
import json
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlencode

from hearth_testing.paths import CACHE, HEARTH
from hearth_testing.ports import free_ports
from recording import hearth, new_farm

LEAST_SHARE, MOST_ADDED = 0.5, 0.010
CHUNK = 1 << 20
SEEKS = 400


# ---------------------------------------------------------------- nginx
def nginx_program() -> str:
    """Debian's nginx; when it is not installed it is only unpacked, since installing it would start a server."""
    if found := shutil.which("nginx"):
        return found
    folder = CACHE.parent / "nginx"
    program = folder / "usr/sbin/nginx"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        print("bench: fetching Debian's nginx, to be unpacked and not installed", flush=True)
        done = subprocess.run(["apt-get", "download", "-qq", "nginx"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        packages = sorted(folder.glob("nginx_*.deb"))
        if done.returncode or not packages:
            sys.exit(f"apt-get could not fetch nginx: {done.stderr.strip()}")
        subprocess.run(["dpkg", "-x", str(packages[-1]), str(folder)], check=True)
    return str(program)


class Nginx:
    def __init__(self, folder: Path):
        self.port, self.folder = free_ports(1), folder / "nginx"
        self.folder.mkdir()
        places = " ".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        configuration = self.folder / "nginx.conf"
        configuration.write_text(
            f"daemon off; master_process off; pid {self.folder}/pid; error_log {self.folder}/error.log; events {{}}\n"
            f"http {{ access_log off; sendfile off; tcp_nodelay on; keepalive_requests 1000000; {places}\n"
            f"server {{ listen 127.0.0.1:{self.port}; root {self.folder}; }} }}\n")
        self.process = subprocess.Popen([nginx_program(), "-p", str(self.folder), "-c", str(configuration)],
                                        stderr=(self.folder / "start.log").open("w"))
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.05)
        sys.exit(f"nginx did not start:\n{(self.folder / 'start.log').read_text()}")


# ---------------------------------------------------------------- asking
class Source:
    """A server and the path of the bytes; one connection, as a player keeps it."""

    def __init__(self, name: str, port: int, path: str, headers: dict[str, str]):
        self.name, self.port, self.path, self.headers = name, port, path, headers
        self.connection = socket.create_connection(("127.0.0.1", port))
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray(CHUNK)

    def get(self, span: tuple[int, int] | None = None, keep: bytearray | None = None) -> tuple[float, float, int]:
        """Seconds to the first byte of the body, seconds in all, and how many bytes the body had."""
        fields = {"Host": f"127.0.0.1:{self.port}", **self.headers, **({"Range": f"bytes={span[0]}-{span[1]}"} if span else {})}
        request = f"GET {self.path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n"
        began = time.perf_counter()
        self.connection.sendall(request.encode())
        head = b""
        while b"\r\n\r\n" not in head:
            more = self.connection.recv(1 << 16)
            if not more:
                raise OSError(f"{self.name} closed the connection")
            head += more
        head, _, body = head.partition(b"\r\n\r\n")
        if head.split(b" ")[1] not in (b"200", b"206"):
            raise OSError(f"{self.name} answered {head[:200]!r}")
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        have, first = len(body), None
        if keep is not None:
            keep += body
        if have:
            first = time.perf_counter()
        while have < length:
            got = self.connection.recv_into(self.buffer)
            if not got:
                raise OSError(f"{self.name} ended early")
            first = first or time.perf_counter()
            if keep is not None:
                keep += self.buffer[:got]
            have += got
        return (first or time.perf_counter()) - began, time.perf_counter() - began, length


def record(folder: Path, megabytes: float) -> tuple[str, dict[str, str]]:
    """Records about so many megabytes; returns where they are to be had."""
    farm = new_farm(1, folder, "busy")
    row = hearth(farm, "hearth", 1, folder)
    try:
        data = str(folder / "hearth")
        subprocess.run([str(HEARTH), "person", "add", "Anna", "--owner", "--password-stdin", "--data", data],
                       input="a long enough password\n", text=True, check=True, stdout=subprocess.DEVNULL)
        token = subprocess.run([str(HEARTH), "token", "create", "--person", "Anna", "--label", "bench", "--data", data],
                               capture_output=True, text=True, check=True).stdout.strip()
        headers = {"Authorization": f"Bearer {token}"}
        return wait_for_footage(int(row.processes[0].args[5].rsplit(":", 1)[1]), headers, megabytes), headers
    finally:
        row.stop()
        farm.stop()


def wait_for_footage(port: int, headers: dict[str, str], megabytes: float) -> str:
    def ask(method: str, path: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request(method, "/api/v1" + path, headers=headers)
        return connection.getresponse()

    camera = None
    while not camera:
        time.sleep(0.5)
        cameras = json.load(ask("GET", "/cameras"))["cameras"]
        camera = next((each["id"] for each in cameras if each["state"] == "recording"), None)
    began = datetime.now(timezone.utc)
    while True:
        time.sleep(5)
        to = datetime.now(timezone.utc) - timedelta(seconds=2)
        query = urlencode({name: moment.strftime("%Y-%m-%dT%H:%M:%S.000Z") for name, moment in (("from", began), ("to", to))})
        path = f"/cameras/{camera}/video.mp4?{query}"
        length = int(ask("HEAD", path).headers.get("content-length", 0))
        if length >= megabytes * 1e6:
            return "/api/v1" + path
        print(f"bench: {length / 1e6:.0f} of {megabytes:.0f} MB recorded", flush=True)


def serve_again(folder: Path) -> tuple[subprocess.Popen, int]:
    """Hearth on what was recorded, with nothing else to do."""
    port = free_ports(1)
    process = subprocess.Popen([str(HEARTH), "serve", "--data", str(folder / "hearth"), "--listen", f"127.0.0.1:{port}"],
                               stdout=subprocess.PIPE, stderr=(folder / "again.log").open("w"), text=True)
    assert process.stdout
    if not process.stdout.readline().startswith("ready "):
        sys.exit(f"hearth did not start again:\n{(folder / 'again.log').read_text()[-2000:]}")
    time.sleep(2)           # in which it looks its folders through
    return process, port


def measure(sources: list[Source], length: int, rounds: int) -> bool:
    speeds: dict[str, list[float]] = {source.name: [] for source in sources}
    for _ in range(rounds):
        for source in sources:
            _, seconds, size = source.get()
            speeds[source.name].append(size / seconds / 1e6)
    first: dict[str, list[float]] = {source.name: [] for source in sources}
    chance = random.Random(7)
    for _ in range(SEEKS):
        place = chance.randrange(length - 300_000)
        for source in sources:
            first[source.name].append(source.get((place, place + 262_143))[0])
    print(f"\n{'':10}{'MB/s (median)':>16}{'MB/s (best)':>14}{'first byte ms: median':>24}{'p99':>8}")
    for source in sources:
        ordered = sorted(first[source.name])
        print(f"{source.name:10}{statistics.median(speeds[source.name]):16.0f}{max(speeds[source.name]):14.0f}"
              f"{1e3 * statistics.median(ordered):24.2f}{1e3 * ordered[int(len(ordered) * 0.99)]:8.2f}")
    share = statistics.median(speeds["hearth"]) / statistics.median(speeds["nginx"])
    added = [sorted(first[name])[int(SEEKS * 0.99)] for name in ("hearth", "nginx")]
    print(f"\nthe door sends at {share:.2f} of nginx's speed; promised at least {LEAST_SHARE}: "
          f"{'reached' if share >= LEAST_SHARE else 'NOT REACHED'}")
    print(f"the door adds {1e3 * (added[0] - added[1]):.1f} ms to the first byte (p99 of {SEEKS}); promised at most "
          f"{1e3 * MOST_ADDED:.0f}: {'reached' if added[0] - added[1] <= MOST_ADDED else 'NOT REACHED'}")
    return share >= LEAST_SHARE and added[0] - added[1] <= MOST_ADDED


def run(megabytes: float, rounds: int) -> bool:
    folder = Path(tempfile.mkdtemp(prefix="hearth-door-"))
    processes: list[subprocess.Popen] = []
    try:
        nginx = Nginx(folder)
        processes.append(nginx.process)
        path, headers = record(folder, megabytes)
        process, port = serve_again(folder)
        processes.append(process)
        source, body = Source("hearth", port, path, headers), bytearray()
        source.get(keep=body)
        (nginx.folder / "clip.mp4").write_bytes(body)
        print(f"bench: {len(body) / 1e6:.1f} MB, {rounds} rounds in turns", flush=True)
        return measure([source, Source("nginx", nginx.port, "/clip.mp4", {})], len(body), rounds)
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=50)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--check", action="store_true", help="fail when a promise is not reached")
    options = parser.parse_args()
    return 0 if run(options.megabytes, options.rounds) or not options.check else 1


if __name__ == "__main__":
    sys.exit(main())
