"""Renders a scene's loop as yuv420p frames.

The scene is drawn once. A frame is one of a few noisy copies of it, with what moves drawn over, the running seconds, and
a discreet strip at the bottom edge that tells a program which frame it is looking at.
"""
from __future__ import annotations

from typing import Iterator

import numpy as np

from drawing import Canvas, lettering, mottle
from scenes import MOVERS, Motion, Scene, place

NOISE_COPIES = 8
INSET = 5                   # dots of the lettering that it keeps from the picture's edges

# The strip: BITS blocks and one that tells even frames from odd, from the left edge, each 1/64 of the picture wide and
# 1/60 high. The number is Gray coded, and counted from an offset that lets the loop's last frame differ from its first
# in one block: so never more than two small blocks change at a time, and a motion detector has nothing to see.
BITS = 11
DARK, LIGHT = 100, 130


def strip_offset(frames: int) -> int:
    return (2 ** BITS - frames) // 2


def strip_blocks(frame: int, frames: int) -> list[bool]:
    number = frame + strip_offset(frames)
    gray = number ^ (number >> 1)
    return [bool(gray >> bit & 1) for bit in reversed(range(BITS))] + [bool(number & 1)]


class Renderer:
    def __init__(self, scene: Scene):
        self.scene = scene
        self.width, self.height = scene.width, scene.height
        self.frames = scene.loop * scene.frame_rate
        self.random = np.random.default_rng(sum(scene.name.encode()))
        self.canvas = Canvas.blank(self.width, self.height)
        scene.draw(self.canvas, self.random)
        luma, self.u, self.v = self.canvas.planes()
        self.dot = self.height // 240
        self.title = lettering(scene.title, self.dot)
        self.noise = [self._noise() for _ in range(NOISE_COPIES)]
        self.stills = [self._still(luma, noise) for noise in self.noise]

    def _noise(self) -> np.ndarray:
        """Sensor noise as a camera leaves it: a fine part and a part two pixels wide."""
        fine = self.random.normal(0, 0.7, (self.height, self.width)).astype(np.float32)
        return (fine + 0.7 * mottle(self.random, self.height, self.width, 2)) * self.scene.noise

    def _still(self, luma: np.ndarray, noise: np.ndarray) -> np.ndarray:
        picture = np.empty((self.height * 3 // 2, self.width), np.uint8)
        picture[:self.height] = np.clip(luma + noise, 16, 235)
        self._write(picture, self.title, INSET * self.dot)
        colour = picture[self.height:].reshape(2, self.height // 2, self.width // 2)
        colour[0], colour[1] = np.clip(self.u, 16, 240), np.clip(self.v, 16, 240)
        colour[:, -(self.height // 60 // 2):, :self.width // 64 * (BITS + 1) // 2] = 128
        return picture

    def _write(self, picture: np.ndarray, mask: np.ndarray, left: int) -> None:
        """White dots on a darkened ground, at the top."""
        pad, top = self.dot, INSET * self.dot
        height, width = mask.shape
        ground = picture[top:top + height + 2 * pad, left:left + width + 2 * pad]
        ground[:] = ground // 3 + 12
        ground[pad:-pad, pad:-pad][mask] = 225

    def _strip(self, picture: np.ndarray, frame: int) -> None:
        wide, top = self.width // 64, self.height - self.height // 60
        for index, light in enumerate(strip_blocks(frame, self.frames)):
            picture[top:self.height, index * wide:(index + 1) * wide] = LIGHT if light else DARK

    def _mover(self, picture: np.ndarray, motion: Motion, seconds: float, noise: np.ndarray) -> None:
        draw, reach, above, below = MOVERS[motion.what]
        x, size = place(motion, seconds), motion.size
        part = self.canvas.window(x - reach * size, motion.ground - above * size,
                                  x + reach * size, motion.ground + below * size)
        rows, columns = part.pixels.shape[:2]
        if not rows or not columns:
            return
        draw(part, motion, x, seconds)
        luma, u, v = part.planes()
        top, left = part.top, part.left
        luma += noise[top:top + rows, left:left + columns]
        picture[top:top + rows, left:left + columns] = np.clip(luma, 16, 235)
        colour = picture[self.height:].reshape(2, self.height // 2, self.width // 2)
        for plane, values in zip(colour, (u, v)):
            plane[top // 2:(top + rows) // 2, left // 2:(left + columns) // 2] = np.clip(values, 16, 240)

    def __iter__(self) -> Iterator[np.ndarray]:
        """The frames of one loop; each is good until the next is asked for."""
        picture = np.empty_like(self.stills[0])
        last = -1
        for frame in range(self.frames):
            seconds = frame / self.scene.frame_rate
            copy = (last + 1 + int(self.random.integers(NOISE_COPIES - 1))) % NOISE_COPIES
            last = copy
            np.copyto(picture, self.stills[copy])
            for motion in self.scene.motions:
                if motion.start <= seconds < motion.end:
                    self._mover(picture, motion, seconds, self.noise[copy])
            clock = lettering("--:--:%02d" % int(seconds), self.dot)
            self._write(picture[:self.height], clock, self.width - clock.shape[1] - (INSET + 2) * self.dot)
            self._strip(picture, frame)
            yield picture
