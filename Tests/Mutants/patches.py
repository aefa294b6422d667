#!/usr/bin/python3
"""The seeded faults as patches: one file each, which says what mix-up it is and puts it into the sources.

    patches.py --check            whether each applies, alone and with all others (part of `make lint`; prints what is wrong)
    patches.py --copy             makes the copy of the project that holds all of them, in .build/mutants/source
    patches.py --refresh [NAME]   rewrites the patches whose context changed, or moved to another file
    patches.py --take NAME        the change that stands in Sources becomes the patch NAME, and leaves Sources

A fault that `--refresh` can't place is put in by hand: edit Sources as it should be wrong, guarded by `Mutant.NAME.isActive` so that all
faults can be compiled at once, and say `--take NAME` (`--take Area/NAME` for a new one). No two patches may touch neighbouring lines.
"""
from __future__ import annotations

import argparse
import filecmp
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "Tests/Mutants"
COPY = ROOT / ".build/mutants/source"
SWITCH = FOLDER / "Switch"
# A patch has 3 lines around each change; one of them must still be there on each side, so that two patches can be near each other.
LENIENT = "-C1"
LONGEST_HEAD = 2


@dataclass
class Patch:
    path: Path

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def text(self) -> str:
        return self.path.read_text()

    @property
    def head(self) -> str:
        return self.text.split("\ndiff --git ", 1)[0]

    @property
    def files(self) -> list[str]:
        return re.findall(r"^\+\+\+ b/(.*)$", self.text, re.M)

    @property
    def added(self) -> str:
        return "\n".join(line[1:] for line in self.text.splitlines() if line.startswith("+") and not line.startswith("+++"))


def switch() -> list[Patch]:
    """What tells every process which fault is active; no fault itself."""
    return [Patch(path) for path in sorted(SWITCH.glob("*.patch"))]


def faults() -> list[Patch]:
    return [Patch(path) for path in sorted(FOLDER.glob("*/*.patch")) if path.parent != SWITCH]


def git(*arguments: str, folder: Path = ROOT, text: str | None = None) -> subprocess.CompletedProcess[str]:
    # Without the ceiling, a folder below the project would count as a part of its repository, and patches of it would be skipped.
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)} if folder != ROOT else None
    return subprocess.run(["git", *arguments], cwd=folder, env=environment, input=text, text=True, capture_output=True)


def reason(run: subprocess.CompletedProcess[str]) -> str:
    return " ".join(line.removeprefix("error: ") for line in run.stderr.strip().splitlines())


def apply_all(folder: Path, patches: list[Patch]) -> list[str]:
    """Puts all of them into the files of `folder`, one after the other; says which don't apply."""
    wrong = []
    for patch in patches:
        run = git("apply", LENIENT, str(patch.path), folder=folder)
        if run.returncode != 0:
            wrong.append(f"{patch.path.relative_to(ROOT)} does not apply after those before it: {reason(run)}")
    return wrong


def copy_files(to: Path, names: list[str]) -> None:
    for name in names:
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).exists():
            shutil.copy2(ROOT / name, to / name)


# MARK: - Checking

def check_words(patch: Patch) -> list[str]:
    wrong = []
    if not patch.head.strip() or len(patch.head.strip().splitlines()) > LONGEST_HEAD:
        wrong.append(f"must begin with one or {LONGEST_HEAD} lines that say what mix-up it is")
    if any(not file.startswith("Sources/") for file in patch.files) or not patch.files:
        wrong.append("must change files of Sources, and no others")
    named = set(re.findall(r"\bMutant\.(\w+)\.isActive", patch.added))
    if named != ({patch.name} if patch.path.parent != SWITCH else set()):
        wrong.append(f"must be guarded by Mutant.{patch.name}.isActive, and by no other; it names {sorted(named) or 'none'}")
    return [f"{patch.path.relative_to(ROOT)} {text}" for text in wrong]


def check() -> list[str]:
    """What is wrong with the patches, or with the sources they are kept out of."""
    patches = switch() + faults()
    wrong = [text for patch in patches for text in check_words(patch)]
    names = [patch.name for patch in patches]
    wrong += [f"two patches are named {name}" for name in sorted(set(names)) if names.count(name) > 1]
    for patch in patches:
        run = git("apply", "--check", str(patch.path))
        if run.returncode != 0:
            wrong.append(f"{patch.path.relative_to(ROOT)} does not apply: {reason(run)}")
    if not wrong:
        with tempfile.TemporaryDirectory() as folder:
            copy_files(Path(folder), sorted({file for patch in patches for file in patch.files}))
            wrong += apply_all(Path(folder), patches)
    for file in sorted((ROOT / "Sources").rglob("*")):
        if file.suffix in (".swift", ".c", ".h") and re.search(r"\bMutants?\b|HEARTH_MUTANT|SharedByMistake", file.read_text()):
            wrong.append(f"{file.relative_to(ROOT)} holds a trace of a seeded fault: those live in Tests/Mutants")
    return wrong


# MARK: - The copy

def copy() -> None:
    """Makes the copy that holds all faults. A file that is as it was keeps its time, so that only what changed is compiled."""
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").stdout.split("\0")
    names = [name for name in listed if name and (ROOT / name).is_file()]
    COPY.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=COPY.parent) as made:
        fresh = Path(made)
        copy_files(fresh, names)
        wrong = apply_all(fresh, switch() + faults())
        if wrong:
            raise SystemExit("\n".join(wrong))
        shutil.copy2(SWITCH / "Mutant.swift", fresh / "Sources/Domain/Mutant.swift")
        (fresh / "Sources/Domain/MutantNames.swift").write_text(names_in_swift())
        take_over(fresh, COPY)


def names_in_swift() -> str:
    names = [patch.name for patch in faults()]
    constants = "\n".join(f'  public static let {name} = Mutant("{name}")' for name in names)
    return f"extension Mutant {{\n  static let names: Set<String> = {names!r}\n{constants}\n}}\n".replace("'", '"')


def take_over(fresh: Path, old: Path) -> None:
    wanted = {path.relative_to(fresh) for path in fresh.rglob("*") if path.is_file()}
    for path in [path for path in old.rglob("*") if path.is_file() and path.relative_to(old) not in wanted]:
        path.unlink()
    for name in wanted:
        if not (old / name).exists() or not filecmp.cmp(fresh / name, old / name, shallow=False):
            (old / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(fresh / name, old / name)


# MARK: - Keeping them up to date

def refresh(wanted: list[str]) -> list[str]:
    """Rewrites those that don't apply as they stand, or that are asked for by name; returns which must be done by hand."""
    by_hand = []
    for patch in switch() + faults():
        if patch.name in wanted or (not wanted and git("apply", "--check", str(patch.path)).returncode != 0):
            if place(patch):
                print(f"{patch.name}: rewritten, in {' and '.join(patch.files)}")
            else:
                by_hand.append(f"{patch.name}: put it into Sources by hand, then `patches.py --take {patch.name}`; it says: {patch.head.strip()}")
    return by_hand


def place(patch: Patch) -> bool:
    """Finds the patch's context again: in the same file, merged with what changed there, or in exactly one other file."""
    with tempfile.TemporaryDirectory() as made:
        work = Path(made)
        for run in [["init", "-q"], ["remote", "add", "origin", str(ROOT)]]:
            git(*run, folder=work)
        # The files that the patch was made against are still in the project's history: git finds them by the patch's index lines.
        objects = git("rev-parse", "--git-path", "objects").stdout.strip()
        (work / ".git/objects/info/alternates").write_text(f"{(ROOT / objects).resolve()}\n")
        shutil.copytree(ROOT / "Sources", work / "Sources")
        git("add", "-A", folder=work)
        git("-c", "user.name=patches", "-c", "user.email=patches@localhost", "commit", "-qm", "now", folder=work)
        if git("apply", "--3way", str(patch.path), folder=work).returncode != 0 and not place_elsewhere(patch, work):
            return False
        rewritten = git("diff", "--full-index", "HEAD", "--", "Sources", folder=work).stdout
        if not rewritten or "<<<<<<<" in rewritten:
            return False
        patch.path.write_text(f"{patch.head.strip()}\n\n{rewritten}")
        return True


def place_elsewhere(patch: Patch, work: Path) -> bool:
    git("reset", "-q", "--hard", folder=work)
    head, *parts = re.split(r"^(?=diff --git )", patch.text, flags=re.M)
    for part in parts:
        old = re.search(r"^\+\+\+ b/(.*)$", part, re.M)[1]
        homes = []
        kept = [line[1:] for line in part.splitlines() if line[:1] in (" ", "-") and len(line) > 30 and line[:3] != "---"]
        for file in sorted((work / "Sources").rglob("*.swift")):
            text = file.read_text()
            if not any(line in text for line in kept):
                continue
            moved = part.replace(old, str(file.relative_to(work)))
            if git("apply", LENIENT, "--check", "-", folder=work, text=moved).returncode == 0:
                homes.append(moved)
        if len(homes) != 1:
            return False
        git("apply", LENIENT, "--index", "-", folder=work, text=homes[0])
    return True


def take(name: str) -> None:
    area, _, short = name.rpartition("/")
    known = [patch for patch in switch() + faults() if patch.name == short]
    patch = known[0] if known else Patch(FOLDER / (area or "Routes") / f"{short}.patch")
    change = git("diff", "--full-index", "--", "Sources").stdout
    if not change:
        raise SystemExit("Sources holds no change that is not committed")
    head = patch.head.strip() if known else input("What mix-up is it, in one line? ").strip()
    patch.path.parent.mkdir(exist_ok=True)
    patch.path.write_text(f"{head}\n\n{change}")
    git("apply", "-R", str(patch.path))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--check", action="store_true")
    action.add_argument("--copy", action="store_true")
    action.add_argument("--refresh", nargs="*", metavar="NAME")
    action.add_argument("--take", metavar="NAME")
    options = parser.parse_args()
    wrong: list[str] = []
    if options.refresh is not None:
        wrong = refresh(options.refresh)
    elif options.take:
        take(options.take)
    if options.copy:
        copy()
    else:
        wrong += check()
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
