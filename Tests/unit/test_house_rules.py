"""Imports go down only, and each outside thing has its owner: the folder list is the architecture."""
from __future__ import annotations

import re
from pathlib import Path

import pytest

from hearth_testing.paths import ROOT

# From the foundation up; C shims lie with the vocabulary, each under its owner.
LAYERS = {
    "vocabulary": {"CBulkRead", "CCrypt", "CFFmpeg", "CGnuTLS", "CLinux", "Domain", "Files", "HomeAPI", "MP4",
                   "Seal", "SQLite", "WorkerProtocol"},
    "decisions": {"Motion", "Pinning", "Recording", "Retention", "VirtualMP4"},
    "adapters": {"Catalog", "Certificates", "FFmpeg", "Household", "Neighbours", "Settings", "Vault", "VaultWriter",
                 "Volumes"},
    "housekeeping": {"Housekeeping"},
    "services": {"CameraWorker", "HomeServer", "Supervisor"},
    "executables": {"hearth", "hearth-camera"},
}
HEIGHT = {target: height for height, targets in enumerate(LAYERS.values()) for target in targets}

# Who alone may import what.
OWNERS = {
    "CBulkRead": {"FFmpeg"}, "CFFmpeg": {"FFmpeg"}, "FFmpeg": {"CameraWorker"}, "CCrypt": {"Household"}, "CGnuTLS": {"Certificates"},
    "Certificates": {"CameraWorker"}, "CLinux": {
        "CameraWorker", "Files", "HomeServer", "Housekeeping", "Supervisor"},
    "GRDB": {"Catalog", "Household", "SQLite"}, "SQLite": {"Catalog", "Household"}, "Yams": {"Settings"}, "ArgumentParser": {"hearth"},
    "VaultWriter": {"CameraWorker"}, "Motion": {"CameraWorker", "hearth"},
    # `hearth` without a server writes what the door let through into a file.
    "Vault": {"HomeServer", "Housekeeping", "hearth"}, "Recording": {"CameraWorker", "Housekeeping"},
    "Housekeeping": {"HomeServer", "hearth"},
    "Supervisor": {"hearth"}, "HomeServer": {"hearth"}, "CameraWorker": {"hearth-camera"},
}
NETWORK = re.compile(r"^(NIO|Hummingbird|HTTPTypes)")
# No input or output, no clock, no chance: nothing that would give it.
PURE = {"Domain", "HomeAPI", "MP4", *LAYERS["decisions"]}
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


def test_every_target_has_its_place() -> None:
    assert {path.name for path in (ROOT / "Sources").iterdir() if path.is_dir()} == set(HEIGHT)


@pytest.mark.parametrize("target", sorted(HEIGHT))
def test_imports_go_down_only(target: str) -> None:
    for other in all_imports(target) & set(HEIGHT):
        inside_vocabulary = HEIGHT[target] == HEIGHT[other] == 0
        assert HEIGHT[other] < HEIGHT[target] or inside_vocabulary, f"{target} imports {other}"


@pytest.mark.parametrize("target", sorted(HEIGHT))
def test_each_outside_thing_has_its_owner(target: str) -> None:
    for other in all_imports(target):
        assert target in OWNERS.get(other, {target}), f"{target} imports {other}"
        assert target == "HomeServer" or not NETWORK.match(other), f"{target} imports {other}"


@pytest.mark.parametrize("target", sorted(PURE))
def test_what_decides_has_no_hands(target: str) -> None:
    assert not all_imports(target) & {"Foundation", "FoundationEssentials", "Glibc", "Dispatch", "Synchronization", "Logging"}


def test_the_vocabulary_has_one_order() -> None:
    assert not all_imports("Domain")
    assert all_imports("HomeAPI") <= {"Domain"}
    assert all_imports("MP4") <= {"Domain"}
    assert not all_imports("WorkerProtocol") & {"Files", "MP4", "Seal"}


def test_only_the_household_makes_a_grant() -> None:
    spi = {path.parent.name for path in (ROOT / "Sources").rglob("*.swift") if re.search(r"@_spi\(Household\).*import", path.read_text())}
    assert spi == {"Household"}


def test_only_the_housekeeping_deletes_media() -> None:
    spi = {path.relative_to(ROOT / "Sources").parts[0] for path in (ROOT / "Sources").rglob("*.swift")
           if re.search(r"@_spi\(Deletion\).*import", path.read_text())}
    assert spi == {"Housekeeping"}
