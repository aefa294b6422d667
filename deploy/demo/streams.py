"""Stored loops as access units, and the mark that each picture carries."""
from __future__ import annotations

import os
import re
import struct
from dataclasses import dataclass

MARK_UUID = b"hearth-demo-mark"
MARK = re.compile(re.escape(MARK_UUID) + rb"cam=([\w-]+) s=(\w+) n=(\d+) t=(\d+\.\d+);")
START_CODE = b"\x00\x00\x00\x01"


@dataclass
class AccessUnit:
    key: bool
    header: bytes           # parameter sets, with start codes
    picture: bytes          # slices, with start codes


def mark(codec: str, camera: str, stream: str, frame: int, at: float) -> bytes:
    """An SEI message of the kind user_data_unregistered (H.264 and H.265, D.1.6): text that players skip."""
    body = MARK_UUID + f"cam={camera} s={stream} n={frame} t={at:.3f};".encode()
    return START_CODE + (b"\x06" if codec == "h264" else b"\x4e\x01") + bytes([5, len(body)]) + body + b"\x80"


def _units(data: bytes) -> list[bytes]:
    starts = [match.end() for match in re.finditer(b"\x00\x00\x01", data)]
    ends = [start - 3 for start in starts[1:]] + [len(data)]
    return [data[start:end].rstrip(b"\x00") for start, end in zip(starts, ends)]


def _kind(codec: str, unit: bytes) -> str:
    if codec == "h264":
        number = unit[0] & 31
        names = {9: "delimiter", 7: "parameters", 8: "parameters", 5: "key", 1: "picture"}
        return names.get(number, "other")
    number = unit[0] >> 1 & 63
    if number < 32:
        return "key" if 16 <= number <= 21 else "picture"
    return {35: "delimiter", 32: "parameters", 33: "parameters", 34: "parameters"}.get(number, "other")


class Track:
    """The pictures of one loop; the encoder has put a delimiter before each."""

    def __init__(self, path: str, codec: str, frame_rate: int):
        self.codec, self.frame_rate = codec, frame_rate
        self.units: list[AccessUnit] = []
        with open(path, "rb") as file:
            for unit in _units(file.read()):
                self._add(_kind(codec, unit), unit)
        if not self.units or not self.units[0].key:
            raise SystemExit(f"{path} does not begin with a key frame; delete it and run `encode` again")

    def _add(self, kind: str, unit: bytes) -> None:
        if kind == "delimiter":
            self.units.append(AccessUnit(False, b"", b""))
        elif kind == "parameters":
            self.units[-1].header += START_CODE + unit
        elif kind in ("key", "picture"):
            self.units[-1].picture += START_CODE + unit
            self.units[-1].key |= kind == "key"


@dataclass
class Sound:
    caps: str
    payloader: str
    seconds: float          # that one packet lasts
    packets: list[bytes]


def load_sound(path: str, kind: str) -> Sound:
    with open(path, "rb") as file:
        data = file.read()
    if kind == "mulaw":
        size = 320
        packets = [data[i:i + size] for i in range(0, len(data) - size + 1, size)]
        return Sound("audio/x-mulaw,rate=8000,channels=1",
                     "rtppcmupay name=pay1 pt=0 min-ptime=40000000 max-ptime=40000000", size / 8000,
                     packets[len(packets) // 2:])
    packets, at = [], 0
    while at + 7 <= len(data):
        length = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5       # ADTS frame length
        packets.append(data[at + 7:at + length])
        at += length
    configuration = struct.pack(">H", 2 << 11 | 8 << 7 | 1 << 3).hex()                  # AAC-LC, 16 kHz, mono
    caps = f"audio/mpeg,mpegversion=4,stream-format=raw,rate=16000,channels=1,codec_data=(buffer){configuration}"
    return Sound(caps, "rtpmp4gpay name=pay1 pt=97", 1024 / 16000, packets[-500:])


def marks(paths: list[str]) -> list[tuple[str, str, int, float]]:
    """The marks in stream-copied recordings, in order, each once: camera, stream, frame, Unix time."""
    found = set()
    for path in paths:
        if os.path.exists(path):
            with open(path, "rb") as file:
                for match in MARK.finditer(file.read()):
                    found.add((match[1].decode(), match[2].decode(), int(match[3]), float(match[4])))
    return sorted(found)
