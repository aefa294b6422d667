"""Where things are."""
from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HEARTH = Path(os.environ.get("HEARTH_BINARIES", ROOT / ".build" / "release")) / "hearth"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hearth" / "demo"     # shared with `hearth demo`
REPORTS = ROOT / ".build" / "test-reports"
DEBIAN_PYTHON = "/usr/bin/python3"      # which knows numpy and GStreamer, as the one of .venv does not


def environment() -> dict[str, str]:
    """For programs of the tests that are started by a test: they find this package."""
    return {**os.environ, "PYTHONPATH": f"{ROOT / 'Tests/support'}:{ROOT / 'deploy/demo'}"}
