"""A small storm: cameras drop and return at once, people come and go, programs are killed; nobody sees a wrong picture.

`make storm` makes larger ones. It runs with Debian's own Python, which knows numpy and GStreamer.
"""
from __future__ import annotations

import re
import subprocess

from hearth_testing.paths import DEBIAN_PYTHON, ROOT, environment


def run(*words: str, seconds: float) -> str:
    done = subprocess.run([DEBIAN_PYTHON, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds,
                          env=environment())
    assert done.returncode == 0, done.stdout[-5000:]
    return done.stdout


def test_the_storms_own_eyes_see_what_is_wrong() -> None:
    run("-m", "unittest", "Tests/Storm/test_reader.py", seconds=120)


def test_nobody_sees_another_cameras_picture_in_a_storm() -> None:
    said = run("Tests/Storm/storm.py", "--cameras", "4", "--people", "8", "--minutes", "1", seconds=400)
    print(said)
    found = re.search(r"^(\d+) responses and (\d+) live messages .* (\d+) frames .* (\d+) pictures decoded; wrong: 0$", said, re.M)
    assert found, said[-3000:]
    responses, live, frames, decoded = map(int, found.groups())
    # Far below what a slow machine gives: these are there to notice a storm that looked at nothing.
    assert responses > 1000 and live > 100 and frames > 2000 and decoded > 10, found[0]
