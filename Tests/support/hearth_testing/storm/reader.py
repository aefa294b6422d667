"""Reads what answers carried: each byte of video and each picture must be that of the one camera it was asked of."""
from __future__ import annotations

import hashlib
import queue
import subprocess
import tempfile
from dataclasses import dataclass

import numpy as np

from hearth_testing.storm.codes import Code, Mark, marks, read
from hearth_testing.storm.loops import GOP_SECONDS, HEIGHT, RATES, WIDTH, frames
from streams import START_CODE, Track

CLOCK_SECONDS = 6               # by how much Hearth's idea of when a frame was may differ from the camera's (slow lines)
SEAL_NAME = b"Hearth.picture.1"


class Wrong(Exception):
    """Somebody was shown what they must not be shown."""


class Loops:
    """The pictures of all cameras as they were encoded, to compare with."""

    def __init__(self, paths: dict[tuple[int, str], str]):
        self.slices = {key: [unit.picture[len(START_CODE):] for unit in Track(path, "h264", RATES[key[1]]).units]
                       for key, path in paths.items()}

    def slice(self, camera: int, stream: str, frame: int) -> bytes:
        loop = self.slices[camera, stream]
        return loop[frame % len(loop)]


@dataclass
class Film:
    """What a stretch of video turned out to hold."""
    marks: list[Mark]


def media_start(data: bytes) -> int:
    """Where the media of a virtual MP4 begins: behind `ftyp`, `moov` and the head of `mdat`; the end when it is not there."""
    position = 0
    while position + 8 <= len(data):
        size, kind = int.from_bytes(data[position:position + 4], "big"), data[position + 4:position + 8]
        if kind == b"mdat":
            return position + (16 if size == 1 else 8)
        position += max(size, 8)
    return len(data)


def check_video(data: bytes, loops: Loops, camera: int, stream: str, head: int | None = None) -> Film:
    """Compares all of it with what that camera showed; it may begin and end in the middle of a frame.

    `head` is how many bytes of a file's head it begins with; looked up when it begins with all of it.
    """
    start = media_start(data) if head is None else head
    found = marks(data)
    for mark in found:
        if (mark.camera, mark.stream) != (camera, stream):
            raise Wrong(f"a frame of camera {mark.camera} {mark.stream}, number {mark.frame}")
    for before, after in zip(found, found[1:]):
        if after.frame <= before.frame:
            raise Wrong(f"frame {after.frame} after frame {before.frame}")
    if not found:
        _check_piece(data[start:], loops, camera, stream)
        return Film(found)
    _check_beginning(data[start:max(start, found[0].start)], loops, found[0])
    for mark in found:
        expected = loops.slice(camera, stream, mark.frame)
        length = int.from_bytes(data[mark.end:mark.end + 4], "big")
        if mark.end + 4 <= len(data) and length != len(expected):
            raise Wrong(f"frame {mark.frame} is {length} bytes long instead of {len(expected)}")
        content = data[mark.end + 4:mark.end + 4 + len(expected)]
        if content != expected[:len(content)]:
            raise Wrong(f"frame {mark.frame} has another picture behind its mark")
    return Film(found)


def _check_beginning(tail: bytes, loops: Loops, first: Mark) -> None:
    """What stands before the first mark is the rest of the frame before it."""
    if not tail:
        return
    for frame in [first.frame - 1, *range(frames(first.stream))]:
        expected = loops.slice(first.camera, first.stream, frame)
        if tail.endswith(expected) or expected.endswith(tail):
            return
    raise Wrong(f"{len(tail)} bytes before frame {first.frame} that are not of camera {first.camera}")


def _check_piece(piece: bytes, loops: Loops, camera: int, stream: str) -> None:
    """Bytes from the middle of a frame. Up to two lengths of heads may stand around them."""
    middle = piece[130:-130]
    if len(middle) < 16:
        return
    if not any(middle in slice for slice in loops.slices[camera, stream]):
        raise Wrong(f"{len(piece)} bytes without a mark that are not of camera {camera} {stream}")


def check_span(film: Film, since: float, to: float) -> None:
    """The frames are those of the span that was asked for, from the keyframe before it on."""
    for mark in film.marks:
        if not since - GOP_SECONDS - CLOCK_SECONDS <= mark.at <= to + CLOCK_SECONDS:
            raise Wrong(f"frame {mark.frame} of {mark.at:.1f} in an answer for {since:.1f} to {to:.1f}")


def check_jpeg_seal(data: bytes, camera_id: str) -> None:
    """What a picture says of itself; enough of it is there even when somebody walked away."""
    place = 6 + len(SEAL_NAME)
    if len(data) >= place + 16 and data[6:place] == SEAL_NAME and data[place:place + 16].hex() != camera_id:
        raise Wrong(f"a picture that says it is of camera {data[place:place + 16].hex()}")


# ---------------------------------------------------------------- decoding
@dataclass
class Job:
    """Something to decode: a JPEG, or an MP4 of which every frame is known by its mark."""
    kind: str
    data: bytes
    camera: int
    frames: list[tuple[str, int]]           # stream and number of each frame, of an MP4
    who: str


def decode(data: bytes, kind: str) -> np.ndarray:
    """The pictures as luma, in the storm's size whatever theirs is. JPEGs may follow one another."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        done = subprocess.run(
            ["nice", "ffmpeg", "-v", "error", "-threads", "1", "-f", "mjpeg" if kind == "jpeg" else "mp4", "-i", file.name,
             "-fps_mode", "passthrough", "-vf", f"scale={WIDTH}:{HEIGHT}", "-f", "rawvideo", "-pix_fmt", "gray", "-"], capture_output=True, timeout=120)
    if len(done.stdout) % (WIDTH * HEIGHT) or not done.stdout:
        raise Wrong(f"ffmpeg could not decode it: {done.stderr.decode()[:200]}")
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, HEIGHT, WIDTH)


def check_decoded(jobs: list[Job]) -> int:
    """Decodes and compares each picture's code; returns how many pictures there were."""
    jpegs = [job for job in jobs if job.kind == "jpeg"]
    count = _check_jpegs(jpegs) if jpegs else 0
    return count + sum(_check_film(job) for job in jobs if job.kind == "mp4")


def _check_jpegs(jobs: list[Job]) -> int:
    """All in one go: starting ffmpeg takes longer than decoding them."""
    seen = [read(picture) for picture in decode(b"".join(job.data for job in jobs), "jpeg")]
    if len(seen) != len(jobs):
        raise Wrong(f"{len(jobs)} JPEGs are {len(seen)} pictures; among them {jobs[0].who}")
    for code, job in zip(seen, jobs):
        if code is None or code.camera != job.camera:
            raise Wrong(f"{job.who}: a picture with the code {code} instead of camera {job.camera}'s")
    return len(seen)


def _check_film(job: Job) -> int:
    seen = [read(picture) for picture in decode(job.data, "mp4")]
    expected = [Code(job.camera, stream, number % frames(stream)) for stream, number in job.frames]
    if seen != expected:
        at = next((i for i, (a, b) in enumerate(zip(seen, expected)) if a != b), min(len(seen), len(expected)))
        raise Wrong(f"{job.who}: decoded picture {at} of {len(seen)} is {seen[at:at + 1]}, expected {expected[at:at + 1]}")
    return len(seen)


class Pictures:
    """Which JPEGs were handed on to be decoded: the same bytes are the same picture."""

    def __init__(self, jobs: "queue.Queue[Job]"):
        self.jobs, self.known = jobs, {}

    def check(self, data: bytes, camera: int, who: str) -> None:
        digest = hashlib.sha256(data).digest()
        if self.known.setdefault(digest, camera) != camera:
            raise Wrong(f"a picture that was camera {self.known[digest]}'s before")
        if (digest, "sent") not in self.known:
            self.known[digest, "sent"] = camera
            self.jobs.put(Job("jpeg", data, camera, [], who))
