"""The demo household: four places, and who walks, creeps or drives through each of them at which second.

A scene is drawn once; in each frame only what moves is drawn again. A loop is a minute long and starts with the
minute, so the seconds burnt into the picture are the real ones, and the script below is a timetable for every minute.
`shortened` makes a shorter loop of a scene, for tests.
"""
from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Callable

import numpy as np

from drawing import Canvas, Shape, box, disc, limb, mottle, polygon

LOOP_SECONDS = 60


@dataclass(frozen=True)
class Motion:
    """Something crosses the picture from second `start` to second `end` of each minute."""
    what: str
    start: float
    end: float
    ground: float           # where its feet or wheels are, in design pixels
    size: float             # its height
    leftwards: bool = False


@dataclass(frozen=True)
class Scene:
    name: str
    title: str
    width: int
    height: int
    frame_rate: int
    codec: str              # h264 or h265
    bit_rate: int           # of the main stream, in kbit/s
    noise: float
    audio: str | None       # aac or mulaw
    draw: Callable[[Canvas, np.random.Generator], None]
    motions: tuple[Motion, ...]
    loop: int = LOOP_SECONDS    # seconds; a multiple of the keyframe interval


# ---------------------------------------------------------------- what moves
def person(canvas: Canvas, motion: Motion, x: float, seconds: float) -> None:
    h, y, face = motion.size, motion.ground, -1 if motion.leftwards else 1
    stride = math.sin(seconds * 6.2)
    hip, shoulder = (x, y - 0.50 * h), (x + face * 0.015 * h, y - 0.80 * h)
    canvas.paint(disc(x, y, 0.24 * h, 0.035 * h), (15, 15, 20), 0.45, soft=0.05 * h)

    def leg(swing: float, colour: tuple[int, int, int]) -> None:
        bend = max(0.0, -swing) * 0.10 * h
        knee = (hip[0] + face * swing * 0.10 * h + face * 0.02 * h, y - 0.26 * h)
        foot = (hip[0] + face * swing * 0.20 * h - face * bend, y - 0.025 * h - bend * 0.5)
        canvas.paint(limb(*hip, *knee, 0.062 * h, 0.05 * h), colour)
        canvas.paint(limb(*knee, *foot, 0.048 * h, 0.034 * h), colour)
        canvas.paint(limb(*foot, foot[0] + face * 0.06 * h, foot[1] + 0.008 * h, 0.026 * h), (35, 28, 26))

    def arm(swing: float, colour: tuple[int, int, int]) -> None:
        elbow = (shoulder[0] + face * swing * 0.07 * h, y - 0.63 * h)
        hand = (shoulder[0] + face * (swing * 0.14 + 0.03) * h, y - 0.50 * h)
        canvas.paint(limb(*shoulder, *elbow, 0.045 * h, 0.036 * h), colour)
        canvas.paint(limb(*elbow, *hand, 0.036 * h, 0.027 * h), colour)
        canvas.paint(disc(*hand, 0.028 * h), (205, 160, 130))

    leg(-stride, (38, 42, 62))
    arm(stride, (128, 38, 32))
    canvas.paint(limb(*shoulder, hip[0], hip[1] - 0.02 * h, 0.098 * h, 0.082 * h), (168, 52, 42), below=(130, 36, 32))
    canvas.paint(limb(shoulder[0], y - 0.86 * h, shoulder[0], y - 0.82 * h, 0.035 * h), (198, 150, 120))
    head = (x + face * 0.03 * h, y - 0.925 * h)
    canvas.paint(disc(*head, 0.062 * h, 0.074 * h), (214, 168, 138))
    canvas.paint(disc(head[0] - face * 0.018 * h, head[1] - 0.022 * h, 0.064 * h, 0.058 * h), (56, 38, 28))
    leg(stride, (46, 52, 78))
    arm(-stride, (178, 58, 46))


def cat(canvas: Canvas, motion: Motion, x: float, seconds: float) -> None:
    h, y, face = motion.size, motion.ground, -1 if motion.leftwards else 1
    fur, dark = (62, 52, 46), (40, 33, 30)
    canvas.paint(disc(x, y, 0.95 * h, 0.10 * h), (15, 20, 15), 0.45, soft=0.14 * h)
    for place, phase, colour in ((-0.55, 0.0, dark), (0.5, 1.8, dark), (-0.45, 3.1, fur), (0.6, 4.9, fur)):
        swing = math.sin(seconds * 9 + phase) * 0.20
        canvas.paint(limb(x + face * place * h, y - 0.42 * h, x + face * (place + swing) * h, y - 0.05 * h,
                          0.11 * h, 0.07 * h), colour)
    canvas.paint(limb(x - face * 0.55 * h, y - 0.58 * h, x + face * 0.6 * h, y - 0.60 * h, 0.25 * h, 0.21 * h), fur)
    tail = math.sin(seconds * 4) * 0.15
    canvas.paint(limb(x - face * 0.70 * h, y - 0.66 * h, x - face * (1.05 + tail) * h, y - 1.10 * h,
                      0.09 * h, 0.06 * h), fur)
    hx, hy = x + face * 0.88 * h, y - 0.86 * h
    for ear in (-0.13, 0.13):
        canvas.paint(polygon((hx + (ear - 0.09) * h, hy - 0.10 * h), (hx + ear * 1.2 * h, hy - 0.36 * h),
                             (hx + (ear + 0.09) * h, hy - 0.10 * h)), dark)
    canvas.paint(disc(hx, hy, 0.23 * h, 0.20 * h), fur)
    canvas.paint(disc(hx + face * 0.12 * h, hy - 0.03 * h, 0.035 * h), (210, 200, 90))


def car(canvas: Canvas, motion: Motion, x: float, seconds: float) -> None:
    h, y, face = motion.size, motion.ground, -1 if motion.leftwards else 1

    def at(dx: float, dy: float) -> tuple[float, float]:
        return x + face * dx * h, y - dy * h

    canvas.paint(disc(x, y, 1.65 * h, 0.10 * h), (8, 8, 12), 0.6, soft=0.16 * h)
    canvas.paint(polygon(at(1.5, 0.42), at(2.5, 0.12), at(2.5, -0.06), at(1.5, 0.30)), (255, 240, 190), 0.35, soft=0.2 * h)
    body, glass = (150, 158, 172), (34, 42, 56)
    canvas.paint(polygon(at(-1.0, 0.62), at(-0.72, 0.98), at(0.28, 1.0), at(0.80, 0.62)), body, soft=0.04 * h)
    canvas.paint(polygon(at(-0.84, 0.64), at(-0.63, 0.91), at(-0.2, 0.93), at(-0.2, 0.64)), glass)
    canvas.paint(polygon(at(-0.12, 0.64), at(-0.12, 0.93), at(0.24, 0.93), at(0.62, 0.64)), glass)
    lower = sorted((at(-1.5, 0)[0], at(1.5, 0)[0]))
    canvas.paint(box(lower[0], y - 0.66 * h, lower[1], y - 0.18 * h, 0.14 * h), body, below=(84, 90, 104))
    canvas.paint(limb(*at(-1.4, 0.26), *at(1.4, 0.26), 0.025 * h), (52, 56, 66))
    for wheel in (-0.92, 0.92):
        canvas.paint(disc(*at(wheel, 0.22), 0.25 * h), (20, 20, 22))
        canvas.paint(disc(*at(wheel, 0.22), 0.13 * h), (128, 130, 136))
        turn = seconds * 9 * face
        for spoke in range(3):
            dx, dy = math.cos(turn + spoke * 2.094) * 0.12 * h, math.sin(turn + spoke * 2.094) * 0.12 * h
            cx, cy = at(wheel, 0.22)
            canvas.paint(limb(cx, cy, cx + dx, cy + dy, 0.02 * h), (52, 54, 60))
    canvas.paint(disc(*at(1.40, 0.48), 0.07 * h, 0.06 * h), (255, 250, 225))
    canvas.paint(disc(*at(-1.43, 0.48), 0.05 * h, 0.06 * h), (190, 30, 24))


# The drawing, and how far it reaches to each side, above the ground and below it, in heights.
MOVERS = {"person": (person, 0.42, 1.05, 0.10), "cat": (cat, 1.5, 1.35, 0.25), "car": (car, 2.6, 1.1, 0.25)}


def place(motion: Motion, seconds: float) -> float:
    """Where the mover's middle is: wholly outside the picture at start and end."""
    reach = MOVERS[motion.what][1] * motion.size
    share = (seconds - motion.start) / (motion.end - motion.start)
    x = -reach + share * (1920 + 2 * reach)
    return 1920 - x if motion.leftwards else x


# ---------------------------------------------------------------- where it moves
def front_door(c: Canvas, random: np.random.Generator) -> None:
    height, width = c.pixels.shape[:2]
    fine, coarse = mottle(random, height, width, 3) * 5, mottle(random, height, width, 40) * 6
    c.paint(box(0, 0, 1920, 560), (112, 160, 214), below=(214, 228, 238))
    for x, y, r in ((240, 190, 70), (330, 160, 95), (440, 195, 75), (880, 110, 55), (960, 90, 80), (1060, 118, 60)):
        c.paint(disc(x, y, r * 1.5, r * 0.55), (250, 250, 252), 0.8, soft=40)
    for x, r in ((40, 150), (190, 120), (330, 165), (520, 130), (690, 150), (860, 125), (1010, 140)):
        c.paint(disc(x, 560, r, r * 1.1), (66, 98, 62), below=(40, 64, 42), texture=coarse)
    c.paint(box(0, 540, 1120, 800), (122, 152, 78), below=(92, 128, 62), texture=fine + coarse)
    for x in range(10, 1100, 58):
        c.paint(box(x, 512, x + 34, 650, 6), (232, 230, 222), below=(196, 194, 186))
    c.paint(box(0, 548, 1100, 562), (222, 220, 212))
    c.paint(box(0, 610, 1100, 624), (206, 204, 196))
    house(c, fine)
    c.paint(box(0, 790, 1920, 1080), (168, 160, 148), below=(138, 130, 120), texture=fine + coarse)
    for row, y in enumerate((790, 836, 892, 962, 1044)):
        c.paint(box(0, y, 1920, y + 4), (118, 110, 100))
        for x in range(-120 + row * 73, 2000, 250 + row * 22):
            c.paint(polygon((x, y), (x + 4, y), (x - 26, y + 80), (x - 32, y + 80)), (122, 114, 104))
    for x, y in ((1150, 760), (1216, 772), (1176, 784)):
        c.paint(disc(x, y - 40, 40, 46), (58, 104, 52), texture=fine * 2)
    c.paint(polygon((1132, 770), (1238, 770), (1222, 860), (1148, 860)), (176, 96, 62), below=(140, 70, 46))


def house(c: Canvas, fine: np.ndarray) -> None:
    c.paint(polygon((1050, 170), (1110, 60), (1920, 20), (1920, 170)), (92, 58, 50), below=(74, 46, 42))
    c.paint(box(1090, 160, 1920, 800), (204, 178, 146), below=(176, 150, 120), texture=fine)
    for y in range(190, 800, 30):
        c.paint(box(1090, y, 1920, y + 3), (160, 136, 108), 0.7)
    c.paint(box(1370, 300, 1630, 800), (238, 234, 224))
    c.paint(box(1392, 322, 1608, 800), (152, 34, 36), below=(112, 22, 26))
    for y0, y1 in ((350, 500), (530, 640), (670, 770)):
        c.paint(box(1424, y0, 1576, y1, 6), (128, 26, 30), below=(162, 44, 44))
    c.paint(box(1440, 366, 1560, 486), (150, 178, 196), below=(96, 122, 140))
    c.paint(disc(1590, 580, 10), (226, 192, 96))
    c.paint(box(1340, 776, 1660, 800), (150, 146, 140))
    for x in (1150, 1710):
        c.paint(box(x, 330, x + 180, 600), (240, 238, 230))
        c.paint(box(x + 14, 344, x + 166, 586), (120, 150, 172), below=(70, 90, 108))
        c.paint(box(x + 84, 344, x + 96, 586), (240, 238, 230))
        c.paint(box(x + 14, 458, x + 166, 470), (240, 238, 230))
        c.paint(box(x - 14, 598, x + 194, 618), (228, 224, 214))
    c.paint(disc(1668, 400, 60), (255, 226, 150), 0.35, soft=50)
    c.paint(box(1656, 370, 1680, 420, 6), (250, 232, 180))


def garden(c: Canvas, random: np.random.Generator) -> None:
    height, width = c.pixels.shape[:2]
    fine, coarse = mottle(random, height, width, 2.5) * 7, mottle(random, height, width, 30) * 9
    c.paint(box(0, 0, 1920, 330), (206, 216, 206), below=(232, 228, 206))
    for x in range(-20, 1940, 74):
        c.paint(box(x, 190, x + 68, 470, 4), (140, 100, 66), below=(104, 72, 46), texture=fine)
    for x, r, tint in ((90, 130, 0), (260, 100, 12), (1500, 120, 6), (1690, 150, 0), (1860, 130, 10)):
        c.paint(disc(x, 430, r, r), (52 + tint, 92 + tint, 44), below=(32, 60, 30), texture=coarse * 1.6 + fine)
    c.paint(box(0, 460, 1920, 1080), (104, 152, 62), below=(70, 116, 44), texture=coarse * 0.5 + fine)
    for stripe in range(-6, 14, 2):
        c.paint(polygon((760 + stripe * 70, 460), (830 + stripe * 70, 460), (620 + stripe * 330, 1080),
                        (290 + stripe * 330, 1080)), (132, 178, 82), 0.38, soft=14)
    c.paint(polygon((420, 300), (560, 190), (700, 300)), (96, 70, 60))
    c.paint(box(440, 296, 680, 500), (122, 142, 146), below=(94, 112, 118), texture=fine)
    for x in range(440, 680, 30):
        c.paint(box(x, 300, x + 3, 500), (88, 104, 110))
    c.paint(box(520, 350, 600, 500), (78, 94, 104))
    c.paint(limb(1180, 640, 1170, 250, 44, 30), (86, 64, 46), below=(60, 44, 32))
    for x, y, r in ((1060, 150, 140), (1190, 90, 160), (1320, 160, 140), (1140, 220, 120), (1260, 230, 120)):
        c.paint(disc(x, y, r, r * 0.86), (72, 122, 52), below=(46, 84, 36), texture=coarse * 1.8 + fine, soft=10)
    for x, y in ((1110, 180), (1210, 130), (1290, 190), (1170, 60), (1240, 240)):
        c.paint(disc(x, y, 14), (206, 62, 44))
    c.paint(disc(1180, 655, 230, 40), (40, 70, 28), 0.5, soft=30)
    for i in range(34):
        x, y = random.uniform(20, 420), random.uniform(520, 620)
        petals = ((222, 92, 120), (236, 204, 84), (230, 230, 236), (150, 92, 190))[i % 4]
        c.paint(limb(x, y, x, y + 36, 3), (50, 92, 40))
        c.paint(disc(x, y, 12), petals)
        c.paint(disc(x, y, 4), (244, 220, 110))
    c.paint(disc(1640, 760, 190, 58), (150, 148, 138))
    c.paint(disc(1640, 756, 168, 46), (94, 138, 160), below=(60, 98, 124))


def living_room(c: Canvas, random: np.random.Generator) -> None:
    height, width = c.pixels.shape[:2]
    fine, coarse = mottle(random, height, width, 3) * 3, mottle(random, height, width, 60) * 4
    c.paint(box(0, 0, 1920, 720), (206, 188, 158), below=(184, 164, 134), texture=coarse)
    for x in range(0, 1920, 64):
        c.paint(box(x, 0, x + 22, 700), (192, 172, 142), 0.5)
    c.paint(box(0, 690, 1920, 724), (236, 228, 212))
    c.paint(box(0, 724, 1920, 1080), (146, 100, 62), below=(112, 72, 42), texture=fine + coarse)
    for x in range(-12, 14):
        c.paint(polygon((960 + x * 120, 724), (964 + x * 120, 724), (972 + x * 250, 1080), (962 + x * 250, 1080)), (96, 62, 36))
    c.paint(box(180, 110, 600, 540), (240, 236, 226))
    c.paint(box(200, 130, 580, 520), (188, 214, 232), below=(156, 186, 150))
    c.paint(box(380, 130, 398, 520), (240, 236, 226))
    c.paint(box(200, 310, 580, 324), (240, 236, 226))
    for x0, x1 in ((110, 220), (560, 670)):
        c.paint(box(x0, 80, x1, 650, 10), (176, 78, 62), below=(146, 58, 48))
        for x in range(x0 + 14, x1 - 6, 24):
            c.paint(box(x, 84, x + 7, 648), (134, 50, 44), 0.6)
    c.paint(box(80, 70, 700, 86, 6), (86, 64, 48))
    for x0, y0, x1, y1, tint in ((800, 150, 960, 270, (86, 120, 140)), (1000, 130, 1100, 280, (170, 130, 80))):
        c.paint(box(x0 - 12, y0 - 12, x1 + 12, y1 + 12), (78, 56, 40))
        c.paint(box(x0, y0, x1, y1), tint, below=tuple(v * 0.6 for v in tint))
    c.paint(box(1540, 120, 1860, 740), (104, 72, 46), below=(82, 56, 36))
    for shelf in range(5):
        y = 140 + shelf * 118
        c.paint(box(1556, y, 1844, y + 104), (58, 40, 28))
        x = 1562.0
        while x < 1820:
            thick, tall = random.uniform(14, 30), random.uniform(66, 96)
            tint = tuple(random.uniform(50, 190, 3))
            c.paint(box(x, y + 104 - tall, x + thick, y + 104), tint)
            x += thick + 2
    c.paint(disc(1400, 300, 170), (255, 236, 180), 0.30, soft=170)
    c.paint(limb(1400, 330, 1400, 740, 7), (50, 46, 44))
    c.paint(polygon((1340, 340), (1372, 240), (1428, 240), (1460, 340)), (250, 228, 170), below=(240, 204, 130))
    c.paint(disc(1400, 748, 60, 14), (46, 42, 40))
    c.paint(disc(960, 930, 700, 120), (118, 44, 48), texture=fine)
    c.paint(disc(960, 930, 640, 104), (196, 168, 120), texture=fine)
    c.paint(disc(960, 930, 610, 96), (128, 52, 54), texture=fine)
    sofa = (74, 104, 112)
    c.paint(box(740, 470, 1300, 730, 40), sofa, below=(56, 82, 90), texture=fine)
    c.paint(box(780, 610, 1015, 740, 24), (94, 126, 134), below=(70, 98, 106), texture=fine)
    c.paint(box(1025, 610, 1260, 740, 24), (94, 126, 134), below=(70, 98, 106), texture=fine)
    for x in (700, 1250):
        c.paint(box(x, 560, x + 90, 780, 32), (66, 94, 102), below=(48, 70, 78), texture=fine)
    c.paint(box(770, 720, 1270, 780, 12), (56, 80, 88))
    c.paint(polygon((1090, 600), (1160, 520), (1210, 596), (1150, 640)), (206, 160, 74))


def garage(c: Canvas, random: np.random.Generator) -> None:
    height, width = c.pixels.shape[:2]
    fine, coarse = mottle(random, height, width, 3) * 4, mottle(random, height, width, 50) * 5
    c.paint(box(0, 0, 1920, 420), (26, 34, 62), below=(92, 82, 98))
    for _ in range(60):
        c.paint(disc(random.uniform(0, 1920), random.uniform(0, 210), random.uniform(1, 2.4)), (220, 224, 240), 0.7)
    c.paint(polygon((0, 420), (0, 300), (160, 210), (330, 300), (330, 420)), (34, 34, 48))
    c.paint(polygon((1560, 420), (1560, 280), (1760, 180), (1920, 260), (1920, 420)), (36, 36, 50))
    c.paint(box(0, 410, 1920, 700), (30, 40, 38), below=(22, 26, 28), texture=coarse)
    for x, y in ((80, 330), (210, 340), (1650, 330), (1800, 318)):
        c.paint(box(x, y, x + 44, y + 50), (232, 190, 104))
    c.paint(box(360, 150, 1530, 690), (120, 108, 104), below=(92, 82, 80), texture=fine + coarse)
    c.paint(polygon((310, 170), (370, 90), (1520, 90), (1580, 170)), (48, 44, 52))
    for x in (440, 1010):
        c.paint(box(x - 14, 256, x + 454, 690), (70, 66, 68))
        c.paint(box(x, 270, x + 440, 690), (150, 152, 158), below=(112, 114, 122))
        for row in range(5):
            for column in range(4):
                left, top = x + 10 + column * 107, 280 + row * 82
                c.paint(box(left, top, left + 98, top + 70, 4), (160, 162, 168), below=(124, 126, 134))
    for x in (660, 1230, 946):
        c.paint(disc(x, 360, 250, 220), (255, 222, 150), 0.16, soft=240)
        c.paint(box(x - 20, 206, x + 20, 240, 8), (255, 238, 190))
    c.paint(box(0, 690, 1920, 1080), (86, 84, 92), below=(58, 56, 64), texture=fine * 1.6 + coarse)
    c.paint(disc(946, 760, 700, 130), (220, 190, 140), 0.22, soft=160)
    for x in (500, 900, 1320):
        c.paint(polygon((x, 690), (x + 5, 690), (x + (x - 940) * 0.9 + 12, 1080), (x + (x - 940) * 0.9, 1080)), (46, 44, 52))
    for x, tint in ((120, (48, 84, 62)), (236, (40, 58, 92))):
        c.paint(box(x, 560, x + 96, 760, 10), tint, below=tuple(v * 0.6 for v in tint))
        c.paint(box(x - 6, 544, x + 102, 572, 8), tuple(v * 1.2 for v in tint))
    c.paint(box(0, 1040, 1920, 1080), (66, 64, 70), texture=fine)


SCENES = {scene.name: scene for scene in (
    Scene("front-door", "FRONT DOOR", 1920, 1080, 25, "h264", 4000, 1.8, None, front_door,
          (Motion("person", 8, 15, 985, 520), Motion("person", 38, 45, 940, 470, leftwards=True))),
    Scene("garden", "GARDEN", 1280, 720, 15, "h265", 1500, 1.5, None, garden,
          (Motion("cat", 14, 21, 800, 130), Motion("person", 46, 53, 860, 400, leftwards=True))),
    Scene("living-room", "LIVING ROOM", 1280, 720, 25, "h264", 2000, 2.2, "aac", living_room,
          (Motion("person", 26, 33, 985, 640, leftwards=True),)),
    Scene("garage", "GARAGE", 1280, 720, 15, "h264", 1500, 3.2, "mulaw", garage,
          (Motion("car", 18, 23, 985, 330), Motion("car", 50, 55, 930, 290, leftwards=True))),
)}

# For measuring what cameras cost: the front door by itself, and with somebody on the way all the time.
MEASURED = {scene.name: scene for scene in (
    replace(SCENES["front-door"], name="quiet", motions=()),
    replace(SCENES["front-door"], name="busy", motions=tuple(
        Motion("car" if start % 12 == 6 else "person", start, start + 7, 940 + 15 * (start % 4), 300 + 60 * (start % 5),
               leftwards=start % 2 == 1) for start in range(0, 53, 3)))
)}
ALL_SCENES = SCENES | MEASURED

SHORTEST_LOOP = 20          # seconds: a motion, and after it the quiet in which an event ends


def shortened(scene: Scene, loop: int) -> Scene:
    """The scene in a loop of so many seconds, with its first motion alone: at second 3 to 6 of the loop, in the order of the
    whole script. A tests' household then need not wait a minute for what moves. The seconds burnt into the picture are those of
    the loop."""
    if loop == scene.loop:
        return scene
    if not SHORTEST_LOOP <= loop < scene.loop or loop % 2:
        raise SystemExit(f"a loop of {loop} s can't be made; {SHORTEST_LOOP} to {scene.loop} s, an even number")
    first = [replace(motion, start=3 + motion.start / 10, end=3 + motion.start / 10 + motion.end - motion.start)
             for motion in scene.motions[:1]]
    return replace(scene, loop=loop, motions=tuple(first))
