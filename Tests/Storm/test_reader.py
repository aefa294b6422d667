"""The storm's own eyes: the codes survive what happens to pictures, and whatever is wrong is seen.

    PYTHONPATH=Tests/support:deploy/demo /usr/bin/python3 -m unittest Tests/Storm/test_reader.py
"""
from __future__ import annotations

import subprocess
import unittest
import zlib
from queue import Queue

import numpy as np

from hearth_testing.paths import CACHE
from hearth_testing.storm.codes import Code, mark, marks, read
from hearth_testing.storm.loops import HEIGHT, WIDTH, frames, picture, stored
from hearth_testing.storm.reader import Job, Loops, Pictures, Wrong, check_decoded, check_span, check_video

PATHS = stored(CACHE, 3)
LOOPS = Loops({key: str(path) for key, path in PATHS.items()})


def sample(camera: int, stream: str, frame: int, picture_of: int | None = None) -> bytes:
    """One sample of an MP4 as Hearth makes it; perhaps with another camera's picture behind the mark."""
    slice = LOOPS.slice(picture_of or camera, stream, frame)
    message = mark(camera, stream, frame, 1000 + frame / 10, zlib.crc32(LOOPS.slice(camera, stream, frame)))[4:]
    return len(message).to_bytes(4, "big") + message + len(slice).to_bytes(4, "big") + slice


def film(camera: int, numbers: range) -> bytes:
    media = b"".join(sample(camera, "main", number) for number in numbers)
    return (20).to_bytes(4, "big") + b"ftyp" + bytes(12) + (len(media) + 8).to_bytes(4, "big") + b"mdat" + media


def look(data: bytes, camera: int = 1, head: int | None = None) -> list[int]:
    return [mark.frame for mark in check_video(data, LOOPS, camera, "main", head).marks]


class Codes(unittest.TestCase):
    def test_a_code_survives_shrinking_and_a_coarse_jpeg(self) -> None:
        ground = np.full((HEIGHT, WIDTH), 110, np.uint8)
        for camera, stream, frame in ((1, "main", 0), (1023, "sub", 119), (512, "main", 239)):
            raw = picture(ground, camera, stream, frame).tobytes()
            for width in (320, 160, 120):
                done = subprocess.run(
                    ["ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-i", "-", "-vf",
                     f"scale={width}:-2", "-q:v", "25", "-f", "mjpeg", "-"], input=raw, capture_output=True, check=True)
                back = subprocess.run(["ffmpeg", "-v", "error", "-f", "mjpeg", "-i", "-", "-f", "rawvideo", "-pix_fmt", "gray", "-"],
                                      input=done.stdout, capture_output=True, check=True).stdout
                self.assertEqual(read(np.frombuffer(back, np.uint8).reshape(-1, width)), Code(camera, stream, frame))

    def test_noise_is_no_code(self) -> None:
        random = np.random.default_rng(1)
        found = [read(random.integers(0, 256, (90, 160)).astype(np.uint8)) for _ in range(300)]
        self.assertLess(sum(code is not None for code in found), 3)
        self.assertIsNone(read(np.full((90, 160), 128, np.uint8)))

    def test_a_mark_tells_what_it_was_made_of(self) -> None:
        found = marks(sample(2, "sub", 77))
        self.assertEqual([(each.camera, each.stream, each.frame, each.at, each.start) for each in found], [(2, "sub", 77, 1007.7, 0)])
        self.assertEqual(found[0].sum, zlib.crc32(LOOPS.slice(2, "sub", 77)))

    def test_no_frame_of_a_camera_looks_like_anothers(self) -> None:
        for stream in ("main", "sub"):
            slices = [slice for camera in (1, 2, 3) for slice in LOOPS.slices[camera, stream]]
            self.assertEqual(len(slices), 3 * frames(stream))
            self.assertEqual(len(set(slices)), len(slices))


class Reading(unittest.TestCase):
    def test_what_is_right_is_right(self) -> None:
        self.assertEqual(look(film(1, range(300, 340))), list(range(300, 340)))

    def test_every_cut_of_a_right_film_is_right(self) -> None:
        whole = film(1, range(300, 306))
        for first in range(0, len(whole), 97):
            for length in (1, 40, 300, 5000):
                look(whole[first:first + length], head=max(0, 28 - first))

    def test_another_cameras_film_is_wrong_however_it_is_cut(self) -> None:
        whole = film(2, range(300, 306))
        missed = 0
        for first in range(28, len(whole) - 400, 97):
            try:
                look(whole[first:first + 400], head=0)
                missed += 1
            except Wrong:
                pass
        self.assertEqual(missed, 0)

    def test_another_cameras_picture_behind_the_right_mark_is_wrong(self) -> None:
        with self.assertRaises(Wrong):
            look(sample(1, "main", 300, picture_of=2), head=0)

    def test_another_cameras_tail_before_the_first_mark_is_wrong(self) -> None:
        with self.assertRaises(Wrong):
            look(sample(2, "main", 299)[-500:] + sample(1, "main", 300), head=0)

    def test_a_frame_that_comes_again_is_wrong(self) -> None:
        with self.assertRaises(Wrong):
            look(film(1, range(300, 303))[28:] + sample(1, "main", 301), head=0)

    def test_the_other_stream_is_wrong(self) -> None:
        with self.assertRaises(Wrong):
            look(sample(1, "sub", 300), head=0)

    def test_footage_of_another_time_is_wrong(self) -> None:
        found = check_video(sample(1, "main", 300), LOOPS, 1, "main", 0)
        check_span(found, 1029, 1031)
        with self.assertRaises(Wrong):
            check_span(found, 1050, 1060)

    def test_a_picture_under_two_cameras_is_wrong(self) -> None:
        pictures = Pictures(Queue())
        pictures.check(b"jpeg", 1, "Anna")
        with self.assertRaises(Wrong):
            pictures.check(b"jpeg", 2, "Kim")

    def test_a_code_is_read_in_a_picture_as_small_as_a_filmstrips(self) -> None:
        def jpeg(camera: int, size: str) -> bytes:
            raw = picture(np.full((HEIGHT, WIDTH), 110, np.uint8), camera, "sub", 9).tobytes()
            return subprocess.run(["ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-i", "-",
                                   "-vf", f"scale={size}", "-q:v", "13", "-f", "mjpeg", "-"], input=raw, capture_output=True, check=True).stdout
        jobs = [Job("jpeg", jpeg(2, size), 2, [], "Anna") for size in ("320:180", "240:134", "160:90", "320:180")]
        self.assertEqual(check_decoded(jobs), 4)
        with self.assertRaises(Wrong):
            check_decoded([*jobs, Job("jpeg", jpeg(1, "160:90"), 2, [], "Kim")])

    def test_a_decoded_picture_of_another_camera_is_wrong(self) -> None:
        raw = picture(np.full((HEIGHT, WIDTH), 110, np.uint8), 2, "sub", 9).tobytes()
        jpeg = subprocess.run(["ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-i", "-", "-f",
                               "mjpeg", "-"], input=raw, capture_output=True, check=True).stdout
        self.assertEqual(check_decoded([Job("jpeg", jpeg, 2, [], "Anna")] * 3), 3)
        with self.assertRaises(Wrong):
            check_decoded([Job("jpeg", jpeg, 2, [], "Anna"), Job("jpeg", jpeg, 1, [], "Kim")])


if __name__ == "__main__":
    unittest.main()
