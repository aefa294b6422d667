"""From nothing to clips, within two minutes."""
from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest

from hearth_testing.farm import CAMERAS, LOOP, DemoCamera
from hearth_testing.household import POST_ROLL_SECONDS, PRE_ROLL_SECONDS, SEGMENT_SECONDS, House
from hearth_testing.marks import lost, within
from hearth_testing.media import camera_of, frames, loudness, probe, resemblance, streams
from hearth_testing.paths import CACHE
from hearth_testing.waiting import rfc3339, unix_time, until

NAMES = [camera.name for camera in CAMERAS]
each_camera = pytest.mark.parametrize("camera", CAMERAS, ids=lambda camera: camera.path)

# A motion is seen some frames after something enters the picture, and the event may go on until the picture rests.
BEFORE, AFTER = 1.0, 4.0


def events_of(house: House, camera: DemoCamera) -> list[dict]:
    """Its finished events, newest first."""
    return [event for event in house.hearth.events() if event["camera"] == house.ids[camera.name] and event.get("end")]


def nearest(path: Path) -> str:
    """Whose scene a picture shows."""
    distances = resemblance(["-i", str(path)], CACHE, [camera.path for camera in CAMERAS])
    return min(distances, key=lambda name: distances[name])


def test_each_camera_is_recording(house: House) -> None:
    cameras = house.hearth.cameras()
    assert sorted(cameras) == sorted(NAMES)
    assert {camera["state"] for camera in cameras.values()} == {"recording"}
    for camera in CAMERAS:
        found = {stream["role"]: stream for stream in cameras[camera.name]["streams"]}
        assert found["main"]["codec"] == camera.codec
        assert found["detect"]["codec"] == "h264"
        assert (found["detect"]["width"], found["detect"]["height"]) == (640, 360)
    assert (cameras["Front door"]["streams"][0]["width"], cameras["Front door"]["streams"][0]["height"]) == (1920, 1080)


def test_all_of_it_takes_less_than_two_minutes(seen: House) -> None:
    # Seconds in which the machine stood still are nobody's.
    assert seen.seen - seen.began - seen.farm.stood_still() < 120


@each_camera
def test_each_scripted_motion_gives_one_event(seen: House, camera: DemoCamera) -> None:
    starts = [unix_time(event["start"]) for event in events_of(seen, camera)]
    motions = seen.farm.motions(camera.path, seen.settled, seen.settled + LOOP)
    assert motions
    for motion in motions:
        matching = [start for start in starts if motion["start"] - BEFORE <= start <= motion["end"]]
        assert len(matching) == 1, f"{motion['what']} at {rfc3339(motion['start'])}; events {[*map(rfc3339, starts)]}"


@each_camera
def test_nothing_else_gives_an_event(seen: House, camera: DemoCamera) -> None:
    motions = seen.farm.motions(camera.path, seen.began - 60, time.time() + 1)
    for event in seen.hearth.events():
        if event["camera"] != seen.ids[camera.name]:
            continue
        start = unix_time(event["start"])
        end = unix_time(event["end"]) if event.get("end") else start
        caused = [m for m in motions if m["start"] - BEFORE <= start <= m["end"] and end <= m["end"] + AFTER]
        assert caused, f"an event from {event['start']} to {event.get('end')}: {event['reasons']}"


def test_events_come_newest_first_and_in_pages(seen: House) -> None:
    everything = [event["id"] for event in seen.hearth.events()]
    starts = [event["start"] for event in seen.hearth.events()]
    assert starts == sorted(starts, reverse=True)
    pages, cursor = [], None
    while True:
        page = seen.hearth.get("/events", limit=2, **({"cursor": cursor} if cursor else {}))
        assert len(page["events"]) <= 2
        pages += [event["id"] for event in page["events"]]
        cursor = page["next"]
        if not cursor:
            break
    assert [event for event in pages if event in everything] == everything


def test_events_say_what_moved_where(seen: House) -> None:
    for event in seen.hearth.events():
        assert set(event) >= {"id", "camera", "start", "end", "peak", "boxes", "reasons", "protected"}
        assert event["peak"] > 0 and event["reasons"] and event["boxes"] and event["protected"] is False
        for box in event["boxes"]:
            assert 0 <= box["x"] < 1 and 0 <= box["y"] < 1
            assert 0 < box["width"] <= 1 and 0 < box["height"] <= 1


@each_camera
def test_each_event_has_a_thumbnail(seen: House, camera: DemoCamera) -> None:
    for event in events_of(seen, camera):
        path, headers = seen.saved(f"/events/{event['id']}/thumbnail.jpg")
        assert headers["content-type"] == "image/jpeg"
        assert headers["cache-control"] == "no-store"
        assert headers["hearth-camera"] == seen.ids[camera.name]
        picture = probe(path)["streams"][0]
        assert picture["width"] >= 320 and abs(picture["width"] / picture["height"] - 16 / 9) < 0.02
        assert nearest(path) == camera.path


@each_camera
def test_a_clip_has_every_frame_of_its_span(seen: House, camera: DemoCamera) -> None:
    event = seen.event(camera.name)
    path, headers = seen.saved(f"/events/{event['id']}/clip.mp4")
    video, _ = streams(path)
    kept = frames(path)
    since, to = unix_time(headers["hearth-from"]), unix_time(headers["hearth-to"])
    assert camera_of(path) == {camera.path}
    assert not lost(kept)
    assert int(video["nb_read_frames"]) == len(kept)
    assert abs(len(kept) - (to - since) * camera.frame_rate) <= 2
    # The span is the event with pre-roll and post-roll; it begins at the keyframe before, at most 2 s earlier.
    assert kept[0][1] <= unix_time(event["start"]) - PRE_ROLL_SECONDS + 0.5
    assert kept[0][1] >= unix_time(event["start"]) - PRE_ROLL_SECONDS - 3
    assert abs(kept[-1][1] - unix_time(event["end"]) - POST_ROLL_SECONDS) < 1
    assert abs(float(video["duration"]) - (to - since)) < 0.2


@each_camera
def test_a_clip_has_its_codec_and_sound(seen: House, camera: DemoCamera) -> None:
    path, _ = seen.saved(f"/events/{seen.event(camera.name)['id']}/clip.mp4")
    video, audio = streams(path)
    assert video["codec_name"] == {"h264": "h264", "h265": "hevc"}[camera.codec]
    assert video["codec_tag_string"] == {"h264": "avc1", "h265": "hvc1"}[camera.codec]
    assert (audio is not None) == camera.audio
    if audio:
        assert audio["codec_name"] == "aac"
        assert abs(float(audio["duration"]) - float(video["duration"])) < 0.5
        assert loudness(path) > -60


@each_camera
def test_the_detection_stream_plays_too(seen: House, camera: DemoCamera) -> None:
    path, _ = seen.footage(camera.name, seen.settled, seen.settled + 20, "detect")
    video, audio = streams(path)
    assert (video["codec_tag_string"], video["width"], video["height"], audio) == ("avc1", 640, 360, None)
    assert not lost(frames(path))
    assert 198 <= len(frames(path)) <= 222


@each_camera
def test_a_snapshot_is_of_the_right_camera(seen: House, camera: DemoCamera) -> None:
    path, headers = seen.saved(f"/cameras/{seen.ids[camera.name]}/snapshot.jpg")
    assert headers["hearth-camera"] == seen.ids[camera.name]
    assert nearest(path) == camera.path


@each_camera
def test_coverage_knows_no_hole(seen: House, camera: DemoCamera) -> None:
    since, to = seen.settled, seen.seen - 2
    spans = seen.hearth.get(f"/cameras/{seen.ids[camera.name]}/coverage", **{"from": rfc3339(since), "to": rfc3339(to)})["spans"]
    assert {span["class"] for span in spans} == {"recorded"}, spans
    assert sum(unix_time(span["to"]) - unix_time(span["from"]) for span in spans) == pytest.approx(to - since, abs=1)


@each_camera
def test_a_finished_segment_plays_as_it_lies(seen: House, camera: DemoCamera) -> None:
    def finished() -> list[Path]:
        return [path for path in seen.hearth.media(seen.ids[camera.name], "*.mp4") if "-detect" not in path.name]

    path = until("a finished segment", max(1, seen.recording + SEGMENT_SECONDS + 15 - time.time()), finished)[0]
    video, audio = streams(path)
    kept = frames(path)
    assert camera_of(path) == {camera.path}
    assert not lost(kept)
    assert int(video["nb_read_frames"]) == len(kept)
    assert SEGMENT_SECONDS - 3 <= len(kept) / camera.frame_rate <= SEGMENT_SECONDS + 3
    assert (audio is not None) == camera.audio


@each_camera
def test_nothing_was_lost_since_the_recording_began(seen: House, camera: DemoCamera) -> None:
    for stream in ("main", "sub"):
        kept = within(seen.hearth.marks(seen.ids[camera.name], stream), seen.recording, time.time() - 3)
        # `lost` gives the frame before a gap and the one after it.
        gone = {frame for before, after in lost(kept) for frame in range(before + 1, after)}
        ours = gone - seen.farm.left_out(camera.path, stream)
        assert kept and not ours, f"{stream}: {sorted(ours)[:5]} and so on; the camera itself: {seen.farm.missed()}"


@pytest.mark.parametrize("words", ["camera list", "event list", "person list", "retention plan", "house export", "check"])
def test_reading_commands_answer_people_and_programs(seen: House, words: str) -> None:
    assert seen.hearth.do(*words.split())
    json.loads(seen.hearth.do(*words.split(), "--json"))


def test_a_clip_is_exported(seen: House) -> None:
    out = seen.folder / "export.mp4"
    event = seen.event("Living room")
    seen.hearth.do("export", "--event", event["id"], "--output", str(out))
    assert subprocess.run(["ffprobe", "-v", "error", str(out)]).returncode == 0
