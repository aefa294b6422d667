"""Shapes with soft edges on a picture of floating-point RGB.

A shape is a function of the pixel coordinates that gives the distance to its outline, negative inside; `Canvas.paint`
turns distance into coverage. Coordinates are those of a picture 1920 wide and 1080 high, whatever the real size.
"""
from __future__ import annotations

from typing import Callable, Sequence

import numpy as np

DESIGN_WIDTH, DESIGN_HEIGHT = 1920, 1080
Colour = Sequence[float]
Distance = Callable[[np.ndarray, np.ndarray], np.ndarray]


class Shape:
    """A distance function and the box outside of which it is surely positive."""

    def __init__(self, distance: Distance, box: tuple[float, float, float, float]):
        self.distance = distance
        self.box = box


def disc(x: float, y: float, rx: float, ry: float | None = None) -> Shape:
    ry = rx if ry is None else ry
    scale = min(rx, ry)
    return Shape(lambda px, py: (np.hypot((px - x) / rx, (py - y) / ry) - 1) * scale, (x - rx, y - ry, x + rx, y + ry))


def box(x0: float, y0: float, x1: float, y1: float, corner: float = 0) -> Shape:
    cx, cy, hx, hy = (x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0) / 2 - corner, (y1 - y0) / 2 - corner

    def distance(px: np.ndarray, py: np.ndarray) -> np.ndarray:
        dx, dy = np.abs(px - cx) - hx, np.abs(py - cy) - hy
        return np.hypot(np.maximum(dx, 0), np.maximum(dy, 0)) + np.minimum(np.maximum(dx, dy), 0) - corner

    return Shape(distance, (x0, y0, x1, y1))


def limb(ax: float, ay: float, bx: float, by: float, ra: float, rb: float | None = None) -> Shape:
    """A rounded bar from a to b that may taper."""
    rb = ra if rb is None else rb
    dx, dy = bx - ax, by - ay
    length = max(dx * dx + dy * dy, 1e-6)

    def distance(px: np.ndarray, py: np.ndarray) -> np.ndarray:
        along = np.clip(((px - ax) * dx + (py - ay) * dy) / length, 0, 1)
        return np.hypot(px - ax - along * dx, py - ay - along * dy) - (ra + along * (rb - ra))

    r = max(ra, rb)
    return Shape(distance, (min(ax, bx) - r, min(ay, by) - r, max(ax, bx) + r, max(ay, by) + r))


def polygon(*points: tuple[float, float]) -> Shape:
    xs, ys = [p[0] for p in points], [p[1] for p in points]

    def distance(px: np.ndarray, py: np.ndarray) -> np.ndarray:
        nearest = np.full(np.broadcast(px, py).shape, np.inf, np.float32)
        inside = np.zeros(nearest.shape, bool)
        for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1]):
            dx, dy = bx - ax, by - ay
            along = np.clip(((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy), 0, 1)
            nearest = np.minimum(nearest, np.hypot(px - ax - along * dx, py - ay - along * dy))
            if ay != by:
                inside ^= ((ay > py) != (by > py)) & (px < dx * (py - ay) / dy + ax)
        return np.where(inside, -nearest, nearest)

    return Shape(distance, (min(xs), min(ys), max(xs), max(ys)))


def mottle(random: np.random.Generator, height: int, width: int, cell: float) -> np.ndarray:
    """Smooth random texture with features about `cell` pixels wide, mean 0 and deviation about 1."""
    rows, columns = max(2, int(height / cell) + 1), max(2, int(width / cell) + 1)
    grid = random.normal(0, 1.6, (rows + 1, columns + 1)).astype(np.float32)
    y, x = np.linspace(0, rows - 1e-3, height), np.linspace(0, columns - 1e-3, width)
    y0, x0 = y.astype(int), x.astype(int)
    fy, fx = (y - y0).astype(np.float32)[:, None], (x - x0).astype(np.float32)[None]
    fy, fx = fy * fy * (3 - 2 * fy), fx * fx * (3 - 2 * fx)
    upper = grid[y0][:, x0] * (1 - fx) + grid[y0][:, x0 + 1] * fx
    lower = grid[y0 + 1][:, x0] * (1 - fx) + grid[y0 + 1][:, x0 + 1] * fx
    return upper * (1 - fy) + lower * fy


class Canvas:
    """A window of a picture: `left` and `top` are where its first pixel lies in the whole."""

    def __init__(self, pixels: np.ndarray, scale: float, left: int = 0, top: int = 0):
        self.pixels, self.scale, self.left, self.top = pixels, scale, left, top

    @classmethod
    def blank(cls, width: int, height: int) -> "Canvas":
        return cls(np.zeros((height, width, 3), np.float32), height / DESIGN_HEIGHT)

    def window(self, x0: float, y0: float, x1: float, y1: float) -> "Canvas":
        """A copy of one part, on even pixels so that its colour planes line up; may be empty."""
        height, width = self.pixels.shape[:2]
        left, top = (int(np.clip(v * self.scale, 0, m)) // 2 * 2 for v, m in ((x0, width), (y0, height)))
        right, bottom = (int(np.clip(v * self.scale + 2, 0, m)) // 2 * 2 for v, m in ((x1, width), (y1, height)))
        return Canvas(self.pixels[top:max(top, bottom), left:max(left, right)].copy(), self.scale, left, top)

    def paint(self, shape: Shape, colour: Colour, opacity: float = 1, soft: float = 1.2, below: Colour | None = None,
              texture: np.ndarray | None = None) -> None:
        """Fills a shape. `below` is the colour at its lower end (a gradient), `soft` the width of its edge."""
        margin = soft + 2
        height, width = self.pixels.shape[:2]
        x0, y0, x1, y1 = shape.box
        c0 = max(0, int((x0 - margin) * self.scale) - self.left)
        r0 = max(0, int((y0 - margin) * self.scale) - self.top)
        c1 = min(width, int((x1 + margin) * self.scale) + 1 - self.left)
        r1 = min(height, int((y1 + margin) * self.scale) + 1 - self.top)
        if c1 <= c0 or r1 <= r0:
            return
        px = ((np.arange(c0, c1, dtype=np.float32) + self.left + 0.5) / self.scale)[None]
        py = ((np.arange(r0, r1, dtype=np.float32) + self.top + 0.5) / self.scale)[:, None]
        cover = (np.clip(0.5 - shape.distance(px, py) / soft, 0, 1) * opacity)[..., None]
        paint = np.asarray(colour, np.float32)
        if below is not None:
            depth = np.clip((py - y0) / max(y1 - y0, 1), 0, 1)[..., None]
            paint = paint + (np.asarray(below, np.float32) - paint) * depth
        if texture is not None:
            paint = paint + texture[r0:r1, c0:c1, None]
        area = self.pixels[r0:r1, c0:c1]
        area += (paint - area) * cover

    def planes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Luma and the two halved colour planes (BT.601, video range), as floats."""
        r, g, b = self.pixels[..., 0], self.pixels[..., 1], self.pixels[..., 2]
        y = 16 + 0.2568 * r + 0.5041 * g + 0.0979 * b
        small = self.pixels.reshape(self.pixels.shape[0] // 2, 2, self.pixels.shape[1] // 2, 2, 3).mean((1, 3))
        r, g, b = small[..., 0], small[..., 1], small[..., 2]
        return y, 128 - 0.1482 * r - 0.2910 * g + 0.4392 * b, 128 + 0.4392 * r - 0.3678 * g - 0.0714 * b


# 5 by 7 dots for each sign, a row a number, as on the pictures of many cameras.
FONT = {
    " ": (0, 0, 0, 0, 0, 0, 0), "-": (0, 0, 0, 31, 0, 0, 0), ":": (0, 4, 4, 0, 4, 4, 0),
    "0": (14, 17, 19, 21, 25, 17, 14), "1": (4, 12, 4, 4, 4, 4, 14), "2": (14, 17, 1, 2, 4, 8, 31),
    "3": (31, 2, 4, 2, 1, 17, 14), "4": (2, 6, 10, 18, 31, 2, 2), "5": (31, 16, 30, 1, 1, 17, 14),
    "6": (6, 8, 16, 30, 17, 17, 14), "7": (31, 1, 2, 4, 8, 8, 8), "8": (14, 17, 17, 14, 17, 17, 14),
    "9": (14, 17, 17, 15, 1, 2, 12), "A": (14, 17, 17, 31, 17, 17, 17), "D": (30, 17, 17, 17, 17, 17, 30),
    "E": (31, 16, 16, 30, 16, 16, 31), "F": (31, 16, 16, 30, 16, 16, 16), "G": (14, 17, 16, 23, 17, 17, 15),
    "I": (14, 4, 4, 4, 4, 4, 14), "L": (16, 16, 16, 16, 16, 16, 31), "M": (17, 27, 21, 21, 17, 17, 17),
    "N": (17, 25, 21, 19, 17, 17, 17), "O": (14, 17, 17, 17, 17, 17, 14), "R": (30, 17, 17, 30, 20, 18, 17),
    "T": (31, 4, 4, 4, 4, 4, 4), "V": (17, 17, 17, 17, 17, 10, 4), "C": (14, 17, 16, 16, 16, 17, 14),
}


def lettering(text: str, dot: int) -> np.ndarray:
    """The text as a mask of dots `dot` pixels wide."""
    rows = [[(FONT[sign][row] >> (4 - column)) & 1 for sign in text for column in range(-1, 5)] for row in range(7)]
    mask = np.array(rows, bool)
    return np.repeat(np.repeat(mask, dot, 0), dot, 1)
