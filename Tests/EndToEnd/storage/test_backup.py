"""The household's accounts survive the loss of their file; a copy of everything is whole and refuses to overwrite."""
from __future__ import annotations

import shutil
from pathlib import Path
from typing import Callable, Iterator

import pytest

from hearth_testing.farm import CAMERAS, Farm
from hearth_testing.household import OWNER, OWNER_PASSWORD, Hearth
from hearth_testing.waiting import until

BACKUPS = "cameras/household-backups"


@pytest.fixture(scope="module")
def kept(farm: Farm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hearth]:
    """A household with two people, a camera with a finished segment, and a backup of its accounts."""
    hearth = Hearth(tmp_path_factory.mktemp("kept"))
    hearth.token = hearth.add_person(OWNER, OWNER_PASSWORD, "--owner")
    hearth.add_person("Ben", "another battery staple")
    hearth.add_camera(farm, CAMERAS[1], "--no-probe")
    hearth.hurry = ["--test-segment-seconds", "10"]
    hearth.start()
    try:
        until("the first backup", 60, lambda: len(list((hearth.data / BACKUPS).glob("*.sqlite"))) == 1)
        until("footage", 90, lambda: hearth.media(pattern="*.partial") or hearth.media(pattern="*.mp4"))
        yield hearth
    finally:
        hearth.stop()


def sign_in(hearth: Hearth, name: str, password: str) -> int:
    headers = {"Hearth-Request": "1", "Content-Type": "application/json", "Origin": f"http://127.0.0.1:{hearth.port}"}
    return hearth.ask("POST", "/session", token="", headers=headers, body={"name": name, "password": password}).status


def test_a_copy_is_whole_and_never_overwrites(kept: Hearth, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    assert "copied" in kept.do("backup", str(copy))
    again = kept.run("backup", str(copy), "--data", str(kept.data))
    assert again.code == 73 and "is there already" in again.err
    inside = kept.run("backup", str(kept.data / "x"), "--data", str(kept.data))
    assert inside.code == 64
    assert not [path for path in tmp_path.iterdir() if "unfinished" in path.name]
    assert (copy / "keys/master").read_bytes() == (kept.data / "keys/master").read_bytes()
    looked = kept.run("check", "--data", str(copy))
    assert looked.code == 0 and "all is well" in looked.out, looked.out + looked.err
    people = kept.run("person", "list", "--data", str(copy)).out
    assert OWNER in people and "Ben" in people


def test_a_copy_with_footage_has_the_footage(kept: Hearth, tmp_path: Path) -> None:
    until("a finished segment", 120, lambda: kept.media(pattern="*.mp4"))
    copy = tmp_path / "all"
    kept.do("backup", "--footage", str(copy))
    assert list(copy.glob("cameras/*/media/*/*.mp4")) and not list(copy.glob("cameras/*/media/*/*.partial"))
    looked = kept.run("check", "--data", str(copy))
    assert looked.code == 0, looked.out + looked.err


def zero_a_page(file: Path) -> None:
    with file.open("r+b") as out:
        out.seek(4096 * 3)
        out.write(bytes(4096))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a page of zeros": zero_a_page, "cut": lambda file: shutil.os.truncate(file, file.stat().st_size // 2),
    "empty": lambda file: shutil.os.truncate(file, 0), "another file": lambda file: file.write_bytes(b"x" * 20_000),
    "gone": lambda file: file.unlink(),
}


@pytest.mark.parametrize("how", DAMAGES)
def test_lost_accounts_are_restored_and_people_sign_in(kept: Hearth, how: str) -> None:
    file = kept.data / "household.sqlite"
    kept.stop()
    for end in ("-wal", "-shm"):
        (kept.data / f"household.sqlite{end}").unlink(missing_ok=True)
    DAMAGES[how](file)
    before = set(kept.data.glob("household.sqlite.damaged-*"))
    kept.start()
    assert sign_in(kept, OWNER, OWNER_PASSWORD) == 200
    assert sign_in(kept, "Ben", "another battery staple") == 200
    alarms = [alarm["what"] for alarm in kept.get("/alarms")["alarms"]]
    assert [what for what in alarms if "restored from the backup of" in what], alarms
    assert "first start: open this link" not in kept.tail()
    if how != "gone":
        assert set(kept.data.glob("household.sqlite.damaged-*")) - before
    checked = kept.run("check", "--data", str(kept.data))
    assert checked.code == 0, checked.out


def test_two_generations_are_kept(kept: Hearth) -> None:
    for _ in range(3):
        assert kept.ask("POST", "/backup", headers={"Hearth-Request": "1", "Content-Type": "application/json"}, body={}).status == 201
    assert len(list((kept.data / BACKUPS).iterdir())) == 2
