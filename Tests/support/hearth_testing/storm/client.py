"""A small HTTP and WebSocket client that can walk away in the middle of an answer."""
from __future__ import annotations

import asyncio
import base64
import os
import re
import time
from dataclasses import dataclass, field
from typing import AsyncIterator

LENGTH = re.compile(rb"(?im)^content-length:[ \t]*(\d+)")


PATIENCE = 30                               # seconds for an answer


class Gone(Exception):
    """The server is away: it was killed, or ended the connection."""


class Unanswered(Exception):
    """The server is there and does not answer."""


@dataclass
class Answer:
    status: int
    head: bytes
    headers: dict[str, str]
    body: bytes
    asked: float                            # monotonic
    ended: float
    is_cut: bool = False                    # we walked away, or the server did


def parse(head: bytes) -> tuple[int, dict[str, str]]:
    lines = head.decode("latin-1").split("\r\n")
    pairs = (line.split(":", 1) for line in lines[1:] if ":" in line)
    return int(lines[0].split(" ")[1]), {name.lower(): value.strip() for name, value in pairs}


@dataclass
class Client:
    """One person's connection, opened when it is needed."""
    port: int
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    credential: dict[str, str] = field(default_factory=dict)

    def drop(self) -> None:
        if self.streams:
            self.streams[1].transport.abort()
            self.streams = None

    def _request(self, method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
        fields = {"Host": f"127.0.0.1:{self.port}", **self.credential, **headers}
        if body:
            fields.update({"Content-Type": "application/json", "Content-Length": str(len(body)), "Hearth-Request": "1"})
        elif method not in ("GET", "HEAD"):
            fields.update({"Hearth-Request": "1", "Content-Length": "0"})
        return (f"{method} {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items()) + "\r\n").encode() + body

    async def ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"",
                  cut: float | None = None) -> Answer:
        """One request below /api/v1. With `cut` we walk away after that share of the answer's body."""
        asked = time.monotonic()
        try:
            if not self.streams:
                self.streams = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
            reader, writer = self.streams
            writer.write(self._request(method, "/api/v1" + path, headers or {}, body))
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
            status, fields = parse(head)
            length = 0 if method == "HEAD" else int(fields.get("content-length", 0))
            wanted = length if cut is None else min(length, int(cut * length))
            try:
                content = await asyncio.wait_for(reader.readexactly(wanted), PATIENCE)
            except asyncio.IncompleteReadError as error:
                self.drop()
                return Answer(status, head, fields, error.partial, asked, time.monotonic(), True)
        except asyncio.TimeoutError as error:
            self.drop()
            raise Unanswered(f"no answer within {PATIENCE} s") from error
        except (OSError, asyncio.IncompleteReadError) as error:
            self.drop()
            raise Gone(str(error)) from error
        if wanted < length or fields.get("connection") == "close":
            self.drop()
        return Answer(status, head, fields, content, asked, time.monotonic(), wanted < length)

    async def watch(self, path: str) -> AsyncIterator[tuple[str | bytes, float]]:
        """The messages of a WebSocket, with the time they came; ends when the server closes it."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 22)
        except OSError as error:
            raise Gone(str(error)) from error
        try:
            key = base64.b64encode(os.urandom(16)).decode()
            upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13",
                       "Origin": f"http://127.0.0.1:{self.port}"}
            writer.write(self._request("GET", "/api/v1" + path, upgrade, b""))
            status, _ = parse(await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60))
            if status != 101:
                return
            while True:
                first, second = await asyncio.wait_for(reader.readexactly(2), 60)
                length = second & 127
                if length > 125:
                    length = int.from_bytes(await reader.readexactly(2 if length == 126 else 8), "big")
                payload = await reader.readexactly(length)
                if first & 15 == 8:
                    return
                if first & 15 in (1, 2):
                    yield (payload.decode() if first & 15 == 1 else payload), time.monotonic()
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError):
            return
        finally:
            writer.transport.abort()
