"""Processes that are killed: what must come back, and what must not be lost."""
from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Iterator

import pytest

from hearth_testing.farm import CAMERAS, LOOP, Farm
from hearth_testing.household import GOOD_RUN_SECONDS, OWNER_PASSWORD, House, new_house
from hearth_testing.marks import lost, within
from hearth_testing.media import frames, streams
from hearth_testing.ports import free_ports
from hearth_testing.processes import command_line, is_alive
from hearth_testing.waiting import rfc3339, unix_time, until

PATHS = {camera.name: camera.path for camera in CAMERAS}
NAMES = list(PATHS)
BACK = 5                # seconds within which a killed process is back
BEFORE = 15             # seconds of footage that are looked at before a kill
LOSS = 2                # seconds of footage that a sudden end may cost


@pytest.fixture(scope="module")
def killed(farm: Farm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A household of its own, since the tests below hurt it."""
    # A worker's first restart is at once only after a good run.
    house = new_house(farm, tmp_path_factory.mktemp("killed"), "--no-probe",
                      hurry=["--test-good-run-seconds", str(GOOD_RUN_SECONDS)])
    time.sleep(BEFORE + GOOD_RUN_SECONDS)
    yield house
    house.hearth.stop()


def kept(house: House, name: str, since: float, to: float, stream: str = "main") -> list[tuple[int, float]]:
    return within(house.hearth.marks(house.ids[name], stream), since, to)


def assert_whole(house: House, names: list[str], since: float, to: float) -> None:
    """No frame of these cameras is missing in the span, in either stream."""
    for name in names:
        for stream in ("main", "sub"):
            found = kept(house, name, since, to, stream)
            assert found and not lost(found), f"{name} {stream}: {lost(found)}; the camera itself: {house.farm.missed()}"
            assert found[0][1] - since < 0.2 and to - found[-1][1] < 0.2, f"{name} {stream} ends early"


def test_secrets_stand_in_no_command_line_and_no_environment(killed: House) -> None:
    key = (killed.hearth.data / "keys" / "master").read_bytes()
    secrets = [b"hearth-demo", key, key.hex().encode(), killed.hearth.token.encode(), OWNER_PASSWORD.encode()]
    assert killed.hearth.process
    processes = [killed.hearth.process.pid, *killed.hearth.children()]
    assert len(processes) == 2 + len(CAMERAS)
    for pid in processes:
        if "worker" in command_line(pid):
            assert [Path(command_line(pid)[0]).name, *command_line(pid)[1:]] == ["hearth-camera", "worker"]
        for place in ("cmdline", "environ"):
            text = Path(f"/proc/{pid}/{place}").read_bytes()
            assert not [secret for secret in secrets if secret in text], f"{place} of {command_line(pid)}"
    log = killed.hearth.log.read_bytes()
    assert not [secret for secret in secrets if secret in log]


def test_what_is_in_the_data_directory_is_for_its_owner_alone(killed: House) -> None:
    for path in [killed.hearth.data, *killed.hearth.data.rglob("*")]:
        if not path.is_symlink() and path.exists():
            assert path.stat().st_mode & 0o077 == 0, path


def test_a_killed_worker_is_back_and_the_others_lose_nothing(killed: House) -> None:
    hearth, victim = killed.hearth, killed.ids["Front door"]
    pid = until("the worker", 5, lambda: hearth.worker(victim))
    others = {name: hearth.worker(camera) for name, camera in killed.ids.items() if name != "Front door"}
    died = time.time()
    os.kill(pid, signal.SIGKILL)
    time.sleep(BACK + 4)
    found = kept(killed, "Front door", died - BEFORE, died + BACK + 3)
    gaps = [(before[1], after[1]) for before, after in zip(found, found[1:]) if after[0] != before[0] + 1]
    assert len(gaps) == 1, gaps
    assert died - LOSS <= gaps[0][0] and gaps[0][1] <= died + BACK, [round(at - died, 2) for at in gaps[0]]
    assert hearth.worker(victim) not in (None, pid)
    assert {name: hearth.worker(killed.ids[name]) for name in others} == others
    assert_whole(killed, list(others), died - BEFORE, died + BACK + 2)
    until("recording again", 10, lambda: hearth.are_recording(NAMES))


def test_the_footage_around_a_workers_death_plays(killed: House) -> None:
    path, _ = killed.footage("Front door", time.time() - 25, time.time() - 2)
    assert int(streams(path)[0]["nb_read_frames"]) == len(frames(path)) > 15 * 25


def test_a_killed_server_costs_no_frame_and_lists_what_was_written(killed: House) -> None:
    hearth = killed.hearth
    now = time.time()
    motions = {name: killed.farm.motions(path, now + 3, now + 3 + LOOP) for name, path in PATHS.items()}
    name, motion = min(((name, motion) for name in NAMES for motion in motions[name]), key=lambda pair: pair[1]["start"])
    time.sleep(max(0, motion["start"] + 2 - time.time()))
    server = hearth.server()
    assert server
    died = time.time()
    os.kill(server, signal.SIGKILL)
    until("the server's death", 2, lambda: not is_alive(server), every=0.02)
    until("the server's return", BACK, hearth.is_healthy, every=0.05)
    assert time.time() - died < BACK
    assert hearth.server() != server
    time.sleep(max(0, died + 9 - time.time()))
    assert_whole(killed, NAMES, died - 10, died + 6)
    for camera in NAMES:
        path, headers = killed.footage(camera, died - 4, died + 5)
        assert int(streams(path)[0]["nb_read_frames"]) == len(frames(path)) and not lost(frames(path))
        assert unix_time(headers["hearth-from"]) <= died - 3.9 and unix_time(headers["hearth-to"]) >= died + 4.8

    def listed() -> bool:
        return any(event["camera"] == killed.ids[name] and event.get("end")
                   and motion["start"] - 1 <= unix_time(event["start"]) <= motion["end"] for event in hearth.events())

    until(f"the event of the {motion['what']} at {rfc3339(motion['start'])}", motion["end"] + 15 - time.time() + 5, listed)


def test_killed_supervisors_children_end_and_a_new_start_goes_on(killed: House) -> None:
    hearth = killed.hearth
    died = time.time()
    assert len(hearth.kill_supervisor(2)) == 1 + len(CAMERAS)
    hearth.start()
    until("recording again", 20, lambda: hearth.are_recording(NAMES))
    began = time.time()
    time.sleep(4)
    for name in NAMES:
        before = kept(killed, name, died - BEFORE, died)
        assert before and not lost(before) and died - before[-1][1] < LOSS
        _, headers = killed.footage(name, died - 10, died)
        assert unix_time(headers["hearth-to"]) > died - LOSS - 0.1
        assert kept(killed, name, began, began + 3)
    # What was left open was closed at its last whole fragment; only the running segments are open.
    assert len(hearth.media(pattern="*.partial")) == 2 * len(CAMERAS)


def test_a_second_start_on_the_same_data_is_refused(killed: House) -> None:
    done = killed.hearth.run("serve", "--data", str(killed.hearth.data), "--listen", f"127.0.0.1:{free_ports(1)}")
    assert done.code in (69, 73, 75), done.err
    assert str(killed.hearth.data) in done.err
    assert killed.hearth.are_recording(NAMES)


def test_sigterm_ends_all_in_order(killed: House) -> None:
    hearth = killed.hearth
    assert hearth.process
    children = hearth.children()
    asked = time.time()
    hearth.process.terminate()
    code = hearth.process.wait(BACK)
    assert time.time() - asked < BACK
    assert code == 0
    assert not [pid for pid in children if is_alive(pid)]
    assert not hearth.media(pattern="*.partial")
    for name in NAMES:
        newest = [path for path in hearth.media(killed.ids[name], "*.mp4") if "-detect" not in path.name][-1]
        assert int(streams(newest)[0]["nb_read_frames"]) == len(frames(newest))
        last = kept(killed, name, asked - 3, asked + 1)
        assert last and not lost(last) and asked - last[-1][1] < 1, name


def test_check_finds_nothing_wrong_afterwards(killed: House) -> None:
    done = killed.hearth.run("check", "--data", str(killed.hearth.data))
    assert done.code == 0, done.out + done.err
