"""The people of a storm: each does what a seeded plan says, and looks closely at all that comes back."""
from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Awaitable, Callable
from urllib.parse import quote, urlencode

from hearth_testing.storm.client import Answer, Client, Gone, Unanswered
from hearth_testing.storm.reader import Film, Job, Loops, Pictures, Wrong, check_jpeg_seal, check_span, check_video, media_start
from hearth_testing.waiting import rfc3339, unix_time

CUT_SHARE = 0.3
# A right that is taken away ends open sockets within a second; beyond that only what this machine was late itself counts.
SOCKET_GRACE = 1.5
UNKNOWN = "0123456789abcdef" * 2
RIGHTS = ("live", "playback")


@dataclass(frozen=True)
class CameraFacts:
    id: str
    name: str
    number: int                             # of the simulated camera; 0 for the one that no picture may ever come from


@dataclass
class Held:
    """A right on a camera, and the time in which it may have been held: from when it was asked for to when its end was
    confirmed."""
    camera: str
    right: str
    since: float
    until: float = float("inf")


@dataclass
class House:
    """What all people of one process share."""
    port: int
    cameras: list[CameraFacts]
    loops: Loops
    owner: str                              # a token
    began: float                            # Unix time from which on there is footage
    jobs: Any
    counts: Counter = field(default_factory=Counter)
    events: dict[str, dict] = field(default_factory=dict)   # of the whole house, as the owner sees them
    strips: dict[str, list[str]] = field(default_factory=dict)     # the times of each camera's pictures, as anybody was told
    lags: list[tuple[float, float]] = field(default_factory=list)
    pictures: Pictures = field(init=False)

    def __post_init__(self) -> None:
        self.pictures = Pictures(self.jobs)
        self.by_id = {camera.id: camera for camera in self.cameras}

    def late(self, since: float) -> float:
        """How late this process itself was at worst."""
        return max((lag for at, lag in self.lags if at >= since - 5), default=0)


class Person:
    def __init__(self, house: House, name: str, password: str, seed: int, grants: dict[str, list[str]], token: str | None,
                 is_owner: bool = False):
        self.house, self.name, self.password, self.token, self.is_owner = house, name, password, token, is_owner
        self.random = random.Random(seed)
        self.client = Client(house.port)
        self.held = [Held(camera, right, 0) for camera, rights in grants.items() for right in rights]
        if token:
            self.client.credential = {"Authorization": f"Bearer {token}"}
        self.signed_in = bool(token)
        self.doing = ""
        self.until = 0.0                    # when they go home, monotonic

    # ------------------------------------------------------------ what may be seen
    def may(self, camera: str, right: str | None, since: float, until: float) -> bool:
        """Whether the right (any, when none is named) may have been held at some moment of that time."""
        if self.is_owner:
            return True
        return any(held.camera == camera and (right is None or held.right == right) and held.since <= until and held.until >= since
                   for held in self.held)

    def look_at(self, text: bytes, since: float, until: float) -> None:
        """Nothing of a camera without any right: neither its id nor its name."""
        for camera in self.house.cameras:
            if (camera.id.encode() in text or camera.name.encode() in text) and not self.may(camera.id, None, since, until):
                raise Wrong(f"something about {camera.name}, which they have no right on: {text[:300]!r}")

    async def ask(self, method: str, path: str, body: Any = None, cut: bool = True, **headers: str) -> Answer:
        """Asks, perhaps walks away, and looks at what is the same for all answers."""
        self.doing = f"{method} {path} {headers or ''}"
        share = self.random.random() if cut and self.random.random() < CUT_SHARE else None
        answer = await self.client.ask(method, path, {name.replace("_", "-"): value for name, value in headers.items()},
                                       json.dumps(body).encode() if body is not None else b"", share)
        counts = self.house.counts
        counts["responses"] += 1
        counts[f"status {answer.status}"] += 1
        counts["cut"] += answer.is_cut
        if answer.status >= 500 and answer.status != 503:
            raise Wrong(f"answered {answer.status}: {answer.body[:200]!r}")
        if self.signed_in and answer.status == 401:
            raise Wrong("a sign-in that holds was refused")
        self.look_at(answer.head, answer.asked, answer.ended)
        kind = answer.headers.get("content-type", "")
        if not kind.startswith(("video/", "image/")):
            self.look_at(answer.body, answer.asked, answer.ended)
        return answer

    # ------------------------------------------------------------ what they do
    def camera(self) -> CameraFacts:
        """Mostly one of theirs, now and then another's."""
        mine = [camera for camera in self.house.cameras if self.may(camera.id, None, *[time.monotonic()] * 2)]
        return self.random.choice(mine if mine and self.random.random() < 0.85 else self.house.cameras)

    def event(self) -> dict | None:
        """Mostly a new one, mostly of theirs."""
        camera = self.camera().id
        events = [event for event in self.house.events.values() if event["camera"] == camera][-6:]
        return self.random.choice(events) if events else None

    async def list_cameras(self) -> None:
        answer = await self.ask("GET", "/cameras")
        if answer.status == 200 and not answer.is_cut:
            for camera in json.loads(answer.body)["cameras"]:
                self._expect(camera["id"], None, answer)

    async def list_events(self) -> None:
        query = {"limit": self.random.choice([1, 10, 50])}
        if self.random.random() < 0.3:
            query["camera"] = self.camera().id
        answer = await self.ask("GET", "/events?" + urlencode(query))
        if answer.status == 200 and not answer.is_cut:
            for event in json.loads(answer.body)["events"]:
                self._expect(event["camera"], "playback", answer)
                self._expect(event["id"].split("-")[0], "playback", answer)

    async def list_views(self) -> None:
        answer = await self.ask("GET", "/views?limit=20")
        if answer.status == 200 and not answer.is_cut:
            for view in json.loads(answer.body)["views"]:
                # Who may watch a camera, live or later, may know who watched it.
                if not self.may(view["camera"], "playback", answer.asked, answer.ended):
                    self._expect(view["camera"], "live", answer)

    async def show_camera(self) -> None:
        camera = self.camera()
        answer = await self.ask("GET", f"/cameras/{camera.id}")
        if answer.status == 200:
            self._expect(camera.id, None, answer)

    async def show_coverage(self) -> None:
        camera, now = self.camera(), time.time()
        answer = await self.ask("GET", f"/cameras/{camera.id}/coverage?" + urlencode({"from": rfc3339(now - 60), "to": rfc3339(now)}))
        if answer.status == 200:
            self._expect(camera.id, "playback", answer)

    async def show_event(self) -> None:
        if event := self.event():
            answer = await self.ask("GET", f"/events/{event['id']}")
            if answer.status == 200:
                self._expect(event["camera"], "playback", answer)

    async def unknown(self) -> None:
        """What is not there, or a mixture of two cameras' names, answers 404 to anybody."""
        event = self.event()
        raw = event["id"].split("-")[1] if event else UNKNOWN
        wrong = self.random.choice(self.house.cameras).id if event is None else self.random.choice(
            [camera.id for camera in self.house.cameras if camera.id != event["camera"]])
        path = self.random.choice([f"/cameras/{UNKNOWN}/snapshot.jpg", f"/events/{wrong}-{raw}/thumbnail.jpg",
                                   f"/events/{wrong}-{raw}/clip.mp4", f"/events/{wrong}-{raw}"])
        answer = await self.ask("GET", path)
        if answer.status != 404:
            raise Wrong(f"answered {answer.status} for what is not there")

    async def thumbnail(self) -> None:
        if event := self.event():
            answer = await self.ask("GET", f"/events/{event['id']}/thumbnail.jpg")
            self.take_picture(answer, event["camera"], "playback")

    async def filmstrip(self) -> None:
        """The list of the last minutes, and some pictures out of it; now and then by the time of another camera's picture."""
        camera, now = self.camera(), time.time()
        query = urlencode({"from": rfc3339(now - 600), "to": rfc3339(now + 5), "limit": 500})
        answer = await self.ask("GET", f"/cameras/{camera.id}/filmstrip?{query}")
        if answer.status == 200:
            self._expect(camera.id, "playback", answer)
            if not answer.is_cut:
                found = json.loads(answer.body)
                if found["camera"] != camera.id:
                    raise Wrong(f"a filmstrip that says it is of camera {found['camera']}")
                self.house.strips[camera.id] = found["pictures"]
        elsewhere = self.random.random() < 0.2
        times = self.house.strips.get(self.random.choice(self.house.cameras).id if elsewhere else camera.id)
        for at in self.random.sample(times[-12:], min(3, len(times))) if times else []:
            answer = await self.ask("GET", f"/cameras/{camera.id}/filmstrip.jpg?" + urlencode({"at": at}))
            self.take_picture(answer, camera.id, "playback")
            self.house.counts["filmstrip pictures"] += answer.status == 200

    async def snapshot(self) -> None:
        camera = self.camera()
        self.take_picture(await self.ask("GET", f"/cameras/{camera.id}/snapshot.jpg"), camera.id, "live")

    async def clip(self) -> None:
        if event := self.event():
            since = unix_time(event["start"]) - 10
            until = unix_time(event["end"]) + 30 if event.get("end") else time.time() + 30
            await self.sitting(f"/events/{event['id']}/clip.mp4", event["camera"], "main", since, until)

    async def video(self) -> None:
        camera, now = self.camera(), time.time()
        since = self.random.uniform(max(self.house.began, now - 120), now - 2)
        until = min(now, since + self.random.uniform(1, 12))
        stream = self.random.choice(["main", "main", "detect"])
        query = urlencode({"from": rfc3339(since), "to": rfc3339(until), "stream": stream})
        await self.sitting(f"/cameras/{camera.id}/video.mp4?{query}", camera.id, "main" if stream == "main" else "sub", since, until)

    async def sitting(self, path: str, camera: str, stream: str, since: float, until: float) -> None:
        """The whole file, or as far as they stay; then some seeking in it."""
        answer = await self.ask("GET", path)
        film = self.take_video(answer, camera, stream, since, until)
        length, head = int(answer.headers.get("content-length", 0)), media_start(answer.body)
        if answer.status != 200 or film is None or head == len(answer.body):
            return
        if not answer.is_cut and self.random.random() < 0.02:
            numbers = [(mark.stream, mark.frame) for mark in film.marks]
            self.house.jobs.put(Job("mp4", answer.body, self.house.by_id[camera].number, numbers, f"{self.name}: {self.doing}"))
        for _ in range(self.random.randrange(4)):
            first = self.random.randrange(length)
            last = min(length - 1, first + self.random.randrange(100, 60_000))
            part = await self.ask("GET", path, Range=f"bytes={first}-{last}", If_Range=answer.headers["etag"])
            # When the file is another by now, the whole of it comes.
            self.take_video(part, camera, stream, since, until, None if part.status == 200 else max(0, head - first))

    async def live(self) -> None:
        camera = self.camera()
        stream = self.random.choice(["main", "main", "detect"])
        doing = f"live of {camera.name}, {stream}"
        kept: list[bytes] = []
        frames: list[tuple[str, int]] = []

        async def look(message: str | bytes, at: float) -> None:
            found = self.take_live(message, at, camera, "main" if stream == "main" else "sub")
            if isinstance(message, bytes) and len(frames) < 30:
                if message[0] == 0:             # a new stream begins
                    kept.clear()
                    frames.clear()
                kept.append(body_of(message))
                frames.extend(found)

        await self.watch(f"/live?camera={camera.id}&stream={stream}", self.random.uniform(0.5, 5), doing, look)
        self.house.counts["live views"] += bool(frames)
        if frames and self.random.random() < 0.1:
            self.house.jobs.put(Job("mp4", b"".join(kept), camera.number, frames, f"{self.name}: {doing}"))

    async def feed(self) -> None:
        async def look(message: str | bytes, at: float) -> None:
            self.house.counts["feed messages"] += 1
            since, text = at - self.slack(at), message.encode() if isinstance(message, str) else message
            self.look_at(text, since, at)
            if event := json.loads(text).get("event"):
                self._expect_between(event["camera"], "playback", since, at)

        await self.watch("/feed", self.random.uniform(1, 8), "feed", look)

    async def watch(self, path: str, seconds: float, doing: str, look: Callable[[str | bytes, float], Awaitable[None]]) -> None:
        """Takes what a socket sends for a while, beside everything else this person does."""
        messages = Client(self.house.port, credential=dict(self.client.credential)).watch(path)

        async def listen() -> None:
            async for message, at in messages:
                await look(message, at)

        try:
            await asyncio.wait_for(listen(), max(0.1, min(seconds, self.until - time.monotonic())))
        except asyncio.TimeoutError:
            pass
        except Wrong as wrong:
            raise Wrong(f"{self.name}, {doing}: {wrong}") from wrong
        finally:
            await messages.aclose()

    async def change_sign_in(self) -> None:
        """Signs out and in again; the old session must be worth nothing from then on."""
        if self.token:
            return await self.list_cameras()
        if self.signed_in:
            self.signed_in = False
            answer = await self.ask("DELETE", "/session", cut=False)
            if answer.status != 204:
                raise Wrong(f"signing out answered {answer.status}")
            answer = await self.ask("GET", self.random.choice(["/cameras", "/events", "/session", "/views"]), cut=False)
            if answer.status != 401:
                raise Wrong(f"an ended session was answered {answer.status}")
        self.client.credential = {}
        answer = await self.ask("POST", "/session", {"name": self.name, "password": self.password}, cut=False)
        cookie = re.search(r"hearth=([^;]+)", answer.headers.get("set-cookie", ""))
        if answer.status == 200 and cookie:
            self.client.credential = {"Cookie": f"hearth={cookie[1]}"}
            self.signed_in = True
            self.house.counts["sign-ins"] += 1
            if json.loads(answer.body)["person"]["name"] != self.name:
                raise Wrong(f"signed in as {answer.body[:200]!r}")
        elif answer.status in (429, 503):
            await asyncio.sleep(float(answer.headers.get("retry-after", 1)))
        else:
            raise Wrong(f"signing in answered {answer.status}")

    # ------------------------------------------------------------ what came back
    def slack(self, at: float) -> float:
        return SOCKET_GRACE + self.house.late(at)

    def _expect(self, camera: str, right: str | None, answer: Answer) -> None:
        self._expect_between(camera, right, answer.asked, answer.ended)

    def _expect_between(self, camera: str, right: str | None, since: float, until: float) -> None:
        if camera not in self.house.by_id or not self.may(camera, right, since, until):
            raise Wrong(f"something about camera {camera} without the right {right or 'to anything'}")

    def _expect_media(self, answer: Answer, camera: str, right: str) -> bool:
        if answer.status in (404, 409, 416, 401, 503, 429):
            return False
        self._expect(camera, right, answer)
        if answer.headers.get("hearth-camera") != camera or "no-store" not in answer.headers.get("cache-control", ""):
            raise Wrong(f"the answer names camera {answer.headers.get('hearth-camera')}: {answer.head[:400]!r}")
        if answer.status not in (200, 206):
            raise Wrong(f"answered {answer.status}")
        return True

    def take_picture(self, answer: Answer, camera: str, right: str) -> None:
        if not self._expect_media(answer, camera, right):
            return
        self.house.counts["pictures"] += 1
        check_jpeg_seal(answer.body, camera)
        if not answer.is_cut:
            self.house.pictures.check(answer.body, self.house.by_id[camera].number, f"{self.name}: {self.doing}")

    def take_video(self, answer: Answer, camera: str, stream: str, since: float, until: float,
                   head: int | None = None) -> Film | None:
        if not self._expect_media(answer, camera, "playback"):
            return None
        film = check_video(answer.body, self.house.loops, self.house.by_id[camera].number, stream, head)
        check_span(film, since, until)
        self.house.counts["videos"] += 1
        self.house.counts["frames"] += len(film.marks)
        return film

    def take_live(self, message: str | bytes, at: float, camera: CameraFacts, stream: str) -> list[tuple[str, int]]:
        self._expect_between(camera.id, "live", at - self.slack(at), at)
        if isinstance(message, str):
            self.look_at(message.encode(), at - self.slack(at), at)
            return []
        self.house.counts["live messages"] += 1
        if message[1:17].hex() != camera.id:
            raise Wrong(f"a live message of camera {message[1:17].hex()}")
        film = check_video(body_of(message), self.house.loops, camera.number, stream)
        if message[0] == 1 and len(film.marks) != 1:
            raise Wrong(f"a live message with {len(film.marks)} frames")
        self.house.counts["frames"] += len(film.marks)
        return [(mark.stream, mark.frame) for mark in film.marks]

    # ------------------------------------------------------------ the storm
    async def run(self, until: float) -> None:
        self.until = until
        deeds: list[tuple[Callable[[], Awaitable[None]], int]] = [
            (self.list_cameras, 12), (self.list_events, 12), (self.list_views, 3), (self.show_camera, 6), (self.show_coverage, 4),
            (self.show_event, 8), (self.unknown, 6), (self.thumbnail, 30), (self.filmstrip, 8), (self.snapshot, 5), (self.clip, 8), (self.video, 10),
            (self.change_sign_in, 0.3)]
        doing, weights = zip(*deeds)
        while time.monotonic() < until:
            deed = self.random.choices(doing, weights)[0] if self.signed_in else self.change_sign_in
            try:
                await deed()
            except Gone:
                self.house.counts["server away"] += 1
                await asyncio.sleep(0.2)
            except (Wrong, Unanswered) as wrong:
                raise Wrong(f"{self.name}, {self.doing}: {wrong}") from wrong

    async def watch_now_and_then(self, until: float) -> None:
        """The pictures of a wall, beside everything else."""
        while time.monotonic() < until:
            try:
                if self.signed_in:
                    await (self.live() if self.random.random() < 0.8 else self.feed())
            except Gone:
                pass
            await asyncio.sleep(self.random.uniform(0.2, 2))

    async def change_grants(self, until: float) -> None:
        """The owner takes a right of theirs away and gives it back, again and again."""
        owner = Client(self.house.port, credential={"Authorization": f"Bearer {self.house.owner}"})
        own = sorted({held.camera for held in self.held})
        while time.monotonic() < until:
            await asyncio.sleep(self.random.uniform(1, 4))
            camera = self.random.choice(own)
            try:
                await self._revoke(owner, camera)
                await asyncio.sleep(self.random.uniform(0.5, 3))
                await self._grant(owner, camera)
            except Gone:
                await asyncio.sleep(0.2)

    async def _revoke(self, owner: Client, camera: str) -> None:
        answer = await owner.ask("DELETE", f"/people/{quote(self.name)}/grants/{camera}")
        if answer.status != 204:
            raise Wrong(f"taking a grant away answered {answer.status}: {answer.body[:200]!r}")
        for held in self.held:
            if held.camera == camera:
                held.until = min(held.until, answer.ended)
        self.house.counts["grants changed"] += 1

    async def _grant(self, owner: Client, camera: str) -> None:
        """From the moment of asking it may be held, whatever becomes of the answer."""
        now = time.monotonic()
        self.held = [held for held in self.held if held.until > now - 30] + [Held(camera, right, now) for right in RIGHTS]
        body = json.dumps({"camera": camera, "rights": RIGHTS}).encode()
        await owner.ask("PUT", f"/people/{quote(self.name)}/grants", body=body)


def body_of(message: bytes) -> bytes:
    """A live message without its head of 29 bytes."""
    return message[29:]


# ---------------------------------------------------------------- a process with some of the people
@dataclass(frozen=True)
class Guest:
    """Somebody as the storm's plan has them."""
    name: str
    password: str
    seed: int
    grants: dict[str, list[str]]
    token: str | None
    is_owner: bool
    changes: bool                           # whether their grants change during the storm


async def follow_events(house: House, until: float) -> None:
    """Keeps in mind which events there are, so that people can ask for what is not theirs."""
    owner = Client(house.port, credential={"Authorization": f"Bearer {house.owner}"})
    while time.monotonic() < until:
        try:
            answer = await owner.ask("GET", "/events?limit=300")
            for event in reversed(json.loads(answer.body)["events"]) if answer.status == 200 else []:
                house.events[event["id"]] = event
        except Gone:
            pass
        await asyncio.sleep(1.5)


async def watch_lateness(house: House, until: float) -> None:
    while (before := time.monotonic()) < until:
        await asyncio.sleep(0.05)
        lag = time.monotonic() - before - 0.05
        house.lags = [(at, late) for at, late in house.lags if at > before - 10] + [(before, lag)]


async def storm(house: House, guests: list[Guest], seconds: float) -> None:
    until = time.monotonic() + seconds
    people = [Person(house, guest.name, guest.password, guest.seed, guest.grants, guest.token, guest.is_owner) for guest in guests]
    tasks = [asyncio.create_task(each) for each in [
        follow_events(house, until), watch_lateness(house, until), *[person.run(until) for person in people],
        *[person.watch_now_and_then(until) for person in people],
        *[person.change_grants(until) for person, guest in zip(people, guests) if guest.changes]]]
    done, pending = await asyncio.wait(tasks, timeout=seconds + 90, return_when=asyncio.FIRST_EXCEPTION)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        task.result()


def take_part(house: dict, paths: dict[tuple[int, str], str], guests: list[Guest], seconds: float, jobs: Any, results: Any) -> None:
    """A process' whole life."""
    shared = House(loops=Loops(paths), jobs=jobs, **house)
    wrong = None
    try:
        asyncio.run(storm(shared, guests, seconds))
    except (Wrong, Unanswered) as found:
        wrong = str(found)
    results.put((wrong, dict(shared.counts)))
