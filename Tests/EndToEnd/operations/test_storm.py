"""A small storm: cameras drop and return at once, people come and go, programs are killed; nobody sees a wrong picture.

`make storm` makes larger ones. It runs with Debian's own Python, which knows numpy and GStreamer.
"""
from __future__ import annotations

import re
import subprocess

from hearth_testing.make import make
from hearth_testing.paths import DEBIAN_PYTHON, ROOT, environment


def test_the_storms_own_eyes_see_what_is_wrong() -> None:
    done = subprocess.run([DEBIAN_PYTHON, "-m", "unittest", "Tests/Storm/test_reader.py"], cwd=ROOT, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=120, env=environment())
    assert done.returncode == 0, done.stdout[-5000:]


def test_nobody_sees_another_cameras_picture_in_a_storm() -> None:
    said = make("storm", STORM="--cameras 4 --people 8 --minutes 0.5", seconds=400)
    print(said)
    found = re.search(r"^(\d+) responses and (\d+) live messages .* (\d+) frames .* (\d+) pictures decoded; wrong: 0$", said, re.M)
    assert found, said[-3000:]
    responses, live, frames, decoded = map(int, found.groups())
    # Far below what a slow machine gives: these are there to notice a storm that looked at nothing.
    assert responses > 500 and live > 50 and frames > 1000 and decoded > 5, found[0]
