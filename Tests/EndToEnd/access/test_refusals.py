"""Nobody sees what is not theirs, and no viewing goes unwritten."""
from __future__ import annotations

import http.client
import time
from typing import Iterator
from urllib.parse import urlencode

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from hearth_testing.household import Answer, House, encoded
from hearth_testing.waiting import rfc3339

UNKNOWN = "0123456789abcdef" * 2


@pytest.fixture(scope="module")
def kim(seen: House) -> str:
    """Somebody who may look at the front door alone."""
    return seen.hearth.add_person("Kim", "a password of Kim's", "--grant", "Front door:live,playback,export")


def paths(camera: str, event: str, span: str) -> list[str]:
    return [f"/cameras/{camera}", f"/cameras/{camera}/video.mp4?{span}", f"/cameras/{camera}/video.mp4?{span}&stream=detect",
            f"/cameras/{camera}/snapshot.jpg", f"/cameras/{camera}/coverage?{span}", f"/cameras/{camera}/filmstrip?{span}",
            f"/events/{event}",
            f"/events/{event}/clip.mp4", f"/events/{event}/thumbnail.jpg"]


def comparable(answer: Answer) -> tuple[int, bytes, dict[str, str]]:
    return answer.status, answer.body, {name: value for name, value in answer.headers.items() if name != "date"}


def test_what_is_refused_looks_like_what_is_not_there(seen: House, kim: str) -> None:
    span = urlencode({"from": rfc3339(seen.settled), "to": rfc3339(seen.settled + 5)})
    theirs = paths(seen.ids["Garden"], seen.event("Garden")["id"], span)
    nobodys = paths(UNKNOWN, f"{UNKNOWN}-{UNKNOWN}", span)
    for refused, unknown in zip(theirs, nobodys, strict=True):
        for method in ("GET", "HEAD"):
            answer = seen.hearth.ask(method, refused, kim)
            assert answer.status == 404, f"{method} {refused}"
            assert comparable(answer) == comparable(seen.hearth.ask(method, unknown, kim)), f"{method} {refused}"


def test_what_is_theirs_is_given(seen: House, kim: str) -> None:
    span = urlencode({"from": rfc3339(seen.settled), "to": rfc3339(seen.settled + 5)})
    for path in paths(seen.ids["Front door"], seen.event("Front door")["id"], span):
        answer = seen.hearth.ask("GET", path, kim)
        assert answer.status == 200, f"{path}: {answer.body[:200]!r}"
        assert answer.headers["cache-control"] == "no-store"


def test_an_event_under_another_cameras_name_is_not_there(seen: House, kim: str) -> None:
    """The event's id contains its camera; put together from two, it names nothing."""
    event = seen.event("Garden")["id"].split("-")[1]
    mixed = f"{seen.ids['Front door']}-{event}"
    for path in (f"/events/{mixed}", f"/events/{mixed}/clip.mp4", f"/events/{mixed}/thumbnail.jpg"):
        assert seen.hearth.ask("GET", path, kim).status == 404
        assert seen.hearth.ask("GET", path).status == 404


def test_lists_hold_only_what_is_theirs(seen: House, kim: str) -> None:
    mine = seen.ids["Front door"]
    assert [camera["id"] for camera in seen.hearth.get("/cameras", kim)["cameras"]] == [mine]
    assert {event["camera"] for event in seen.hearth.get("/events", kim, limit=500)["events"]} == {mine}
    assert seen.hearth.ask("GET", f"/events?camera={seen.ids['Garden']}", kim).status == 404


@pytest.mark.parametrize("path", ["/cameras", "/events", "/views", "/people", "/session", "/storage", "/retention/plan"])
def test_without_a_sign_in_nothing_is_told(seen: House, path: str) -> None:
    for token in ("", "hearth_" + "a" * 43):
        assert seen.hearth.ask("GET", path, token).status == 401


@pytest.mark.parametrize("path", ["/people", "/storage", "/retention/plan", "/check", "/house"])
def test_what_is_the_owners_business_is_not_kims(seen: House, kim: str, path: str) -> None:
    assert seen.hearth.ask("GET", path, kim).status in (403, 404)


def test_the_health_answer_says_the_status_only(seen: House) -> None:
    answer = seen.hearth.ask("GET", "/health", token="")
    assert (answer.status, answer.json) == (200, {"status": "ok"})


@pytest.mark.parametrize("name", ["evil.example", "evil.example:80", "127.0.0.1.evil.example"])
def test_another_host_name_is_refused(seen: House, name: str) -> None:
    answer = seen.hearth.ask("GET", "/health", headers={"Host": name})
    assert answer.status == 421 and "--host-name" in answer.json["detail"]


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Origin": "null"}])
def test_another_pages_change_is_refused(seen: House, headers: dict[str, str]) -> None:
    answer = seen.hearth.ask("POST", "/session", token="", headers=headers, body={"name": "Anna", "password": "x"})
    assert answer.status == 403


# ---------------------------------------------------------------- live
def live(house: House, camera: str, token: str, stream: str = "main") -> Iterator[str | bytes]:
    address = f"ws://127.0.0.1:{house.hearth.port}/api/v1/live?camera={camera}&stream={stream}"
    with connect(address, additional_headers={"Authorization": f"Bearer {token}"}, max_size=None) as socket:
        while True:
            yield socket.recv(timeout=10)


@pytest.mark.parametrize("name", ["Garden", None])
def test_live_of_another_camera_is_closed_like_one_that_is_not_there(seen: House, kim: str, name: str | None) -> None:
    camera = seen.ids[name] if name else UNKNOWN
    with pytest.raises((ConnectionClosed, InvalidStatus)) as refusal:
        next(live(seen, camera, kim))
    if isinstance(refusal.value, ConnectionClosed):
        assert refusal.value.rcvd and refusal.value.rcvd.code == 4404
    else:
        assert refusal.value.response.status_code == 404


def test_live_begins_at_once_and_each_message_names_its_camera(seen: House, kim: str) -> None:
    camera = bytes.fromhex(seen.ids["Front door"])
    messages = live(seen, camera.hex(), kim)
    head = next(messages)
    assert isinstance(head, str) and f'"{camera.hex()}"' in head and '"avc1.' in head
    first = next(messages)
    assert first[0] == 0 and first[1:17] == camera and first[33:37] == b"ftyp"
    numbers = []
    for _ in range(40):
        message = next(messages)
        assert message[0] == 1 and message[1:17] == camera and message[33:37] == b"moof"
        numbers.append(int.from_bytes(message[21:29], "big"))
    assert numbers == list(range(numbers[0], numbers[0] + 40))


# ---------------------------------------------------------------- the view log
def views(house: House, person: str) -> list[dict]:
    return [view for view in house.hearth.get("/views", limit=1000)["views"] if view["person"] == person]


def person_id(house: House, name: str) -> str:
    return next(person["id"] for person in house.hearth.get("/people")["people"] if person["name"] == name)


@pytest.mark.parametrize(("what", "action"), [
    ("clip", "playback"), ("video", "playback"), ("download", "export"), ("thumbnail", "thumbnail"),
    ("days", "filmstrip"), ("strip", "filmstrip"), ("snapshot", "snapshot"), ("live", "live")])
def test_every_viewing_leaves_a_row_before_its_first_byte(seen: House, what: str, action: str) -> None:
    """Asked for by somebody new, and looked up after the head of the answer and before its body was read."""
    name, camera = f"Viewer of {what}", seen.ids["Front door"]
    token = seen.hearth.add_person(name, "long enough a password", "--grant", "Front door:live,playback,export")
    event = seen.event("Front door")["id"]
    span = urlencode({"from": rfc3339(seen.settled), "to": rfc3339(seen.settled + 30)})
    days = f"/cameras/{camera}/filmstrip?{urlencode({'from': rfc3339(seen.settled), 'to': rfc3339(time.time())})}"
    strip = urlencode({"at": seen.hearth.get(days)["pictures"][0]})
    path = {"days": days, "strip": f"/cameras/{camera}/filmstrip.jpg?{strip}", "clip": f"/events/{event}/clip.mp4", "video": f"/cameras/{camera}/video.mp4?{span}",
            "download": f"/cameras/{camera}/video.mp4?{span}&download=1", "thumbnail": f"/events/{event}/thumbnail.jpg",
            "snapshot": f"/cameras/{camera}/snapshot.jpg"}.get(what)
    names = {name, person_id(seen, name)}
    assert not [view for each in names for view in views(seen, each)]
    if path is None:
        messages = live(seen, camera, token)
        next(messages)
        rows = [view for each in names for view in views(seen, each)]
        messages.close()
    else:
        connection = http.client.HTTPConnection("127.0.0.1", seen.hearth.port, timeout=30)
        connection.request("GET", "/api/v1" + path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        assert answer.status == 200
        rows = [view for each in names for view in views(seen, each)]
        answer.read()
        connection.close()
    assert [(row["camera"], row["action"]) for row in rows] == [(camera, action)]


def test_a_refused_viewing_is_no_viewing(seen: House) -> None:
    name = "Nobody's guest"
    token = seen.hearth.add_person(name, "long enough a password", "--grant", "Front door:live")
    event = seen.event("Front door")["id"]
    assert seen.hearth.ask("GET", f"/events/{event}/clip.mp4", token).status == 404
    names = {name, person_id(seen, name)}
    assert not [view for each in names for view in views(seen, each)]


def test_a_revoked_right_ends_what_runs(seen: House) -> None:
    name, camera = "Passing guest", seen.ids["Front door"]
    token = seen.hearth.add_person(name, "long enough a password", "--grant", "Front door:live,playback")
    messages = live(seen, camera, token)
    next(messages)
    answer = seen.hearth.ask("DELETE", f"/people/{encoded(name)}/grants/{encoded('Front door')}", body={})
    assert answer.status == 204
    with pytest.raises((ConnectionClosed, StopIteration)):
        for _ in range(25 * 5):         # five seconds of pictures are far more than may come
            next(messages)
    assert seen.hearth.ask("GET", f"/cameras/{camera}", token).status == 404
