"""The marks of a storm's pictures: which camera, which stream, which frame, and a check sum.

One is drawn into the picture, so large that it can be read in a thumbnail; the other stands in the bitstream before the
picture that its check sum covers, so that copied samples can be read without decoding.
"""
from __future__ import annotations

import hashlib
import re
import zlib
from dataclasses import dataclass

import numpy as np

# ---------------------------------------------------------------- in the picture
COLUMNS, ROWS = 20, 2                   # square cells from the upper left corner, each a twentieth of the picture wide
CAMERA_BITS, FRAME_BITS, CHECK_BITS = 10, 13, 16
DARK, LIGHT = 40, 215
LEAST_CONTRAST = 50                     # below this it is no code but noise


@dataclass(frozen=True)
class Code:
    camera: int
    stream: str                         # main or sub
    frame: int                          # counted from the loop's start

    def bits(self) -> list[int]:
        number = (self.camera << 1 | (self.stream == "sub")) << FRAME_BITS | self.frame
        value = number << CHECK_BITS | _check(number)
        return [value >> bit & 1 for bit in reversed(range(COLUMNS * ROWS))]


def _check(number: int) -> int:
    """Of a hash, since the check bits of a linear code change in the same way for all cameras from frame to frame."""
    return int.from_bytes(hashlib.sha256(b"hearth storm %d" % number).digest()[:CHECK_BITS // 8], "big")


def draw(picture: np.ndarray, code: Code) -> None:
    """Draws the code into a picture of luma."""
    size = picture.shape[1] // COLUMNS
    for index, bit in enumerate(code.bits()):
        row, column = divmod(index, COLUMNS)
        picture[row * size:(row + 1) * size, column * size:(column + 1) * size] = LIGHT if bit else DARK


def read(picture: np.ndarray) -> Code | None:
    """The code of a picture of any size; `None` when there is none whose check sum is right."""
    size = picture.shape[1] / COLUMNS
    means = np.array([_mean(picture, row, column, size) for row in range(ROWS) for column in range(COLUMNS)])
    if means.max() - means.min() < LEAST_CONTRAST:
        return None
    value = 0
    for mean in means:
        value = value << 1 | int(mean > (means.max() + means.min()) / 2)
    number = value >> CHECK_BITS
    if value & (1 << CHECK_BITS) - 1 != _check(number):
        return None
    stream = number >> FRAME_BITS & 1
    return Code(number >> FRAME_BITS + 1, "sub" if stream else "main", number & (1 << FRAME_BITS) - 1)


def _mean(picture: np.ndarray, row: int, column: int, size: float) -> float:
    """Of the inner half of a cell: its edges are soft after scaling."""
    top, left = (row + 0.25) * size, (column + 0.25) * size
    return float(picture[int(top):max(int(top) + 1, int(top + size / 2)),
                         int(left):max(int(left) + 1, int(left + size / 2))].mean())


# ---------------------------------------------------------------- in the bitstream
UUID = b"hearth-storm-mrk"
MARK = re.compile(re.escape(UUID) + rb"(cam=(\d+) s=(main|sub) n=(\d+) t=(\d+\.\d+) )c=([0-9a-f]{8});\x80")
START_CODE = b"\x00\x00\x00\x01"
HEAD = 4 + 3                            # a sample's length field and the SEI message's own head stand before the UUID
LENGTH = 110                            # no mark is longer


def mark(camera: int, stream: str, frame: int, at: float, slice_sum: int) -> bytes:
    """An SEI message of the kind user_data_unregistered (H.264, D.1.6); `slice_sum` is the CRC-32 of the slice after it."""
    text = b"cam=%d s=%s n=%d t=%.3f " % (camera, stream.encode(), frame, at)
    body = UUID + text + b"c=%08x;" % (zlib.crc32(text) ^ slice_sum)
    return START_CODE + bytes([6, 5, len(body)]) + body + b"\x80"


@dataclass(frozen=True)
class Mark:
    camera: int
    stream: str
    frame: int
    at: float                           # Unix time
    sum: int
    start: int                          # of the whole sample, its length field included
    end: int                            # where the slice's length field begins


def marks(data: bytes) -> list[Mark]:
    return [Mark(int(found[2]), found[3].decode(), int(found[4]), float(found[5]),
                 int(found[6], 16) ^ zlib.crc32(found[1]), found.start() - HEAD, found.end())
            for found in MARK.finditer(data)]
