"""The seeded faults of `make mutants` stay out of the sources, and each of them still applies."""
from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hearth_testing.paths import ROOT


def patches(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(project / "Tests/Mutants/patches.py"), *arguments], text=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the patches are about, to change."""
    for folder in ("Sources", "Tests/Mutants"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert text.count(old) == 1
    file.write_text(text.replace(old, new))


def test_each_fault_applies_alone_and_with_all_others() -> None:
    run = subprocess.run([sys.executable, str(ROOT / "Tests/Mutants/mutants.py"), "--check"], text=True, capture_output=True)
    assert run.returncode == 0, run.stdout
    patches = [path for path in (ROOT / "Tests/Mutants").glob("*/*.patch") if path.parent.name != "Switch"]
    assert int(re.match(r"(\d+) faults", run.stdout)[1]) == len(patches)


def test_a_patch_that_no_longer_applies_is_named(project: Path) -> None:
    change(project / "Sources/Seal/Keys.swift", "    var difference: UInt8 = 0\n", "    var differences: UInt8 = 0\n")
    run = patches(project, "--check")
    assert run.returncode == 1
    assert "Tests/Mutants/Seals/sealsNotCompared.patch does not apply" in run.stdout


def test_two_patches_that_touch_the_same_lines_are_named(project: Path) -> None:
    seals = project / "Tests/Mutants/Seals"
    (seals / "another.patch").write_text((seals / "emptyKey.patch").read_text().replace("emptyKey", "another"))
    run = patches(project, "--check")
    assert run.returncode == 1
    assert "Seals/emptyKey.patch does not apply after those before it" in run.stdout


def test_a_fault_without_its_own_guard_is_refused(project: Path) -> None:
    change(project / "Tests/Mutants/Seals/emptyKey.patch", "Mutant.emptyKey.isActive", "true")
    run = patches(project, "--check")
    assert run.returncode == 1
    assert "Seals/emptyKey.patch must be guarded by Mutant.emptyKey.isActive" in run.stdout


def test_a_fault_in_the_sources_is_refused(project: Path) -> None:
    file = project / "Sources/Seal/Keys.swift"
    file.write_text(file.read_text() + "\n#if HEARTH_MUTANTS\n#endif\n")
    run = patches(project, "--check")
    assert run.returncode == 1
    assert "Sources/Seal/Keys.swift holds a trace of a seeded fault" in run.stdout


def test_a_patch_follows_its_code_to_another_file(project: Path) -> None:
    (project / "Sources/Seal/Keys.swift").rename(project / "Sources/Vault/Moved.swift")
    run = patches(project, "--refresh")
    assert run.returncode == 0, run.stdout
    assert "sealsNotCompared: rewritten, in Sources/Vault/Moved.swift" in run.stdout


def test_a_patch_whose_code_is_gone_is_told_with_its_meaning(project: Path) -> None:
    (project / "Sources/Vault/SittingMemory.swift").unlink()
    run = patches(project, "--refresh")
    assert run.returncode == 1
    assert "planOfAnotherSitting: put it into Sources by hand" in run.stdout
    assert "serves every sitting of the same stream" in run.stdout


def test_the_copy_holds_every_fault_and_keeps_what_did_not_change(project: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(project)], check=True)
    assert patches(project, "--copy").returncode == 0
    copy = project / ".build/mutants/source"
    swift = {file: file.read_text() for file in (copy / "Sources").rglob("*.swift")}
    names = {path.stem for path in (ROOT / "Tests/Mutants").glob("*/*.patch") if path.parent.name != "Switch"}
    used = {name for text in swift.values() for name in re.findall(r"\bMutant\.(\w+)\.isActive", text)}
    assert used == names
    listed = re.findall(r'Mutant\("(\w+)"\)', swift[copy / "Sources/Domain/MutantNames.swift"])
    assert sorted(listed) == sorted(names)
    assert "HEARTH_MUTANT" in (copy / "Sources/Domain/Mutant.swift").read_text()

    before = {file: file.stat().st_mtime_ns for file in swift}
    changed, gone = min((project / "Sources/Files").rglob("*.swift")), copy / "Sources/Files/Gone.swift"
    changed.write_text(changed.read_text() + "// more\n")
    gone.write_text("// left over\n")
    assert patches(project, "--copy").returncode == 0
    assert {file.name for file, time in before.items() if file.stat().st_mtime_ns != time} == {changed.name}
    assert not gone.exists()
