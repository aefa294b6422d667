"""Who may do what: every route of the running program, as every kind of visitor, on what is theirs, another's and nobody's.

The routes come from the program (`hearth check --routes`); the table of what is expected is here. A route that is not in the
table fails, and so does one of the table that is gone.
"""
from __future__ import annotations

import http.client
import json
import socket
import time
from dataclasses import dataclass, field
from typing import Any, Callable, Iterator
from urllib.parse import parse_qsl, urlencode

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect, unix_connect

from hearth_testing.farm import CAMERAS, Farm
from hearth_testing.household import Answer, Hearth, encoded
from hearth_testing.waiting import rfc3339, unix_time, until

PASSWORD = "long enough a password"
UNKNOWN = "0123456789abcdef" * 2
ROLES = ("nobody", "guest", "member", "token", "owner", "console")
OWN, OTHER = CAMERAS[0], CAMERAS[2]


@dataclass
class Estate:
    """A household of its own: two cameras with an event each, and one of each kind of visitor."""
    hearth: Hearth
    tokens: dict[str, str]
    cameras: dict[str, str]         # own, other, unknown
    events: dict[str, str]
    span: str
    count: int = 0
    names: dict[str, str] = field(default_factory=dict)

    def ask(self, role: str, method: str, path: str, body: Any = None) -> Answer | int:
        if role == "console":
            return self.at_the_console(method, path, body)
        token = "" if role == "nobody" else self.tokens[role]
        return self.hearth.ask(method, path, token=token, headers={"Hearth-Request": "1"}, body=body)

    def at_the_console(self, method: str, path: str, body: Any) -> Answer:
        class Console(http.client.HTTPConnection):
            def connect(self) -> None:
                self.sock = socket.socket(socket.AF_UNIX)
                self.sock.settimeout(60)
                self.sock.connect(path_of_socket)

        path_of_socket = str(self.hearth.data / "hearth.sock")
        connection = Console("localhost")
        try:
            text = json.dumps(body) if body is not None else None
            connection.request(method, "/api/v1" + path, text, {"Content-Type": "application/json", "Hearth-Request": "1"})
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    # -- things to be used up
    def somebody(self) -> str:
        self.count += 1
        name = f"Somebody {self.count}"
        self.hearth.do("person", "add", name, "--password-stdin", text=PASSWORD + "\n")
        return encoded(name)

    def session_of(self, name: str) -> str:
        answer = self.hearth.ask("POST", "/session", token="", body={"name": name, "password": PASSWORD})
        assert answer.status == 200, answer.body
        listed = self.hearth.get("/session/list")["sessions"]
        return max((each for each in listed if each["person"] == name), key=lambda each: each["created"])["id"]

    def token_of(self, name: str) -> str:
        self.count += 1
        label = f"spare {self.count}"
        self.hearth.do("token", "create", "--person", name, "--label", label)
        return next(each["id"] for each in self.hearth.get("/tokens")["tokens"] if each["label"] == label)

    def strip_of(self, which: str) -> str:
        """The time of a picture of its filmstrip."""
        now = time.time()
        if which == "unknown":
            return rfc3339(now)
        span = urlencode({"from": rfc3339(now - 3600), "to": rfc3339(now)})
        return self.hearth.get(f"/cameras/{self.cameras[which]}/filmstrip?{span}")["pictures"][0]

    def spare_camera(self) -> str:
        self.count += 1
        answer = self.hearth.ask("POST", "/cameras", body=new_camera(f"Spare {self.count}"))
        assert answer.status == 201, answer.body
        return answer.json["id"]


def new_camera(name: str) -> dict:
    return {"settings": {"name": name, "main": {"host": "127.0.0.1", "port": 9, "path": "/x"}, "record": "off"}}


@pytest.fixture(scope="module")
def estate(farm: Farm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    hearth = Hearth(tmp_path_factory.mktemp("matrix"))
    hearth.token = hearth.add_person("The owner", PASSWORD, "--owner")
    hearth.start()
    for camera in (OWN, OTHER):
        hearth.add_camera(farm, camera)
    until("both cameras recording", 60, lambda: hearth.are_recording([OWN.name, OTHER.name]))
    ids = {name: camera["id"] for name, camera in hearth.cameras().items()}
    tokens = {"owner": hearth.token}
    for role, rights in (("guest", "live"), ("member", "live,playback,export")):
        name = f"The {role}"
        hearth.do("person", "add", name, "--password-stdin", "--grant", f"{OWN.name}:{rights}", text=PASSWORD + "\n")
        tokens[role] = hearth.do("token", "create", "--person", name, "--label", "as they are")
    # An owner's, for one camera and two rights: no owner any more.
    tokens["token"] = hearth.do("token", "create", "--person", "The owner", "--label", "narrow", "--camera",
                                f"{OWN.name}:live,playback")

    def finished(camera: str) -> dict | None:
        for event in hearth.events(camera=ids[camera]):
            if event["end"] and hearth.ask("HEAD", f"/events/{event['id']}/clip.mp4").status == 200:
                return event
        return None

    events = [until(f"a finished clip of {camera.name}", 150, lambda: finished(camera.name), every=1) for camera in (OWN, OTHER)]
    start = max(unix_time(event["start"]) for event in events)      # both were recorded then
    estate = Estate(
        hearth, tokens, {"own": ids[OWN.name], "other": ids[OTHER.name], "unknown": UNKNOWN},
        {"own": events[0]["id"], "other": events[1]["id"], "unknown": f"{UNKNOWN}-{UNKNOWN}"},
        urlencode({"from": rfc3339(start), "to": rfc3339(start + 2)}))
    yield estate
    hearth.stop()


# ---------------------------------------------------------------- what is expected
Statuses = dict[str, str]           # by role: one status, or those for own/other/unknown


def each(nobody: str, guest: str, member: str, token: str, owner: str, console: str) -> Statuses:
    return dict(zip(ROLES, (nobody, guest, member, token, owner, console), strict=True))


def all_signed_in(status: str = "200") -> Statuses:
    return each("401", *[status] * 5)


def owners(status: str = "200") -> Statuses:
    return each("401", "403", "403", "403", status, status)


ALL_404 = "404/404/404"
MINE = "200/404/404"
EVERY = "200/200/404"
LIVE = each("401", MINE, MINE, MINE, EVERY, EVERY)
PLAYBACK = each("401", ALL_404, MINE, MINE, EVERY, EVERY)
MANAGE = each("401", ALL_404, ALL_404, ALL_404, EVERY, EVERY)
OWNERS_ON_CAMERAS = each("401", "403", "403", "403", EVERY, EVERY)
OWNERS_OF_OBJECTS = each("401", "403", "403", "403", "204/204/404", "204/204/404")

Path = Callable[[Estate, str, str], str]            # of the role and of own, other or unknown


@dataclass(frozen=True)
class Row:
    expected: Statuses
    path: Path
    body: Callable[[Estate, str, str], Any] = lambda estate, role, which: None


def plain(path: str) -> Path:
    return lambda estate, role, which: path


def camera(rest: str = "", query: bool = False) -> Path:
    return lambda estate, role, which: f"/cameras/{estate.cameras[which]}{rest}" + (f"?{estate.span}" if query else "")


def event(rest: str = "") -> Path:
    return lambda estate, role, which: f"/events/{estate.events[which]}{rest}"


def body(value: Any) -> Callable[[Estate, str, str], Any]:
    return lambda estate, role, which: value


def person(rest: str = "") -> Path:
    """Own: a person of this household who may go; other: one too; unknown: nobody."""
    return lambda estate, role, which: f"/people/{'Nobody' if which == 'unknown' else estate.somebody()}{rest}"


def session(estate: Estate, role: str, which: str) -> str:
    whose = {"own": f"The {role if role in ('guest', 'member') else 'owner'}", "other": "The member"}
    if role == "member":
        whose["other"] = "The guest"
    return f"/session/list/{UNKNOWN if which == 'unknown' else estate.session_of(whose[which])}"


def token(estate: Estate, role: str, which: str) -> str:
    whose = {"own": f"The {role if role in ('guest', 'member') else 'owner'}", "other": "The member"}
    return f"/tokens/{UNKNOWN if which == 'unknown' else estate.token_of(whose[which])}"


def spare(estate: Estate, role: str, which: str) -> str:
    return f"/cameras/{UNKNOWN if which == 'unknown' else estate.spare_camera()}/archive"


def somebodys_grant(estate: Estate, role: str, which: str) -> str:
    return f"/people/{estate.somebody()}/grants/{estate.cameras[which]}"


# These visitors show API tokens. What only a person who is signed in may do, a token may not unless it is an owner's whole one:
# "403" for guest and member below; `test_people_see_to_their_own_accounts` has the same with sessions.
EXPECTED: dict[str, Row] = {
    "GET /api/openapi.json": Row(each(*["200"] * 6), plain("/../openapi.json")),
    "GET /api/v1/health": Row(each(*["200"] * 6), plain("/health")),
    "GET /api/v1/session": Row(all_signed_in(), plain("/session")),
    "POST /api/v1/session": Row(each(*["401"] * 6), plain("/session"), body({"link": "used up"})),
    "DELETE /api/v1/session": Row(each(*["204"] * 6), plain("/session")),
    "GET /api/v1/session/list": Row(each("401", "403", "403", "403", "200", "200"), plain("/session/list")),
    "DELETE /api/v1/session/list": Row(each("401", "403", "403", "403", "204", "204"), plain("/session/list")),
    "DELETE /api/v1/session/list/{session}": Row(OWNERS_OF_OBJECTS, session),
    "POST /api/v1/setup": Row(each(*["401"] * 6), plain("/setup"), body({"token": "x", "name": "Eve", "password": PASSWORD})),
    "GET /api/v1/cameras": Row(all_signed_in(), plain("/cameras")),
    "POST /api/v1/cameras": Row(owners("201"), plain("/cameras"),
                                lambda estate, role, which: new_camera(f"New of {role}")),
    "GET /api/v1/cameras/{camera}": Row(LIVE, camera()),
    "PATCH /api/v1/cameras/{camera}": Row(MANAGE, camera(), body({})),
    "POST /api/v1/cameras/{camera}/archive": Row(OWNERS_OF_OBJECTS, spare),
    "POST /api/v1/cameras/{camera}/trust": Row(OWNERS_ON_CAMERAS, camera("/trust"), body({})),
    "PUT /api/v1/cameras/{camera}/media": Row(
        each("401", "403", "403", "403", *["422/422/404"] * 2), camera("/media"), body({"path": "not/absolute"})),
    "GET /api/v1/cameras/{camera}/quarantine": Row(OWNERS_ON_CAMERAS, camera("/quarantine")),
    "DELETE /api/v1/cameras/{camera}/quarantine": Row(OWNERS_ON_CAMERAS, camera("/quarantine"), body({})),
    "GET /api/v1/cameras/{camera}/quarantine/{segment}": Row(
        each("401", "403", "403", "403", ALL_404, ALL_404), camera(f"/quarantine/{UNKNOWN}")),
    "GET /api/v1/cameras/{camera}/video.mp4": Row(PLAYBACK, camera("/video.mp4", query=True)),
    "GET /api/v1/cameras/{camera}/snapshot.jpg": Row(LIVE, camera("/snapshot.jpg")),
    "GET /api/v1/cameras/{camera}/filmstrip": Row(PLAYBACK, camera("/filmstrip", query=True)),
    "GET /api/v1/cameras/{camera}/filmstrip.jpg": Row(
        PLAYBACK, lambda estate, role, which: f"/cameras/{estate.cameras[which]}/filmstrip.jpg?"
        + urlencode({"at": estate.strip_of(which)})),
    "GET /api/v1/cameras/{camera}/coverage": Row(PLAYBACK, camera("/coverage", query=True)),
    "POST /api/v1/cameras/{camera}/replay": Row(PLAYBACK, camera("/replay"), lambda estate, role, which: dict(
        parse_qsl(estate.span))),
    "GET /api/v1/events": Row(PLAYBACK, lambda estate, role, which: f"/events?camera={estate.cameras[which]}"),
    "GET /api/v1/events/{event}": Row(PLAYBACK, event()),
    "GET /api/v1/events/{event}/clip.mp4": Row(PLAYBACK, event("/clip.mp4")),
    "GET /api/v1/events/{event}/thumbnail.jpg": Row(PLAYBACK, event("/thumbnail.jpg")),
    "PUT /api/v1/events/{event}/protection": Row(MANAGE, event("/protection"), body({})),
    "DELETE /api/v1/events/{event}/protection": Row(MANAGE, event("/protection")),
    "GET /api/v1/cameras/{camera}/footage": Row(MANAGE, camera("/footage", query=True)),
    "DELETE /api/v1/cameras/{camera}/footage": Row(
        each("401", ALL_404, ALL_404, ALL_404, "409/409/404", "409/409/404"), camera("/footage", query=True)),
    "GET /api/v1/cameras/{camera}/protected": Row(MANAGE, camera("/protected")),
    "PUT /api/v1/cameras/{camera}/protected": Row(MANAGE, camera("/protected", query=True), body({})),
    "DELETE /api/v1/cameras/{camera}/protected": Row(MANAGE, camera("/protected", query=True)),
    "GET /api/v1/suppressed": Row(PLAYBACK, lambda estate, role, which: f"/suppressed?camera={estate.cameras[which]}"),
    "GET /api/v1/people": Row(owners(), plain("/people")),
    "POST /api/v1/people": Row(owners("201"), plain("/people"), lambda estate, role, which: {"name": f"New of {role}"}),
    "DELETE /api/v1/people/{person}": Row(OWNERS_OF_OBJECTS, person()),
    "PUT /api/v1/people/{person}/grants": Row(
        OWNERS_OF_OBJECTS, person("/grants"),
        lambda estate, role, which: {"camera": estate.cameras["own"], "rights": ["live"]}),
    "DELETE /api/v1/people/{person}/grants/{camera}": Row(OWNERS_OF_OBJECTS, somebodys_grant),
    "PUT /api/v1/people/{person}/password": Row(OWNERS_OF_OBJECTS, person("/password"), body({"password": PASSWORD})),
    "DELETE /api/v1/people/{person}/sessions": Row(OWNERS_OF_OBJECTS, person("/sessions")),
    "GET /api/v1/tokens": Row(each("401", "403", "403", "403", "200", "200"), plain("/tokens")),
    "POST /api/v1/tokens": Row(owners("201"), plain("/tokens"), body({"person": "The guest", "label": "one more"})),
    "DELETE /api/v1/tokens/{token}": Row(OWNERS_OF_OBJECTS, token),
    "POST /api/v1/links": Row(each("401", "403", "403", "403", "403", "201"), plain("/links"), body({"person": "The guest"})),
    "GET /api/v1/views": Row(LIVE, lambda estate, role, which: f"/views?camera={estate.cameras[which]}"),
    "GET /api/v1/retention": Row(owners(), plain("/retention")),
    "PUT /api/v1/retention": Row(owners(), plain("/retention"), body({})),
    "GET /api/v1/retention/plan": Row(owners(), plain("/retention/plan")),
    "POST /api/v1/retention/plan": Row(owners(), plain("/retention/plan"), body({"house": {"cameras": [], "people": []}})),
    "POST /api/v1/retention/undo": Row(owners("409"), plain("/retention/undo"), body({})),
    "GET /api/v1/retention/policy": Row(owners(), plain("/retention/policy")),
    "GET /api/v1/retention/explain": Row(
        OWNERS_ON_CAMERAS, lambda estate, role, which: f"/retention/explain?camera={estate.cameras[which]}&{estate.span}"),
    "GET /api/v1/retention/log": Row(owners(), plain("/retention/log")),
    "POST /api/v1/retention/apply": Row(owners("409"), plain("/retention/apply"), body({"plan": "another one"})),
    "POST /api/v1/retention/trust-clock": Row(owners(), plain("/retention/trust-clock"), body({})),
    "GET /api/v1/network": Row(owners(), plain("/network")),
    "PUT /api/v1/network": Row(owners(), plain("/network"), body({})),
    "PUT /api/v1/media": Row(owners("422"), plain("/media"), body({"path": "not/absolute"})),
    "GET /api/v1/house": Row(owners(), plain("/house")),
    "POST /api/v1/house/plan": Row(owners(), plain("/house/plan"), body({"house": {"cameras": [], "people": []}})),
    "POST /api/v1/house/apply": Row(owners(), plain("/house/apply"), body({"house": {"cameras": [], "people": []}})),
    "GET /api/v1/check": Row(owners(), plain("/check")),
    "GET /api/v1/rebuild": Row(owners(), plain("/rebuild")),
    "POST /api/v1/rebuild": Row(owners("202"), plain("/rebuild")),
    "POST /api/v1/backup": Row(owners("201"), plain("/backup"), body({})),
    "GET /api/v1/storage": Row(owners(), plain("/storage")),
    "GET /api/v1/alarms": Row(owners(), plain("/alarms")),
    "GET /api/v1/live": Row(each(ALL_404, MINE, MINE, MINE, EVERY, EVERY),
                            lambda estate, role, which: f"/live?camera={estate.cameras[which]}"),
    "GET /api/v1/feed": Row(each("404", *["200"] * 5), plain("/feed")),
}


@pytest.fixture(scope="module")
def routes(estate: Estate) -> dict[str, dict]:
    listed = json.loads(estate.hearth.do("check", "--routes", "--json"))
    return {f"{route['method']} {route['path']}": route for route in listed}


def test_every_route_of_the_program_is_in_the_table(routes: dict[str, dict]) -> None:
    assert set(routes) - set(EXPECTED) == set(), "routes that nobody said who may use"
    assert set(EXPECTED) - set(routes) == set(), "routes of the table that are gone"


def opened(estate: Estate, role: str, path: str) -> int:
    """200 for a socket that says something or stays open, 404 for one that is closed as unknown."""
    try:
        if role == "console":
            connection = unix_connect(str(estate.hearth.data / "hearth.sock"), f"ws://localhost/api/v1{path}", max_size=None)
        else:
            headers = {} if role == "nobody" else {"Authorization": f"Bearer {estate.tokens[role]}"}
            if role == "nobody":
                headers["Origin"] = f"http://127.0.0.1:{estate.hearth.port}"
            connection = connect(f"ws://127.0.0.1:{estate.hearth.port}/api/v1{path}", additional_headers=headers, max_size=None)
    except InvalidStatus as refusal:
        return refusal.response.status_code
    with connection:
        try:
            connection.recv(timeout=1.5)
            return 200
        except TimeoutError:
            return 200
        except ConnectionClosed as closed:
            return closed.rcvd.code - 4000 if closed.rcvd and closed.rcvd.code >= 4000 else 0


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", EXPECTED)
def test_who_may_do_what(estate: Estate, routes: dict[str, dict], name: str, role: str) -> None:
    row = EXPECTED[name]
    wanted = row.expected[role].split("/")
    method = name.split(" ")[0]
    # A change of settings starts the camera's process anew.
    until("both cameras giving pictures", 60, lambda: estate.hearth.are_recording([OWN.name, OTHER.name]))
    for which, status in zip(("own", "other", "unknown"), wanted):
        path = row.path(estate, role, which)
        if routes[name]["socket"]:
            assert opened(estate, role, path) == int(status), f"{role}: {name} of {which}"
            continue
        if path.startswith("/.."):
            connection = http.client.HTTPConnection("127.0.0.1", estate.hearth.port, timeout=30)
            connection.request(method, "/api" + path.removeprefix("/.."))
            assert connection.getresponse().status == int(status)
            connection.close()
            continue
        body = row.body(estate, role, which)
        answer = estate.ask(role, method, path, body)
        # Rights are asked for here. "Not at the moment" is an answer to another question: a row before this one may have
        # changed the camera, whose process starts anew and has no picture until the next keyframe.
        until_when = time.monotonic() + 30
        while answer.status == 503 and time.monotonic() < until_when:
            time.sleep(0.3)
            answer = estate.ask(role, method, path, body)
        assert answer.status == int(status), f"{role}: {name} of {which} answered {answer.status}: {answer.body[:300]!r}"
        assert answer.headers["cache-control"] == "no-store", f"{role}: {name}"
        if answer.headers.get("content-type") in ("image/jpeg", "video/mp4"):
            assert answer.headers["hearth-camera"] == estate.cameras[which]


def test_refused_and_unknown_are_one_answer(estate: Estate, routes: dict[str, dict]) -> None:
    for name, row in EXPECTED.items():
        if routes[name]["socket"] or not name.startswith("GET"):
            continue
        for role in ("guest", "member", "token"):
            statuses = row.expected[role].split("/")
            if len(statuses) != 3 or statuses[1] != "404":
                continue
            answers = [estate.ask(role, "GET", row.path(estate, role, which)) for which in ("other", "unknown")]
            facts = [(answer.status, answer.body, {key: value for key, value in answer.headers.items() if key != "date"})
                     for answer in answers]
            assert facts[0] == facts[1], f"{role}: {name}"


def test_lists_name_only_what_is_theirs(estate: Estate) -> None:
    for role in ("guest", "member", "token"):
        listed = estate.ask(role, "GET", "/cameras?archived=true").json["cameras"]
        assert [each["id"] for each in listed] == [estate.cameras["own"]], role
        events = estate.ask(role, "GET", "/events?limit=500").json["events"]
        assert {each["camera"] for each in events} == (set() if role == "guest" else {estate.cameras["own"]}), role
        views = estate.ask(role, "GET", "/views?limit=1000").json["views"]
        assert {each["camera"] for each in views} == {estate.cameras["own"]}, role


def test_people_see_to_their_own_accounts(estate: Estate) -> None:
    """As the guest with a session, which a token is not."""
    hearth = estate.hearth
    answer = hearth.ask("POST", "/session", token="", body={"name": "The guest", "password": PASSWORD})
    mine = {"Cookie": answer.headers["set-cookie"].split(";")[0], "Hearth-Request": "1"}

    def ask(method: str, path: str, body: Any = None) -> Answer:
        return hearth.ask(method, path, token="", headers=mine, body=body)

    assert {each["person"] for each in ask("GET", "/session/list").json["sessions"]} == {"The guest"}
    assert {each["person"] for each in ask("GET", "/tokens").json["tokens"]} == {"The guest"}
    assert ask("DELETE", f"/session/list/{estate.session_of('The guest')}").status == 204
    assert ask("DELETE", f"/session/list/{estate.session_of('The member')}").status == 404
    assert ask("DELETE", f"/session/list/{UNKNOWN}").status == 404
    assert ask("DELETE", f"/tokens/{estate.token_of('The guest')}").status == 204
    assert ask("DELETE", f"/tokens/{estate.token_of('The member')}").status == 404
    assert ask("DELETE", f"/people/{encoded('The member')}/sessions").status == 403
    assert ask("DELETE", "/people/Nobody/sessions").status == 403
    change = {"old": PASSWORD, "password": PASSWORD}
    assert ask("PUT", f"/people/{encoded('The member')}/password", change).status == 403
    assert ask("PUT", "/people/Nobody/password", change).status == 403
    assert ask("DELETE", "/session/list").status == 204
    assert ask("DELETE", f"/people/{encoded('The guest')}/sessions").status == 204
    assert ask("GET", "/session").status == 401
