"""Between Hearth and a camera: a line that is slow, or a camera that lies about its sessions; and a second guest.

A lying camera gives Hearth the session id that another camera gave to somebody else, and sends that other camera's
packets on a channel that nobody asked for. What it puts into its own channel no recorder could tell from its scene.
"""
from __future__ import annotations

import asyncio
import random
import re
from typing import Callable

SESSION = re.compile(rb"(?im)^(Session:[ \t]*)([^;\r\n]+)")
FOREIGN_CHANNEL = 77


async def message(reader: asyncio.StreamReader) -> bytes:
    """One RTSP message with its body, or one interleaved packet (RFC 2326, section 10.12)."""
    first = await reader.readexactly(1)
    if first == b"$":
        head = await reader.readexactly(3)
        return first + head + await reader.readexactly(int.from_bytes(head[1:], "big"))
    head = first + await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?im)^Content-Length:[ \t]*(\d+)", head)
    return head + (await reader.readexactly(int(length[1])) if length else b"")


class Guest:
    """Somebody else who watches a camera: a second session beside Hearth's."""

    def __init__(self, port: int, path: str):
        self.port, self.path = port, path
        self.session = b""
        self.listeners: set[Callable[[bytes], None]] = set()

    async def watch(self) -> None:
        """Watches for ever, and comes back after each end."""
        while True:
            try:
                await self._watch_once()
            except (OSError, asyncio.IncompleteReadError, AssertionError):
                pass
            self.session = b""
            await asyncio.sleep(0.5)

    async def _watch_once(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            url = f"rtsp://127.0.0.1:{self.port}/{self.path}"

            async def ask(number: int, method: str, target: str, more: str = "") -> bytes:
                writer.write(f"{method} {target} RTSP/1.0\r\nCSeq: {number}\r\n{more}\r\n".encode())
                while (answer := await message(reader)).startswith(b"$"):
                    pass
                assert answer.startswith(b"RTSP/1.0 200"), answer
                return answer

            description = await ask(1, "DESCRIBE", url, "Accept: application/sdp\r\n")
            control = re.findall(rb"a=control:(\S+)", description)[-1].decode()
            target = control if "://" in control else f"{url}/{control}"
            answer = await ask(2, "SETUP", target, "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n")
            found = SESSION.search(answer)
            assert found
            self.session = found[2].strip()
            await ask(3, "PLAY", url, f"Session: {self.session.decode()}\r\n")
            while True:
                packet = await message(reader)
                if packet.startswith(b"$"):
                    for listener in self.listeners:
                        listener(packet)
        finally:
            writer.close()


class Line:
    """A camera's address as Hearth is told of it."""

    def __init__(self, camera_port: int, seed: int, slow: bool = False, lies_with: Guest | None = None):
        self.camera_port, self.slow, self.lies_with = camera_port, slow, lies_with
        self.random = random.Random(seed)
        self.port = 0

    async def open(self) -> None:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            camera = await asyncio.open_connection("127.0.0.1", self.camera_port)
        except OSError:
            return writer.close()
        names: dict[bytes, bytes] = {}          # what Hearth was told -> what the camera said
        ways = [asyncio.create_task(self._up(reader, camera[1], names)),
                asyncio.create_task(self._down(camera[0], writer, names))]
        listener = self._foreign(writer)
        if self.lies_with:
            self.lies_with.listeners.add(listener)
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if self.lies_with:
                self.lies_with.listeners.discard(listener)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            writer.close()
            camera[1].close()

    @staticmethod
    def _foreign(writer: asyncio.StreamWriter) -> Callable[[bytes], None]:
        def send(packet: bytes) -> None:
            if not writer.is_closing():
                writer.write(b"$" + bytes([FOREIGN_CHANNEL]) + packet[2:])
        return send

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, names: dict[bytes, bytes]) -> None:
        while True:
            text = await message(reader)
            if not text.startswith(b"$"):
                text = SESSION.sub(lambda found: found[1] + names.get(found[2].strip(), found[2]), text)
            writer.write(text)
            await writer.drain()

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, names: dict[bytes, bytes]) -> None:
        while True:
            text = await message(reader)
            if not text.startswith(b"$"):
                if self.slow:
                    await asyncio.sleep(self.random.uniform(0.1, 0.8))
                if self.lies_with and self.lies_with.session:
                    text = self._renamed(text, self.lies_with.session, names)
            elif self.slow and self.random.random() < 0.02:
                await asyncio.sleep(self.random.uniform(0.05, 0.4))
            writer.write(text)
            await writer.drain()

    @staticmethod
    def _renamed(text: bytes, lie: bytes, names: dict[bytes, bytes]) -> bytes:
        """The same lie for as long as a connection lasts."""
        def rename(found: re.Match[bytes]) -> bytes:
            told = next((told for told, own in names.items() if own == found[2].strip()), lie)
            names[told] = found[2].strip()
            return found[1] + told
        return SESSION.sub(rename, text)
