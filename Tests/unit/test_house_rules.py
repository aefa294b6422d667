"""Imports go down only, and each outside thing has its owner: the folder list is the architecture."""
from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from hearth_testing.paths import ROOT

LAYER = re.compile(r'^  Layer\(\s*name: "([^"]+)"', re.M)
# `.product(name:` names a library of another package, not a target.
TARGET = re.compile(r'\btarget\(\s*"([\w-]+)"|(?<!product\()name: "([\w-]+)"')


def layers(manifest: str) -> dict[str, list[str]]:
    """The targets of each layer, from the foundation up, as Package.swift lists them: their one home."""
    text = manifest[manifest.index("let layers: [Layer] = ["):]
    parts = LAYER.split(text[:text.index("\n]\n")])[1:]
    return {name: [a or b for a, b in TARGET.findall(body)] for name, body in zip(parts[::2], parts[1::2])}


LAYERS = layers((ROOT / "Package.swift").read_text())
ORDER = [(layer, target) for layer, targets in LAYERS.items() for target in targets]
LAYER_OF = {target: layer for layer, target in ORDER}
# Within these, a target may import those written before it.
LAYERS_WITH_AN_ORDER = {"vocabulary", "services"}


def below(target: str) -> set[str]:
    """What a target may import."""
    layer, found = LAYER_OF[target], set()
    for other_layer, other in ORDER:
        if other == target:
            return found
        if other_layer != layer or layer in LAYERS_WITH_AN_ORDER:
            found.add(other)
    raise AssertionError(f"{target} is in no layer")


# Who alone may import what.
OWNERS = {
    "CBulkRead": {"FFmpeg"}, "CFFmpeg": {"FFmpeg"}, "FFmpeg": {"CameraWorker"}, "CCrypt": {"Household"}, "CGnuTLS": {"Certificates"},
    "Certificates": {"CameraWorker"}, "CLinux": {
        "CameraWorker", "Files", "HomeServer", "Housekeeping", "Supervisor"},
    "GRDB": {"Catalog", "Household", "SQLite"}, "SQLite": {"Catalog", "Household"},
    "Catalog": {"HomeServer", "Housekeeping"}, "Household": {"HomeServer", "Housekeeping", "hearth"}, "Settings": {"HomeServer", "Housekeeping", "Supervisor", "hearth"}, "Yams": {"Settings"}, "ArgumentParser": {"hearth"},
    "VaultWriter": {"CameraWorker"}, "Motion": {"CameraWorker", "hearth"},
    # `hearth` without a server writes what the door let through into a file.
    "Vault": {"HomeServer", "Housekeeping", "hearth"}, "Recording": {"CameraWorker", "Housekeeping"},
    "Housekeeping": {"HomeServer", "hearth"},
    "Supervisor": {"hearth"}, "HomeServer": {"hearth"}, "CameraWorker": {"hearth-camera"},
}
NETWORK = re.compile(r"^(NIO|Hummingbird|HTTPTypes)")
# No input or output, no clock, no chance: nothing that would give it.
PURE = {"Domain", "HomeAPI", "MP4", *LAYERS["decisions"]}
IMPURE = {"Dispatch", "Files", "Foundation", "FoundationEssentials", "GRDB", "Glibc", "Logging", "SQLite", "Synchronization",
          *LAYERS["C shims"]}
IMPORT = re.compile(r"^\s*((?:@\w+(?:\([^)]*\))?\s+|public\s+|package\s+|internal\s+|private\s+|fileprivate\s+)*)import\s+"
                    r"(?:(?:struct|class|enum|func|protocol|typealias|var|let)\s+)?(\w+)", re.M)


def sources(target: str) -> list[Path]:
    return sorted((ROOT / "Sources" / target).rglob("*.swift"))


def imports(text: str) -> set[str]:
    return {name for _, name in IMPORT.findall(text)}


def all_imports(target: str) -> set[str]:
    return {name for path in sources(target) for name in imports(path.read_text())}


def test_imports_are_found_however_they_are_written() -> None:
    text = "import A\npublic import B\n@preconcurrency import C\n@_spi(X) public import D\n  import struct E.F\n// import G\n"
    assert imports(text) == {"A", "B", "C", "D", "E"}


def test_the_layers_are_read_from_the_manifest() -> None:
    text = """let layers: [Layer] = [
  // Why.
  Layer(
    name: "low",
    targets: [
      .systemLibrary(
        name: "CThing", pkgConfig: "thing"), target("Words"),
    ]),
  Layer(
    name: "high", targets: [.executableTarget(name: "tool-box", dependencies: ["Words", .product(name: "Log", package: "log")])]),
]
let testing = [.target(name: "Other")]
"""
    assert layers(text) == {"low": ["CThing", "Words"], "high": ["tool-box"]}


def test_every_target_has_its_place() -> None:
    targets = [target for _, target in ORDER]
    assert len(targets) == len(set(targets))
    assert {path.name for path in (ROOT / "Sources").iterdir() if path.is_dir()} == set(targets)


def test_the_architecture_lists_the_same_layers() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    rows = re.findall(r"^\| ([^|]+) \| (.+) \|$", text[text.index("| layer | targets |"):].split("\n\n")[0], re.M)[1:]
    listed = {name: set(re.findall(r"`([\w-]+)`", cells)) & set(LAYER_OF) for name, cells in rows}
    assert list(listed) == list(reversed(LAYERS))
    assert listed == {name: set(targets) for name, targets in LAYERS.items()}


@pytest.mark.parametrize("target", sorted(LAYER_OF))
def test_imports_go_down_only(target: str) -> None:
    for other in (all_imports(target) - {target}) & set(LAYER_OF):
        assert other in below(target), f"{target} imports {other}, which is not below it"


@pytest.mark.parametrize("target", sorted(LAYER_OF))
def test_each_outside_thing_has_its_owner(target: str) -> None:
    for other in all_imports(target):
        assert target in OWNERS.get(other, {target}), f"{target} imports {other}"
        assert target == "HomeServer" or not NETWORK.match(other), f"{target} imports {other}"


@pytest.mark.parametrize("target", sorted(PURE))
def test_what_decides_has_no_hands(target: str) -> None:
    assert not all_imports(target) & IMPURE


def test_the_vocabulary_has_one_order() -> None:
    assert not all_imports("Domain")
    assert all_imports("HomeAPI") <= {"Domain"}
    assert all_imports("MP4") <= {"Domain"}
    assert not all_imports("WorkerProtocol") & {"Files", "MP4", "Seal"}


def test_only_the_household_makes_a_grant() -> None:
    spi = {target for target in LAYER_OF for path in sources(target) if "@_spi(Household)" in path.read_text()}
    assert spi == {"Domain", "Household"}


def test_only_the_housekeeping_deletes_media() -> None:
    spi = {path.relative_to(ROOT / "Sources").parts[0] for path in (ROOT / "Sources").rglob("*.swift")
           if re.search(r"@_spi\(Deletion\).*import", path.read_text())}
    assert spi == {"Housekeeping"}


# More than a reader takes in at a glance.
MOST_FILES_SIDE_BY_SIDE = 20


def test_no_folder_holds_more_files_than_a_reader_takes_in() -> None:
    folders = [folder for top in ("Sources", "Tests") for folder, _, _ in os.walk(ROOT / top) if "__pycache__" not in folder]
    full = {folder: count for folder in folders
            if (count := sum(path.is_file() for path in Path(folder).iterdir())) > MOST_FILES_SIDE_BY_SIDE}
    assert not full, f"group these by what they are for: {full}"
