#!/usr/bin/python3
"""What recording costs: Hearth beside ffmpeg, at the same time on the same feeds.

    bench.py [--cameras 4] [--seconds 60] [--check]

Four rows, each of which reads every camera (1080p25 at 4 Mbit/s, and 640x360 at 10 pictures a second):
    copy            one `ffmpeg -c copy` a camera, cutting the main stream into files of a minute
    decode          one `ffmpeg` a camera, decoding the small stream on one thread and throwing it away
    hearth          Hearth, recording the main stream with detection off
    hearth+motion   Hearth, recording both streams and looking for motion in the small one
Cost is user and system time of the whole process tree, so that other work on the machine disturbs it little. Memory is
PSS (shared pages counted in parts) and RSS at the end, supervisor and server included.

Promised: hearth at most 1.5 times copy, and hearth+motion at most 1.2 times copy and decode together. With --check the
exit code says whether that was reached.
"""
from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEARTH = Path(os.environ.get("HEARTH_BINARIES", ROOT / ".build" / "release")) / "hearth"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hearth" / "demo"
TICKS = os.sysconf("SC_CLK_TCK")
WARM_SECONDS = 15
COPY_LIMIT, MOTION_LIMIT = 1.5, 1.2


# ---------------------------------------------------------------- what processes cost
def process_facts() -> dict[int, tuple[int, float]]:
    """Each process' parent, and the seconds that it and its ended children have used."""
    facts = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            text = Path(f"/proc/{entry}/stat").read_text()
        except OSError:
            continue
        fields = text[text.rindex(")") + 2:].split()
        facts[int(entry)] = (int(fields[1]), sum(map(int, fields[11:15])) / TICKS)
    return facts


def tree(roots: list[int]) -> dict[int, float]:
    """The processes below these roots, with their seconds."""
    facts = process_facts()
    found = {pid: facts[pid][1] for pid in roots if pid in facts}
    size = 0
    while size != len(found):
        size = len(found)
        found.update({pid: used for pid, (parent, used) in facts.items() if parent in found})
    return found


def memory(roots: list[int]) -> tuple[float, float]:
    """PSS and RSS in MiB."""
    sums = {"Pss:": 0, "Rss:": 0}
    for pid in tree(roots):
        try:
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                name, *rest = line.split()
                if name in sums:
                    sums[name] += int(rest[0])
        except OSError:
            continue
    return sums["Pss:"] / 1024, sums["Rss:"] / 1024


# ---------------------------------------------------------------- what is measured
@dataclass
class Row:
    name: str
    processes: list[subprocess.Popen] = field(default_factory=list)
    used: float = 0
    pss: float = 0
    rss: float = 0

    @property
    def roots(self) -> list[int]:
        return [process.pid for process in self.processes]

    def seconds(self) -> float:
        return sum(tree(self.roots).values())

    def is_whole(self) -> bool:
        return all(process.poll() is None for process in self.processes)

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Farm:
    def __init__(self, cameras: int, folder: Path):
        self.port, self.control, log = free_port(), free_port(), folder / "cameras.log"
        self.process = subprocess.Popen(
            ["/usr/bin/python3", str(ROOT / "deploy/demo/cameras.py"), "serve", "--cache", str(CACHE), "--cameras", str(cameras),
             "--port", str(self.port), "--control", str(self.control), "--with-parent"],
            stdout=log.open("w"), stderr=subprocess.STDOUT)
        while "\nready\n" not in log.read_text():
            if self.process.poll() is not None:
                sys.exit(f"the pretended cameras ended:\n{log.read_text()}")
            time.sleep(0.2)

    def url(self, camera: int, sub: bool = False) -> str:
        return f"rtsp://127.0.0.1:{self.port}/cam{camera}" + ("/sub" if sub else "")

    def missed(self) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.control)
        connection.request("GET", "/status")
        return sum(stream["missed"] for stream in json.load(connection.getresponse())["streams"])


def ffmpeg(farm: Farm, name: str, cameras: int, folder: Path) -> Row:
    row = Row(name)
    for camera in range(1, cameras + 1):
        sub = name == "decode"
        words = ["ffmpeg", "-nostdin", "-v", "error", *(["-threads", "1"] if sub else []), "-rtsp_transport", "tcp",
                 "-i", farm.url(camera, sub)]
        words += ["-an", "-fps_mode", "passthrough", "-f", "null", "-"] if sub else [
            "-c", "copy", "-f", "segment", "-segment_time", "60", "-segment_format", "mp4", "-reset_timestamps", "1",
            str(folder / f"{name}-{camera}-%03d.mp4")]
        row.processes.append(subprocess.Popen(words, stderr=(folder / f"{name}.log").open("a")))
    return row


def hearth(farm: Farm, name: str, cameras: int, folder: Path) -> Row:
    data, motion, port = folder / name, name == "hearth+motion", free_port()
    house = {"cameras": [{"name": f"Camera {camera}", "source": farm.url(camera), "audio": False, "record_detect": motion,
                          "motion": {"enabled": motion}, **({"detect": farm.url(camera, sub=True)} if motion else {})}
                         for camera in range(1, cameras + 1)]}
    file = folder / f"{name}.yaml"
    file.write_text(json.dumps(house))          # JSON is YAML
    process = subprocess.Popen(
        [str(HEARTH), "serve", "--data", str(data), "--listen", f"127.0.0.1:{port}", "--house", str(file)],
        stdout=subprocess.PIPE, stderr=(folder / f"{name}.log").open("w"), text=True)
    assert process.stdout
    if not process.stdout.readline().startswith("ready "):
        sys.exit(f"{name} did not start:\n{(folder / f'{name}.log').read_text()[-2000:]}")
    return Row(name, [process])


# ---------------------------------------------------------------- the run
def measure(rows: list[Row], seconds: float) -> float:
    before = [row.seconds() for row in rows]
    began = time.monotonic()
    time.sleep(seconds)
    after = [row.seconds() for row in rows]
    for row, first, last in zip(rows, before, after):
        row.used = last - first
        row.pss, row.rss = memory(row.roots)
    return time.monotonic() - began


def report(rows: list[Row], cameras: int, seconds: float) -> bool:
    hours = cameras * seconds / 3600
    print(f"\n{'':16}{'CPU-s per camera-hour':>24}{'% of a core':>14}{'PSS MiB/camera':>17}{'RSS MiB/camera':>17}")
    for row in rows:
        print(f"{row.name:16}{row.used / hours:24.0f}{100 * row.used / seconds / cameras:14.2f}"
              f"{row.pss / cameras:17.1f}{row.rss / cameras:17.1f}")
    used = {row.name: row.used for row in rows}
    reached = True
    print()
    for name, what, other, limit in (("hearth", "copy", used["copy"], COPY_LIMIT),
                                     ("hearth+motion", "copy and decode", used["copy"] + used["decode"], MOTION_LIMIT)):
        ratio = used[name] / other
        reached &= ratio <= limit
        print(f"{name} costs {ratio:.2f} times {what}; promised at most {limit}: {'reached' if ratio <= limit else 'NOT REACHED'}")
    return reached


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=60, help="how long is measured, after a warm-up (default 60)")
    parser.add_argument("--check", action="store_true", help="fail when a promise is not reached")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="hearth-bench-"))
    rows: list[Row] = []
    farm = None
    try:
        print(f"bench: starting {options.cameras} cameras", flush=True)
        farm = Farm(options.cameras, folder)
        rows += [ffmpeg(farm, "copy", options.cameras, folder), ffmpeg(farm, "decode", options.cameras, folder),
                 hearth(farm, "hearth", options.cameras, folder), hearth(farm, "hearth+motion", options.cameras, folder)]
        print(f"bench: warming up for {WARM_SECONDS} s, then measuring for {options.seconds:.0f} s", flush=True)
        time.sleep(WARM_SECONDS)
        missed = farm.missed()
        seconds = measure(rows, options.seconds)
        missed = farm.missed() - missed
        broken = [row.name for row in rows if not row.is_whole()]
        reached = report(rows, options.cameras, seconds)
    finally:
        for row in rows:
            row.stop()
        if farm:
            farm.process.terminate()
        shutil.rmtree(folder, ignore_errors=True)
    if missed:
        print(f"the machine was too busy: {missed} frames were read too late and left out")
    if broken:
        print(f"not all of {', '.join(broken)} ran to the end: these figures mean nothing")
    return 1 if broken or (options.check and not reached) else 0


if __name__ == "__main__":
    sys.exit(main())
