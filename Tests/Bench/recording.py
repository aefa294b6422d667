#!/usr/bin/python3
"""What recording costs: Hearth beside ffmpeg, at the same time on the same feeds.

    recording.py [--cameras 4] [--seconds 60] [--warm-up 15] [--scene quiet|busy] [--scale] [--check]

Rows, each of which reads every camera (1080p25 at 4 Mbit/s, and 640x360 at 10 pictures a second):
    copy            one `ffmpeg -c copy` a camera, cutting the main stream into files of a minute
    decode          one `ffmpeg` a camera, decoding the small stream on one thread and throwing it away
    motion          Debian's `motion`, where it is installed: recording the main stream by pass-through, looking at the small one
    hearth          Hearth, recording the main stream with detection off
    hearth+motion   Hearth, recording the main stream and looking for motion in the small one
    hearth both     the same, recording the small stream as well, as it does unless it is told otherwise
    hearth main     Hearth, without a small stream: looking for motion in the main stream's keyframes
in a quiet scene, then in a busy one. --scale measures hearth+motion alone with 1, 4 and 16 cameras and counts the frames
that are missing on the disk. Cost is user and system time of the whole process tree, so that other work on the machine disturbs it little. Memory is
PSS (shared pages counted in parts) and RSS at the end, supervisor and server included; "own" is what one reader's process
has written itself (private and dirty).

Promised: hearth at most as much as copy; hearth+motion at most 0.83 of copy and decode together in a quiet scene, as much as
both in a busy one, and less than motion; and 16 MiB of its own for a reader of both streams. With --check the exit code says whether that was reached.
"""
from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from hearth_testing.farm import Farm
from hearth_testing.marks import marks
from hearth_testing.paths import HEARTH
from hearth_testing.ports import free_ports

TICKS = os.sysconf("SC_CLK_TCK")
COPY_LIMIT, PEER_LIMIT, OWN_LIMIT = 1.0, 1.0, 16
# 50 and 60 CPU seconds are wanted where both ffmpegs took 60.
MOTION_LIMITS = {"quiet": 50 / 60, "busy": 60 / 60}
SCALE = (1, 4, 16)


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


def own_memory(roots: list[int], program: str) -> float:
    """MiB that the largest of these processes with this program has written itself."""
    most = 0
    for pid in tree(roots):
        try:
            if Path(os.readlink(f"/proc/{pid}/exe")).name == program:
                text = Path(f"/proc/{pid}/smaps_rollup").read_text()
                most = max(most, int(text.split("Private_Dirty:")[1].split()[0]))
        except OSError:
            continue
    return most / 1024


# ---------------------------------------------------------------- what is measured
@dataclass
class Row:
    name: str
    processes: list[subprocess.Popen] = field(default_factory=list)
    used: float = 0
    pss: float = 0
    rss: float = 0
    own: float = 0          # 0 where nothing is promised

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


def new_farm(cameras: int, folder: Path, scene: str) -> Farm:
    """Copies of one scene, at cam1 to camN."""
    return Farm(folder, "--cameras", str(cameras), "--scene", scene, cameras=cameras)


def url(farm: Farm, camera: int, sub: bool = False) -> str:
    return farm.url(f"cam{camera}" + ("/sub" if sub else ""))


def missed(farm: Farm) -> int:
    """Frames that were read too late and left out."""
    return sum(farm.missed().values())


def ffmpeg(farm: Farm, name: str, cameras: int, folder: Path) -> Row:
    row = Row(name)
    for camera in range(1, cameras + 1):
        sub = name == "decode"
        words = ["ffmpeg", "-nostdin", "-v", "error", *(["-threads", "1"] if sub else []), "-rtsp_transport", "tcp",
                 "-i", url(farm, camera, sub)]
        words += ["-an", "-fps_mode", "passthrough", "-f", "null", "-"] if sub else [
            "-c", "copy", "-f", "segment", "-segment_time", "60", "-segment_format", "mp4", "-reset_timestamps", "1",
            str(folder / f"{name}-{camera}-%03d.mp4")]
        row.processes.append(subprocess.Popen(words, stderr=(folder / f"{name}.log").open("a")))
    return row


def motion(farm: Farm, cameras: int, folder: Path) -> Row:
    """Debian's motion with its defaults, as somebody would set it up for such cameras."""
    common = ["daemon off", "setup_mode off", "webcontrol_port 0", "stream_port 0", "log_level 5", "picture_output off",
              "text_left", "text_right", f"log_file {folder}/motion.log", f"target_dir {folder}"]
    for camera in range(1, cameras + 1):
        lines = [f"camera_id {camera}", f"netcam_url {url(farm, camera, sub=True)}", "netcam_params rtsp_transport=tcp",
                 f"netcam_high_url {url(farm, camera)}", "netcam_high_params rtsp_transport=tcp", "width 640", "height 360",
                 "framerate 10", "threshold 700", "movie_output on", "movie_passthrough on", "movie_codec mkv",
                 "emulate_motion on", "movie_max_time 0", f"movie_filename motion-{camera}-%v"]
        (folder / f"motion-{camera}.conf").write_text("\n".join(lines) + "\n")
        common.append(f"camera {folder}/motion-{camera}.conf")
    (folder / "motion.conf").write_text("\n".join(common) + "\n")
    return Row("motion", [subprocess.Popen(["motion", "-n", "-c", str(folder / "motion.conf")], stdout=subprocess.DEVNULL,
                                           stderr=subprocess.DEVNULL)])


def hearth(farm: Farm, name: str, cameras: int, folder: Path) -> Row:
    data, motion, port = folder / name, name != "hearth", free_ports(1)
    both = name == "hearth both"
    small = both or name == "hearth+motion"
    house = {"cameras": [{"name": f"Camera {camera}", "source": url(farm, camera), "audio": False, "record_detect": both,
                          "motion": {"enabled": motion}, **({"detect": url(farm, camera, sub=True)} if small else {})}
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
        row.own = own_memory(row.roots, "hearth-camera")
    return time.monotonic() - began


def report(rows: list[Row], cameras: int, scene: str, seconds: float) -> bool:
    hours = cameras * seconds / 3600
    print(f"\n{'':16}{'CPU-s per camera-hour':>24}{'% of a core':>14}{'PSS MiB/camera':>17}{'RSS MiB/camera':>17}{'own MiB':>10}")
    for row in rows:
        print(f"{row.name:16}{row.used / hours:24.0f}{100 * row.used / seconds / cameras:14.2f}"
              f"{row.pss / cameras:17.1f}{row.rss / cameras:17.1f}" + (f"{row.own:10.1f}" if row.own else ""))
    used = {row.name: row.used for row in rows}
    limits = [("hearth", "copy", used["copy"], COPY_LIMIT),
              ("hearth+motion", "copy and decode", used["copy"] + used["decode"], MOTION_LIMITS[scene])]
    if "motion" in used:
        limits.append(("hearth+motion", "Debian's motion", used["motion"], PEER_LIMIT))
    print()
    reached = True
    for name, what, other, limit in limits:
        reached &= verdict(f"{name} costs {used[name] / other:.2f} times {what}; promised at most {limit:.2f}", used[name] <= limit * other)
    own = max(row.own for row in rows if row.name in ("hearth+motion", "hearth both"))
    reached &= verdict(f"a reader has {own:.1f} MiB of its own; promised at most {OWN_LIMIT}", own <= OWN_LIMIT)
    return reached


def verdict(what: str, is_reached: bool) -> bool:
    print(f"{what}: {'reached' if is_reached else 'NOT REACHED'}")
    return is_reached


def side_by_side(scene: str, cameras: int, wanted: float, warm_up: float) -> bool:
    """All rows at the same time on the same feeds."""
    folder = Path(tempfile.mkdtemp(prefix="hearth-bench-"))
    rows: list[Row] = []
    farm = None
    try:
        print(f"\nbench: {cameras} cameras, {scene}", flush=True)
        farm = new_farm(cameras, folder, scene)
        rows += [ffmpeg(farm, "copy", cameras, folder), ffmpeg(farm, "decode", cameras, folder)]
        if shutil.which("motion"):
            rows.append(motion(farm, cameras, folder))
        rows += [hearth(farm, name, cameras, folder) for name in ("hearth", "hearth+motion", "hearth both", "hearth main")]
        print(f"bench: warming up for {warm_up:.0f} s, then measuring for {wanted:.0f} s", flush=True)
        time.sleep(warm_up)
        left_out = missed(farm)
        seconds = measure(rows, wanted)
        left_out = missed(farm) - left_out
        broken = [row.name for row in rows if not row.is_whole()]
        reached = report(rows, cameras, scene, seconds)
    finally:
        for row in rows:
            row.stop()
        if farm:
            farm.stop()
        shutil.rmtree(folder, ignore_errors=True)
    if left_out:
        print(f"the machine was too busy: {left_out} frames were read too late and left out")
    if broken:
        print(f"not all of {', '.join(broken)} ran to the end: these figures mean nothing")
    return reached and not broken


def missing_frames(row: Row, folder: Path, since: float, to: float) -> int:
    """Frames of the main streams between these times that are not on the disk."""
    numbers: dict[str, list[int]] = {}
    paths = sorted(str(path) for path in (folder / row.name).glob("cameras/*/media/**/*.mp4*"))
    for camera, kind, frame, at in marks(paths):
        if kind == "main" and since <= at < to:
            numbers.setdefault(camera, []).append(frame)
    return sum(max(found) - min(found) + 1 - len(set(found)) for found in numbers.values())


def scale(wanted: float, warm_up: float) -> bool:
    """The same with more and more cameras: the cost of each stays the same, and no frame is lost."""
    reached = True
    costs: list[float] = []
    for cameras in SCALE:
        folder = Path(tempfile.mkdtemp(prefix="hearth-bench-"))
        farm = new_farm(cameras, folder, "busy")
        row = hearth(farm, "hearth+motion", cameras, folder)
        try:
            time.sleep(warm_up)
            began, left_out = time.time(), missed(farm)
            seconds = measure([row], wanted)
            ended, left_out = time.time(), missed(farm) - left_out
        finally:
            row.stop()
            farm.stop()
        gone = missing_frames(row, folder, began, ended)
        shutil.rmtree(folder, ignore_errors=True)
        costs.append(row.used * 3600 / seconds / cameras)
        print(f"{cameras:3} cameras: {costs[-1]:5.0f} CPU-s per camera-hour, {row.own:.1f} MiB of its own at most for a reader, "
              f"{gone} frames missing ({left_out} of them left out by the cameras themselves)", flush=True)
        reached &= verdict(f"{cameras} cameras lose nothing", gone <= left_out)
    return verdict(f"{SCALE[-1]} cameras cost {costs[-1] / costs[0]:.2f} times as much each as one; promised at most 1.1",
                   costs[-1] <= 1.1 * costs[0]) and reached


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=60, help="how long is measured, after a warm-up (default 60)")
    parser.add_argument("--warm-up", type=float, default=15, metavar="SECONDS")
    parser.add_argument("--scene", choices=("quiet", "busy"), action="append", help="this scene alone")
    parser.add_argument("--scale", action="store_true", help="more and more cameras instead")
    parser.add_argument("--check", action="store_true", help="fail when a promise is not reached")
    options = parser.parse_args()
    if options.scale:
        reached = scale(options.seconds, options.warm_up)
    else:
        reached = all([side_by_side(scene, options.cameras, options.seconds, options.warm_up) for scene in options.scene or ("quiet", "busy")])
    return 1 if options.check and not reached else 0


if __name__ == "__main__":
    sys.exit(main())
