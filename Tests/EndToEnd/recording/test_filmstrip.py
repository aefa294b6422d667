"""A small picture of each camera about every ten seconds: its own, for who may see it, with its footage and not without."""
from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest

from hearth_testing.farm import CAMERAS, DemoCamera, Farm
from hearth_testing.household import Hearth, House
from hearth_testing.media import probe, resemblance
from hearth_testing.paths import CACHE
from hearth_testing.waiting import rfc3339, unix_time, until

each_camera = pytest.mark.parametrize("camera", CAMERAS, ids=lambda camera: camera.path)


def listed(hearth: Hearth, camera: str, since: float, to: float | None = None, limit: int = 500) -> list[str]:
    query = {"from": rfc3339(since), "to": rfc3339(to or time.time() + 1), "limit": limit}
    found = hearth.get(f"/cameras/{camera}/filmstrip", **query)
    assert found["camera"] == camera and found["pictures"] == sorted(found["pictures"])
    return found["pictures"]


def sheets(hearth: Hearth, camera: str) -> list[Path]:
    return sorted((hearth.data / "cameras" / camera / "filmstrip").glob("2*/*.mjpeg"))


@each_camera
def test_each_camera_shows_itself_about_every_ten_seconds(seen: House, camera: DemoCamera) -> None:
    times = listed(seen.hearth, seen.ids[camera.name], seen.recording, seen.seen)
    apart = [unix_time(after) - unix_time(before) for before, after in zip(times, times[1:])]
    # Never closer together; and not much further apart for the most part, whatever the machine did.
    assert min(apart) > 9.9 and sorted(apart)[len(apart) // 2] < 15, apart
    for at in times[:3] + times[-3:]:
        path, headers = seen.saved(f"/cameras/{seen.ids[camera.name]}/filmstrip.jpg?" + urlencode({"at": at}))
        assert headers["content-type"] == "image/jpeg" and headers["cache-control"] == "no-store"
        assert headers["hearth-camera"] == seen.ids[camera.name] and headers["hearth-time"] == at
        picture = probe(path)["streams"][0]
        assert picture["width"] == 240 and abs(picture["height"] - 135) <= 1
        assert path.stat().st_size < 16_000
        distances = resemblance(["-i", str(path)], CACHE, [each.path for each in CAMERAS])
        assert min(distances, key=lambda name: distances[name]) == camera.path


def test_a_long_span_is_a_short_list(seen: House) -> None:
    camera = seen.ids["Front door"]
    day = listed(seen.hearth, camera, seen.recording - 86_400, limit=10)
    assert 1 <= len(day) <= 2
    query = urlencode({"from": rfc3339(seen.recording - 3 * 86_400), "to": rfc3339(seen.recording)})
    assert seen.hearth.ask("GET", f"/cameras/{camera}/filmstrip?{query}").status == 400


def test_a_sheet_is_motion_jpeg_for_any_player(seen: House) -> None:
    camera = seen.ids["Garden"]
    for sheet in sheets(seen.hearth, camera):
        assert re.fullmatch(r"\d\d-[0-9a-f]{32}\.mjpeg", sheet.name)
        done = subprocess.run(["ffprobe", "-v", "error", "-f", "mjpeg", "-count_frames", "-show_streams", "-of", "json", str(sheet)],
                              capture_output=True, text=True)
        assert done.returncode == 0 and int(json.loads(done.stdout)["streams"][0]["nb_read_frames"]) >= 1
    assert seen.hearth.run("check", "--data", str(seen.hearth.data)).code == 0


def test_the_strip_is_there_without_motion_and_not_without_recording(farm: Farm, tmp_path: Path) -> None:
    hearth = Hearth(tmp_path)
    hearth.token = hearth.add_person("Anna", "long enough a password", "--owner")
    hearth.start()
    began = time.time()

    def add(name: str, **settings: object) -> str:
        main = {"host": "127.0.0.1", "port": farm.port, "path": f"/{CAMERAS[0].path}"}
        answer = hearth.ask("POST", "/cameras", body={"settings": {"name": name, "main": main, **settings}})
        assert answer.status == 201, answer.body
        return answer.json["id"]

    try:
        calm = add("Calm", motion={"enabled": False}, record="continuous")
        off = add("Watched only", record="off")
        until("a picture of a keyframe", 60, lambda: listed(hearth, calm, began))
        until("the other one watching", 60, lambda: hearth.cameras()["Watched only"]["state"] == "watching")
        # After a worker was killed there is a new sheet, and the old one is as it was.
        first = sheets(hearth, calm)
        held = first[0].read_bytes()
        worker = hearth.worker(calm)
        assert worker
        os.kill(worker, signal.SIGKILL)
        until("a sheet of the next worker", 60, lambda: len(sheets(hearth, calm)) > len(first))
        assert first[0].read_bytes()[:len(held)] == held
        assert listed(hearth, off, began) == [] and sheets(hearth, off) == []
    finally:
        hearth.stop()
