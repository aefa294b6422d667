"""Whatever is taken away is gone at the next request, and ends what is open within a second: on real sockets."""
from __future__ import annotations

import base64
import os
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Callable, Iterator

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from hearth_testing.household import House, encoded, lateness
from hearth_testing.waiting import rfc3339, until

LIMIT_SECONDS = 1.0
PASSWORD = "long enough a password"
CAMERA = "Front door"


@dataclass
class Viewer:
    """Somebody new for one test, with whatever lets them in."""
    house: House
    name: str
    headers: dict[str, str]
    camera: str

    def ask(self, path: str) -> int:
        return self.house.hearth.ask("GET", path, token="", headers=self.headers).status


def cookie(house: House, name: str) -> dict[str, str]:
    answer = house.hearth.ask("POST", "/session", token="", body={"name": name, "password": PASSWORD})
    assert answer.status == 200, answer.body
    return {"Cookie": answer.headers["set-cookie"].split(";")[0]}


def newcomer(house: House, kind: str, way: str, camera: str = CAMERA) -> Viewer:
    name = f"{kind} {way} {time.monotonic_ns()}"
    token = house.hearth.add_person(name, PASSWORD, "--grant", f"{camera}:live,playback,export")
    headers = cookie(house, name) if way == "session" else {"Authorization": f"Bearer {token}"}
    return Viewer(house, name, headers, house.ids[camera])


# ---------------------------------------------------------------- what stays open
@contextmanager
def socket_open(viewer: Viewer, path: str) -> Iterator[Callable[[float], float | None]]:
    """An open WebSocket. Gives a function that says when it ended, if it did before a deadline."""
    port = viewer.house.hearth.port
    origin = {"Origin": f"http://127.0.0.1:{port}"} if "Cookie" in viewer.headers else {}
    with connect(f"ws://127.0.0.1:{port}/api/v1/{path}", additional_headers={**viewer.headers, **origin}, max_size=None,
                 close_timeout=0.1) as connection:
        ended: list[float] = []
        begun = threading.Event()

        def read() -> None:
            try:
                while True:
                    connection.recv(timeout=60)
                    begun.set()
            except (ConnectionClosed, TimeoutError, OSError):
                ended.append(time.monotonic())

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        if path.startswith("live"):
            assert begun.wait(15), "no picture came"
        else:
            time.sleep(0.3)

        def end(deadline: float) -> float | None:
            thread.join(max(0, deadline - time.monotonic()))
            return ended[0] if ended else None

        yield end


def held_by_server(connection: socket.socket) -> bool:
    """Whether the server's end of a connection is still open, as the kernel lists it. The reset itself is no measure: one
    that lies outside the shut window of a viewer who doesn't read is ignored by that viewer's kernel."""
    try:
        (_, server), (_, own) = connection.getpeername(), connection.getsockname()
    except OSError:
        return False        # the reset has come
    ends = f"0100007F:{server:04X} 0100007F:{own:04X} 01"
    return ends in Path("/proc/net/tcp").read_text()


def let_go(connection: socket.socket, deadline: float) -> float | None:
    """When the server let go of a viewer who has stopped reading, if it did before the deadline. From then on nothing comes
    but what his own buffer held already."""
    while held_by_server(connection):
        if time.monotonic() > deadline:
            return None
        time.sleep(0.02)
    ended, left = time.monotonic(), 0
    try:
        while chunk := connection.recv(1 << 16):
            left += len(chunk)
    except ConnectionError:
        pass
    assert left < 64 << 10, f"{left} bytes came after the end"
    return ended


@contextmanager
def download_open(viewer: Viewer, seconds: str) -> Iterator[Callable[[float], float | None]]:
    """A video on its way to a viewer who has stopped reading: what was not taken yet must not come any more. A short one
    has left the server's hands by then, and lies in the kernel."""
    house = viewer.house
    path = house.hearth.video_path(viewer.camera, house.recording + 1, house.recording + 1 + int(seconds))
    lines = [f"GET /api/v1{path} HTTP/1.1", f"Host: 127.0.0.1:{house.hearth.port}",
             *(f"{name}: {value}" for name, value in viewer.headers.items()), "", ""]
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", house.hearth.port))
        connection.sendall("\r\n".join(lines).encode())
        connection.settimeout(10)
        head = connection.recv(300)
        assert head.startswith(b"HTTP/1.1 200"), head
        time.sleep(0.3)
        assert held_by_server(connection), "the download ended by itself: it is too short for this test"
        yield lambda deadline: let_go(connection, deadline)


@contextmanager
def stalled_live_open(viewer: Viewer, path: str) -> Iterator[Callable[[float], float | None]]:
    """Live pictures for a viewer who has stopped reading: those that wait in buffers must not come any more either."""
    port = viewer.house.hearth.port
    lines = [f"GET /api/v1/{path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Origin: http://127.0.0.1:{port}", "Upgrade: websocket",
             "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)).decode(),
             *(f"{name}: {value}" for name, value in viewer.headers.items()), "", ""]
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", port))
        connection.sendall("\r\n".join(lines).encode())
        connection.settimeout(10)
        assert connection.recv(300).startswith(b"HTTP/1.1 101")
        time.sleep(3)
        assert held_by_server(connection), "it ended by itself"
        yield lambda deadline: let_go(connection, deadline)


OPEN = {"live": (socket_open, "live?camera={camera}"), "feed": (socket_open, "feed"), "download": (download_open, "24"),
        "short": (download_open, "1"),
        "stalled": (stalled_live_open, "live?camera={camera}")}


# ---------------------------------------------------------------- what takes it away
def sign_out(viewer: Viewer) -> None:
    answer = viewer.house.hearth.ask("DELETE", "/session", token="", headers=viewer.headers, body={})
    assert answer.status == 204


def end_session(viewer: Viewer) -> None:
    hearth = viewer.house.hearth
    mine = [each for each in hearth.get("/session/list")["sessions"] if each["person"] == viewer.name]
    assert len(mine) == 1
    hearth.do("person", "signout", viewer.name, "--session", mine[0]["id"])


def end_sessions(viewer: Viewer) -> None:
    viewer.house.hearth.do("person", "signout", viewer.name)


def change_password(viewer: Viewer) -> None:
    answer = viewer.house.hearth.ask("PUT", f"/people/{encoded(viewer.name)}/password", token="", headers=viewer.headers,
                                     body={"old": PASSWORD, "password": PASSWORD + " anew"})
    assert answer.status == 204, answer.body


def revoke_token(viewer: Viewer) -> None:
    hearth = viewer.house.hearth
    mine = [each for each in hearth.get("/tokens")["tokens"] if each["person"] == viewer.name]
    hearth.do("token", "revoke", mine[0]["id"])


def revoke_grant(viewer: Viewer) -> None:
    viewer.house.hearth.do("person", "revoke", viewer.name, CAMERA)


def narrow_right(viewer: Viewer) -> None:
    viewer.house.hearth.do("person", "grant", viewer.name, CAMERA, "export")


def end_grant(viewer: Viewer) -> None:
    """The grant's last moment comes by itself."""
    end = time.time() + 2
    viewer.house.hearth.do("person", "grant", viewer.name, CAMERA, "live,playback,export", "--until", rfc3339(end))
    time.sleep(max(0, end - time.time()))


def leave_hours(viewer: Viewer) -> None:
    """The hours that are given now are those behind the next one."""
    later = datetime.now() + timedelta(hours=1)
    hours = f"{later:%H:%M}-{later + timedelta(hours=1):%H:%M}"
    viewer.house.hearth.do("person", "grant", viewer.name, CAMERA, "live,playback,export", "--hours", hours)


def remove_person(viewer: Viewer) -> None:
    viewer.house.hearth.do("person", "remove", viewer.name)


WHOLE = {sign_out: "session", end_session: "session", end_sessions: "session", change_password: "session",
         revoke_token: "token", remove_person: "session"}
ONE_CAMERA = {revoke_grant: "token", narrow_right: "session", end_grant: "session", leave_hours: "token"}
CASES = [(take, way, what) for take, way in WHOLE.items() for what in ("live", "feed", "download")] \
    + [(take, way, what) for take, way in ONE_CAMERA.items() for what in ("live", "download")] \
    + [(revoke_token, "token", "stalled"), (sign_out, "session", "stalled"), (revoke_grant, "session", "stalled"),
       (revoke_grant, "session", "short"), (sign_out, "session", "short")]


@pytest.fixture(scope="module")
def recorded(house: House) -> House:
    """The household with more footage than any buffer between it and a viewer holds."""
    until("half a minute of footage", 60, lambda: time.time() > house.recording + 28)
    return house


@pytest.mark.parametrize(("take", "way", "what"), CASES, ids=lambda value: getattr(value, "__name__", value))
def test_what_is_taken_away_ends_what_is_open(recorded: House, take: Callable[[Viewer], None], way: str, what: str) -> None:
    viewer = newcomer(recorded, take.__name__, way)
    assert viewer.ask(f"/cameras/{viewer.camera}") == 200
    opener, path = OPEN[what]
    with opener(viewer, path.format(camera=viewer.camera)) as ended, lateness(viewer.house.hearth) as late:
        take(viewer)
        taken = time.monotonic()
        end = ended(taken + 10)
        assert end is not None, "it goes on"
        print(f"{take.__name__} ended {what} after {max(0, end - taken):.2f} s; the machine was {late():.2f} s late")
        assert end - taken <= LIMIT_SECONDS + late()
    path = f"/cameras/{viewer.camera}/video.mp4?from={rfc3339(recorded.recording + 1)}&to={rfc3339(recorded.recording + 3)}"
    assert viewer.ask(path) == (401 if take in WHOLE else 404)


def test_archiving_a_camera_ends_its_live_pictures_and_keeps_its_footage(recorded: House) -> None:
    """On a camera of its own, that reads what the garden's does."""
    hearth = recorded.hearth
    hearth.do("camera", "add", "For a while", recorded.farm.url("garden"))
    try:
        until("the new camera recording", 60, lambda: hearth.are_recording(["For a while"]))
        recorded.ids["For a while"] = hearth.cameras()["For a while"]["id"]
        viewer = newcomer(recorded, "archived", "token", "For a while")
        with socket_open(viewer, f"live?camera={viewer.camera}") as ended, lateness(hearth) as late:
            began = time.time()
            time.sleep(3)
            hearth.do("camera", "archive", "For a while")
            archived = time.monotonic()
            end = ended(archived + 10)
            assert end is not None and end - archived <= LIMIT_SECONDS + late()
        span = f"from={rfc3339(began)}&to={rfc3339(began + 2)}"
        assert viewer.ask(f"/cameras/{viewer.camera}/video.mp4?{span}") == 200
    finally:
        recorded.ids.pop("For a while", None)
        hearth.run("camera", "archive", "For a while", "--data", str(hearth.data))


def test_a_changed_password_gives_who_changed_it_a_new_session(recorded: House) -> None:
    viewer = newcomer(recorded, "renewed", "session")
    other = cookie(recorded, viewer.name)
    answer = recorded.hearth.ask("PUT", f"/people/{encoded(viewer.name)}/password", token="", headers=viewer.headers,
                                 body={"old": PASSWORD, "password": PASSWORD + " anew"})
    fresh = {"Cookie": answer.headers["set-cookie"].split(";")[0]}
    statuses = [recorded.hearth.ask("GET", "/session", token="", headers=headers).status
                for headers in (viewer.headers, other, fresh)]
    assert statuses == [401, 401, 200]
