"""What must not compile does not: routes that forget to ask or that delete, and units that are mixed up. Each file of
Tests/Compile is checked among the server's own sources."""
from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from hearth_testing.paths import ROOT

SNIPPETS = ROOT / "Tests" / "Compile"
WRONG = sorted(path for path in SNIPPETS.rglob("*.swift") if path.name != "right.swift")
# What makes the compiler write files; each but the bare ones is followed by a path.
WRITES = {"-emit-module-path", "-output-file-map", "-emit-objc-header-path", "-num-threads"}
BARE = {"-emit-dependencies", "-emit-module", "-emit-objc-header", "-c", "-parseable-output", "-serialize-diagnostics", "-O",
        "-j2", "-whole-module-optimization"}


def command() -> list[str]:
    """How the build compiles the server's module, turned into looking at types only."""
    manifest = (ROOT / ".build" / "release.yaml").read_text()
    target = re.search(r'"C\.HomeServer-[^"]*-release\.module":\n(?:    .*\n)*?    args: (\[.*\])\n', manifest)
    assert target, "the build's manifest names no module HomeServer; run `make build`"
    words, kept = iter(json.loads(target[1])), []
    for word in words:
        if word in WRITES:
            next(words)
        elif word not in BARE and not word.startswith("-j"):
            kept.append(word)
    return [*kept, "-whole-module-optimization", "-typecheck"]


def complaints(*snippets: Path) -> dict[str, list[str]]:
    """The compiler's errors by file."""
    done = subprocess.run([*command(), *map(str, snippets)], capture_output=True, text=True, cwd=ROOT, timeout=600)
    found: dict[str, list[str]] = {}
    for path, message in re.findall(r"^(\S+?\.swift):\d+:\d+: error: (.*)$", done.stderr, re.M):
        found.setdefault(Path(path).name, []).append(message)
    assert (done.returncode == 0) == (not found), done.stderr[-2000:]
    return found


@pytest.fixture(scope="module")
def refused() -> dict[str, list[str]]:
    return complaints(*WRONG)


def test_a_route_that_asks_compiles() -> None:
    assert complaints(SNIPPETS / "right.swift") == {}


@pytest.mark.parametrize("snippet", WRONG, ids=lambda path: path.stem)
def test_a_route_that_does_not_ask_does_not_compile(refused: dict[str, list[str]], snippet: Path) -> None:
    wanted = snippet.read_text().split("\n")[0].removeprefix("// refused: ")
    assert any(wanted in message for message in refused.get(snippet.name, [])), refused.get(snippet.name, "it compiles")


def test_nothing_else_is_complained_about(refused: dict[str, list[str]]) -> None:
    assert set(refused) == {path.name for path in WRONG}
