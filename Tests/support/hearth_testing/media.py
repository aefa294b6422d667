"""What ffprobe and ffmpeg say of a file."""
from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path

from hearth_testing.marks import marks


@cache
def probe(path: Path) -> dict:
    """Streams and format; decodes the whole file to count its frames, and fails on any complaint of the decoders."""
    done = subprocess.run(["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json", str(path)],
                          capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, f"ffprobe of {path.name}: {done.stderr[:500]}"
    return json.loads(done.stdout)


def streams(path: Path) -> tuple[dict, dict | None]:
    """The video stream, and the audio stream if there is one."""
    found = probe(path)["streams"]
    video = [stream for stream in found if stream["codec_type"] == "video"]
    audio = [stream for stream in found if stream["codec_type"] == "audio"]
    assert len(video) == 1 and len(audio) <= 1 and len(found) == len(video) + len(audio)
    return video[0], audio[0] if audio else None


def loudness(path: Path) -> float:
    """The mean volume in dB; silence is -91."""
    done = subprocess.run(["ffmpeg", "-i", str(path), "-map", "0:a", "-af", "volumedetect", "-f", "null", "-"],
                          capture_output=True, text=True)
    return float(done.stderr.split("mean_volume:")[1].split()[0])


def luma(arguments: list[str], width: int, height: int) -> bytes:
    """A picture as so many by so many grey values; `arguments` are those of ffmpeg up to and with -i."""
    done = subprocess.run(["ffmpeg", "-v", "error", *arguments, "-frames:v", "1", "-vf", f"scale={width}:{height}:flags=area",
                           "-f", "rawvideo", "-pix_fmt", "gray", "-"], capture_output=True)
    assert len(done.stdout) == width * height, done.stderr.decode()[:500]
    return done.stdout


def difference(first: bytes, second: bytes) -> float:
    """How far two pictures differ on average, in grey values."""
    return sum(abs(a - b) for a, b in zip(first, second, strict=True)) / len(first)


def resemblance(picture: list[str], cache: Path, cameras: list[str], width: int = 32, height: int = 18) -> dict[str, float]:
    """How far a picture is from each pretended camera's scene, by its path."""
    mine = luma(picture, width, height)
    return {camera: difference(mine, scene(camera, cache, width, height)) for camera in cameras}


@cache
def scene(camera: str, cache: Path, width: int = 32, height: int = 18) -> bytes:
    """The camera's picture while nothing moves, from the stored loop itself."""
    stored = next(cache.glob(f"{camera}.*.sub"))
    return luma(["-f", "h264", "-i", str(stored)], width, height)


def frames(path: Path) -> list[tuple[int, float]]:
    """The marks in one file: frame numbers and Unix times."""
    return [(frame, at) for _, _, frame, at in marks([str(path)])]


def camera_of(path: Path) -> set[str]:
    """Which pretended cameras' frames a file holds."""
    return {camera for camera, _, _, _ in marks([str(path)])}
