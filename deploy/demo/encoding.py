"""Encodes each scene's loop once, into a cache folder that `serve` reads."""
from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import time

import numpy as np

from rendering import Renderer
from scenes import ALL_SCENES, LOOP_SECONDS, Scene, shortened

GOP_SECONDS = 2
SUB_WIDTH, SUB_HEIGHT, SUB_RATE, SUB_KBIT = 640, 360, 10, 512
OTHER_WIDTH, OTHER_HEIGHT, OTHER_SECONDS = 960, 540, 4     # what the fault `res` turns to
SOUND_SECONDS = 32          # a whole number of AAC frames at 16 kHz and of 40 ms at 8 kHz
F_SETPIPE_SZ = 1031
# The strip is for programs that look at the main stream. In the detection stream it would be something that moves all
# the time, which no real camera shows.
WITHOUT_STRIP = "drawbox=x=0:y=ih-ih/60:w=iw/4:h=ih/60:color=0x404040:t=fill"


def digest() -> str:
    """Changes with the code that makes the pictures, so that an old cache is never taken for a new one."""
    here = os.path.dirname(os.path.abspath(__file__))
    content = b"".join(open(os.path.join(here, name), "rb").read()
                       for name in ("drawing.py", "scenes.py", "rendering.py", "encoding.py"))
    return hashlib.sha256(content).hexdigest()[:12]


def stored(cache: str, scene: Scene, part: str) -> str:
    """Where a part (main, sub, other, aac, mulaw) of a scene is stored."""
    loop = "" if scene.loop == LOOP_SECONDS else f".{scene.loop}s"
    return os.path.join(cache, f"{scene.name}.{digest()}{loop}.{part}")


def _h264(kbit: int, rate: int) -> list[str]:
    gop = str(rate * GOP_SECONDS)
    return ["-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "high", "-bf", "0", "-refs", "1",
            "-b:v", f"{kbit}k", "-maxrate", f"{kbit}k", "-bufsize", f"{kbit}k", "-g", gop, "-keyint_min", gop,
            "-sc_threshold", "0", "-x264-params", "aud=1:sliced-threads=0:repeat-headers=1:cabac=1:8x8dct=1:deblock=1,0,0",
            "-f", "h264"]


def _h265(kbit: int, rate: int) -> list[str]:
    gop = rate * GOP_SECONDS
    return ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params",
            f"crf=28:vbv-maxrate={kbit}:vbv-bufsize={kbit}:aud=1:bframes=0:ref=1:keyint={gop}:min-keyint={gop}:scenecut=0:"
            "repeat-headers=1:open-gop=0:log-level=error:info=0", "-f", "hevc"]


def _command(scene: Scene, outputs: dict[str, str]) -> list[str]:
    main = _h264 if scene.codec == "h264" else _h265
    return ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{scene.width}x{scene.height}",
            "-r", str(scene.frame_rate), "-i", "pipe:0", "-filter_complex",
            f"[0]split=3[m][a][b];[a]{WITHOUT_STRIP},fps={SUB_RATE},scale={SUB_WIDTH}:{SUB_HEIGHT}:flags=area[s];"
            f"[b]trim=duration={OTHER_SECONDS},scale={OTHER_WIDTH}:{OTHER_HEIGHT}:flags=fast_bilinear[o]",
            "-map", "[m]", *main(scene.bit_rate, scene.frame_rate), outputs["main"] + ".tmp",
            "-map", "[s]", *_h264(SUB_KBIT, SUB_RATE), outputs["sub"] + ".tmp",
            "-map", "[o]", *main(scene.bit_rate // 2, scene.frame_rate), outputs["other"] + ".tmp"]


def is_stored(cache: str, scene: Scene) -> bool:
    parts = ["main", "sub", "other"] + ([scene.audio] if scene.audio else [])
    return all(os.path.exists(stored(cache, scene, part)) for part in parts)


def encode_pictures(cache: str, scene: Scene) -> None:
    outputs = {part: stored(cache, scene, part) for part in ("main", "sub", "other")}
    began = time.monotonic()
    print(f"{scene.name}: drawing", flush=True)
    renderer = Renderer(scene)
    process = subprocess.Popen(_command(scene, outputs), stdin=subprocess.PIPE)
    assert process.stdin
    fcntl.fcntl(process.stdin, F_SETPIPE_SZ, 1 << 20)
    every = renderer.frames // 4
    try:
        for number, picture in enumerate(renderer, 1):
            process.stdin.write(picture.data)
            if number % every == 0:
                print(f"{scene.name}: {number} of {renderer.frames} pictures encoded", flush=True)
        process.stdin.close()
    except BrokenPipeError:
        pass
    if process.wait():
        raise SystemExit(f"ffmpeg could not encode {scene.name}; its message is above")
    for path in outputs.values():
        os.rename(path + ".tmp", path)
    print(f"{scene.name}: ready after {time.monotonic() - began:.0f} s", flush=True)


def sound(kind: str) -> tuple[np.ndarray, int]:
    """A room with a ticking clock and its chime (aac), or a humming garage (mulaw)."""
    rate = 16000 if kind == "aac" else 8000
    t = np.arange(SOUND_SECONDS * rate) / rate
    random = np.random.default_rng(7)
    hiss = np.convolve(random.normal(0, 0.006, t.size), np.ones(6) / 6, "same")
    since_second = t % 1
    if kind == "mulaw":
        wave = hiss + 0.05 * np.sin(2 * np.pi * 100 * t) + 0.02 * np.sin(2 * np.pi * 50 * t)
        wave += 0.10 * np.sin(2 * np.pi * 640 * t) * np.exp(-30 * since_second) * (t % 4 < 1)
        return wave, rate
    wave = hiss + 0.25 * np.sin(2 * np.pi * 2300 * t) * np.exp(-260 * since_second)
    for start, pitch in ((0, 659), (1, 523), (2, 587), (3, 392), (16, 392), (17, 587), (18, 659), (19, 523)):
        since = np.clip(t - start, 0, None)
        wave += np.where(t >= start, 0.16 * np.sin(2 * np.pi * pitch * since) * np.exp(-1.6 * since), 0)
    return wave, rate


def encode_sound(cache: str, scene: Scene) -> None:
    if not scene.audio:
        return
    path = stored(cache, scene, scene.audio)
    wave, rate = sound(scene.audio)
    twice = (np.clip(np.concatenate([wave, wave]), -1, 1) * 32000).astype("<i2")   # the second time is the seamless one
    output = ["-c:a", "aac", "-b:a", "48k", "-f", "adts"] if scene.audio == "aac" else ["-c:a", "pcm_mulaw", "-f", "mulaw"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "s16le", "-ar", str(rate), "-ac", "1", "-i", "pipe:0", *output,
                    path + ".tmp"], input=twice.tobytes(), check=True)
    os.rename(path + ".tmp", path)


def forget_stale(cache: str) -> None:
    """Removes what an earlier version of this code has left in the cache."""
    for name in os.listdir(cache):
        parts = name.split(".")
        if parts[0] in ALL_SCENES and len(parts) >= 3 and parts[1] != digest():
            os.unlink(os.path.join(cache, name))


def encode(cache: str, names: list[str], loop: int = LOOP_SECONDS) -> None:
    """Encodes what is not there yet, in loops of so many seconds; says nothing when all of it is."""
    os.makedirs(cache, exist_ok=True)
    with open(os.path.join(cache, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)        # a second one waits, and then finds all of it done
        forget_stale(cache)
        scenes = [shortened(ALL_SCENES[name], loop) for name in names]
        missing = [scene for scene in scenes if not is_stored(cache, scene)]
        for number, scene in enumerate(missing, 1):
            print(f"camera {number} of {len(missing)}: a loop of {loop} s", flush=True)
            encode_sound(cache, scene)
            encode_pictures(cache, scene)
