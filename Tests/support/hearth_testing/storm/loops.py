"""What the storm's cameras show: a loop for each camera and stream, every picture with its own code."""
from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from hearth_testing.storm.codes import Code, draw

HERE = Path(__file__).resolve().parent
WIDTH, HEIGHT = 320, 180
LOOP_SECONDS, GOP_SECONDS = 24, 2
RATES = {"main": 10, "sub": 5}
# Below the code something walks across now and then, so that there are events. Motion is looked for here alone: a code
# that changes with every picture is motion too.
MOTION_EVERY, MOTION_FROM, MOTION_TO = 12, 3, 6
ZONE = [[0, 0.35], [1, 0.35], [1, 1], [0, 1]]


def frames(stream: str) -> int:
    return LOOP_SECONDS * RATES[stream]


def picture(ground: np.ndarray, camera: int, stream: str, frame: int) -> np.ndarray:
    luma = ground.copy()
    seconds = frame / RATES[stream] % MOTION_EVERY
    if MOTION_FROM <= seconds < MOTION_TO:
        x = int((seconds - MOTION_FROM) / (MOTION_TO - MOTION_FROM) * (WIDTH - 30))
        luma[90:160, x:x + 30] = 225
    draw(luma, Code(camera, stream, frame))
    return luma


def encode(camera: int, stream: str, path: Path) -> None:
    random = np.random.default_rng(camera * 2 + (stream == "sub"))
    coarse = np.kron(random.integers(60, 150, (9, 16)), np.ones((20, 20)))
    ground = np.clip(coarse + random.normal(0, 4, (HEIGHT, WIDTH)), 16, 235).astype(np.uint8)
    chroma = np.full(WIDTH * HEIGHT // 2, 128, np.uint8).tobytes()
    raw = b"".join(picture(ground, camera, stream, frame).tobytes() + chroma for frame in range(frames(stream)))
    gop = str(RATES[stream] * GOP_SECONDS)
    unfinished = path.with_suffix(path.suffix + ".tmp")
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{WIDTH}x{HEIGHT}", "-r",
         str(RATES[stream]), "-i", "pipe:0", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "30", "-bf", "0", "-refs", "1",
         "-g", gop, "-keyint_min", gop, "-sc_threshold", "0", "-threads", "1", "-x264-params",
         "aud=1:slices=1:sliced-threads=0:repeat-headers=1", "-f", "h264", str(unfinished)], input=raw, check=True)
    os.rename(unfinished, path)


def _digest() -> str:
    return hashlib.sha256(b"".join((HERE / name).read_bytes() for name in ("codes.py", "loops.py"))).hexdigest()[:12]


def stored(cache: Path, cameras: int) -> dict[tuple[int, str], Path]:
    """The loops of cameras 1 to `cameras`; those that are missing are encoded (a tenth of a second each)."""
    folder = cache / "storm" / _digest()
    folder.mkdir(parents=True, exist_ok=True)
    paths = {(camera, stream): folder / f"{camera}.{stream}" for camera in range(1, cameras + 1) for stream in RATES}
    with (folder / "lock").open("w") as lock, ThreadPoolExecutor(os.cpu_count()) as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        list(pool.map(lambda item: encode(*item[0], item[1]), [item for item in paths.items() if not item[1].exists()]))
    return paths
