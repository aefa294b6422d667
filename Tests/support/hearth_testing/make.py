"""The project's make targets, as a test runs them."""
from __future__ import annotations

import subprocess

from hearth_testing.paths import ROOT

# The programs are built already: without building them again.
MAKE = ("make", "--no-print-directory", "--old-file=build")


def make(*words: str, seconds: float, **variables: str) -> str:
    """Runs targets that must succeed; gives all that they said. Variables are make's, as STORM="--minutes 1"."""
    done = subprocess.run([*MAKE, *words, *(f"{name}={value}" for name, value in variables.items())], cwd=ROOT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=seconds)
    assert done.returncode == 0, f"make {' '.join(words)} ended with {done.returncode}:\n{done.stdout[-5000:]}"
    return done.stdout
