"""Looking for motion once more: in a camera's footage, in a file, and against what somebody wrote down."""
from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest

from hearth_testing.farm import Farm
from hearth_testing.household import Hearth, House
from hearth_testing.paths import HEARTH
from hearth_testing.waiting import rfc3339, unix_time, until

CAMERA = "Front door"
EVERYWHERE = [{"x": 0, "y": 0}, {"x": 1, "y": 0}, {"x": 1, "y": 1}, {"x": 0, "y": 1}]


def motion(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(HEARTH), "motion", *arguments], capture_output=True, text=True, timeout=300)


def minute(seen: House) -> tuple[float, float]:
    """A minute of footage, with some motions in it."""
    time.sleep(max(0, seen.settled + 63 - time.time()))
    return seen.settled, seen.settled + 60


@pytest.fixture(scope="module")
def clip(seen: House, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float, float]:
    """Footage of the detection stream, as a file, and from when to when it is."""
    since, to = minute(seen)
    path, headers = seen.footage(CAMERA, since, to, "detect")
    return path, unix_time(headers["hearth-from"]), unix_time(headers["hearth-to"])


def test_a_file_is_looked_at_as_the_camera_was(seen: House, clip: tuple[Path, float, float]) -> None:
    path, since, to = clip
    began = time.monotonic()
    done = motion("replay", "--file", str(path), "--json")
    took = time.monotonic() - began
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["seconds"] == pytest.approx(to - since, abs=1) and report["damaged"] == 0
    assert took < report["seconds"], "slower than real time"
    # The detector learns the picture in the file's first seconds: what happens then is not compared.
    wanted = [(each["start"] - since, each["end"] - since) for each in seen.farm.motions("front-door", since + 8, to - 3)]
    assert wanted
    found = [(event["start"], event["end"]) for event in report["events"]]
    for start, end in wanted:
        assert any(a < end and b > start for a, b in found), f"nothing at {start:.1f} to {end:.1f} s: {found}"
    for event in report["events"]:
        assert set(event) >= {"start", "end", "peak", "reasons"} and event["reasons"] and 0 < event["peak"] <= 1
        assert 0 <= event["start"] < event["end"] <= report["seconds"] + 0.1


def test_less_sensitivity_never_gives_more_events(clip: tuple[Path, float, float]) -> None:
    counts = []
    for sensitivity in (0, 50, 100):
        done = motion("replay", "--file", str(clip[0]), "--sensitivity", str(sensitivity), "--json")
        counts.append(len(json.loads(done.stdout)["events"]))
    assert counts[0] <= counts[1]
    assert counts[1] > 0


def test_a_cameras_footage_is_compared_with_what_was_recorded(seen: House) -> None:
    since, to = minute(seen)
    arguments = ["motion", "replay", "--camera", CAMERA, "--from", rfc3339(since), "--to", rfc3339(to)]
    said = json.loads(seen.hearth.do(*arguments, "--json"))
    outcomes = [event["outcome"] for event in said["events"]]
    assert outcomes and set(outcomes) <= {"same", "moved", "new", "gone"}
    recorded = {event["id"] for event in seen.hearth.events(camera=seen.ids[CAMERA])}
    paired = [event for event in said["events"] if event["outcome"] in ("same", "moved")]
    assert paired and {event["id"] for event in paired} <= recorded
    assert "same" in outcomes, said
    text = seen.hearth.do(*arguments)
    assert "sensitivity 50" in text and "same" in text
    # It came through the door: the view log has it.
    assert any(view["camera"] == seen.ids[CAMERA] and view["action"] == "playback"
               for view in seen.hearth.get("/views", limit=50)["views"])
    assert not list(Path("/var/tmp").glob("hearth-replay-*"))


def test_clips_are_scored_against_what_was_written_down(seen: House, clip: tuple[Path, float, float], tmp_path: Path) -> None:
    path, since, to = clip
    length = to - since
    moved = [{"start_s": each["start"] - since, "end_s": each["end"] - since}
             for each in seen.farm.motions("front-door", since - 60, to)]
    # At first the detector learns; what moves into that, or beyond the clip's end, is not wholly before it.
    spans = [each for each in moved if each["start_s"] >= 8 and each["end_s"] <= length - 0.5]
    ignored = [{"start_s": 0, "end_s": 8}, {"start_s": length - 0.5, "end_s": length}]
    ignored += [{"start_s": max(0, each["start_s"] - 0.5), "end_s": min(length, each["end_s"] + 1)}
                for each in moved if each not in spans and each["end_s"] > 0]
    assert spans
    truth = {"clips": [{"file": path.name, "duration_s": length, "motion": spans, "ignore": ignored}]}
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    done = motion("score", "--truth", str(tmp_path / "truth.json"), "--clips", str(path.parent), "--json")
    assert done.returncode == 0, done.stderr
    total = json.loads(done.stdout)["total"]["all"]
    assert total["recall"] == 1 and total["precision"] == 1 and total["overlap"] > 0.7 and total["falseTime"] < 0.1, total


@pytest.mark.parametrize(("content", "code"), [(b"", 65), (b"no video at all" * 100, 65), (None, 65)])
def test_what_is_no_video_is_named(tmp_path: Path, content: bytes | None, code: int) -> None:
    file = tmp_path / "x.mp4"
    if content is not None:
        file.write_bytes(content)
    done = motion("replay", "--file", str(file))
    assert done.returncode == code and str(file) in done.stderr and "Fatal" not in done.stderr, done


def test_what_was_not_reported_is_kept_with_the_reason(farm: Farm, tmp_path: Path) -> None:
    """A camera that is masked all over sees whatever moves, and reports none of it."""
    hearth = Hearth(tmp_path)
    hearth.token = hearth.add_person("Anna", "long enough a password", "--owner")
    hearth.start()
    try:
        main, detect = ({"host": "127.0.0.1", "port": farm.port, "path": path} for path in ("/front-door", "/front-door/sub"))
        zones = [{"name": "all", "polygon": EVERYWHERE, "kind": "mask"}]
        answer = hearth.ask("POST", "/cameras", body={"settings": {
            "name": CAMERA, "main": main, "detect": detect, "motion": {"enabled": True, "zones": zones}}})
        assert answer.status == 201, answer.body

        def candidates() -> list[dict]:
            return hearth.get("/suppressed", limit=500)["suppressed"]

        # Each scripted motion comes once a minute.
        until("something under the mask", 120, lambda: [one for one in candidates() if one["cause"] == "outside"], every=1)
        found = candidates()
        assert {one["camera"] for one in found} == {answer.json["id"]}
        for one in found:
            assert one["why"] and one["cause"] and one["start"] <= one["end"] and 0 < one["share"] <= 1
        assert [one["start"] for one in found] == sorted((one["start"] for one in found), reverse=True)
        table = hearth.do("event", "list", "--suppressed", "--limit", "500")
        assert "NOT REPORTED BECAUSE" in table and all(one["why"] in table for one in found)
        assert hearth.events() == []
        # In a file of its own: the journal is kept for longer.
        assert list(hearth.data.glob("cameras/*/journal/*.suppressed"))
        assert not any(b"suppressed" in path.read_bytes() for path in hearth.data.glob("cameras/*/journal/*.jsonl"))
    finally:
        hearth.stop()


def test_a_replay_may_try_zones(seen: House) -> None:
    since, to = seen.settled, min(seen.seen, time.time() - 3)
    asked = {"from": rfc3339(since), "to": rfc3339(to)}
    path = f"/cameras/{seen.ids[CAMERA]}/replay"
    plain = seen.hearth.ask("POST", path, body=asked)
    assert plain.status == 200 and any(event["outcome"] == "same" for event in plain.json["events"]), plain.body
    masked = seen.hearth.ask("POST", path, body=asked | {"zones": [{"name": "all", "polygon": EVERYWHERE, "kind": "mask"}]})
    assert {event["outcome"] for event in masked.json["events"]} == {"gone"}, masked.body
    wrong = seen.hearth.ask("POST", path, body=asked | {"sensitivity": 101})
    assert wrong.status == 400 and "use 0 to 100" in wrong.json["detail"]
    assert not list((seen.hearth.data / "replay").iterdir())
