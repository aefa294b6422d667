"""Cameras that are broken, or want to break whoever reads them: an RTSP server of a few lines, one behaviour for each port.

The words of the protocol are RFC 2326's, those of the packets RFC 3550's and RFC 6184's.
"""
from __future__ import annotations

import base64
import random
import socket
import struct
import threading
import time
from typing import Callable

from streams import START_CODE, AccessUnit, Track

SUB_RATE = 10                       # pictures a second of the stored loops that are shown
OUTSIDE = "rtsp://93.184.215.14/main"
SMALL_ENOUGH = 60_000               # of a description that is still read


class Gone(Exception):
    """The recorder has hung up."""


class Session:
    """One connection of the recorder's."""

    def __init__(self, connection: socket.socket, camera: "HostileCamera"):
        self.connection, self.camera = connection, camera
        self.sequence, self.source = 100, 0x1234
        self.random = random.Random(camera.name)

    # -- RTSP
    def request(self) -> str:
        data = b""
        while not data.endswith(b"\r\n\r\n"):
            byte = self.connection.recv(1)
            if not byte:
                raise Gone
            data += byte
        return data.decode("latin-1")

    def send(self, data: bytes) -> None:
        try:
            self.connection.sendall(data)
        except OSError:
            raise Gone from None

    def answer(self, request: str, status: str = "200 OK", headers: tuple[str, ...] = (), body: bytes = b"") -> None:
        number = next((line for line in request.split("\r\n") if line.startswith("CSeq:")), "CSeq: 0")
        lines = [f"RTSP/1.0 {status}", number, *headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode() + body)

    def until(self, method: str) -> str:
        """Answers as a camera would until it is asked this."""
        while True:
            request = self.request()
            if request.startswith(method + " "):
                return request
            self.answer(request, headers=("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN",))

    def play(self, description: bytes | None = None) -> None:
        """Goes on to PLAY, with the description of the sound stream that it has unless another is given."""
        self.answer(self.until("DESCRIBE"), headers=("Content-Type: application/sdp",),
                    body=self.camera.description() if description is None else description)
        channel = 0
        while True:
            request = self.request()
            if request.startswith("SETUP "):
                self.answer(request, headers=("Session: 4711;timeout=60",
                                              f"Transport: RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"))
                channel += 2
            else:
                self.answer(request, headers=("Session: 4711",))
                if request.startswith("PLAY "):
                    return

    def wait(self) -> None:
        """Until the recorder hangs up; what it says is taken and not answered."""
        while self.connection.recv(4096):
            pass
        raise Gone

    # -- RTP
    def packet(self, payload: bytes, stamp: int, marker: bool) -> bytes:
        head = struct.pack(">BBHII", 0x80, 96 | marker << 7, self.sequence & 0xffff, stamp & 0xffffffff, self.source)
        self.sequence += 1
        return b"$" + struct.pack(">BH", 0, len(head) + len(payload)) + head + payload

    def packets(self, units: list[bytes], stamp: int) -> list[bytes]:
        """An access unit: small NAL units alone, large ones in pieces (FU-A)."""
        made = []
        for index, unit in enumerate(units):
            last = index == len(units) - 1
            if len(unit) <= 1200:
                made.append(self.packet(unit, stamp, last))
                continue
            for at in range(1, len(unit), 1200):
                end = at + 1200 >= len(unit)
                kind = unit[0] & 31 | (at == 1) << 7 | end << 6
                made.append(self.packet(bytes([unit[0] & 0xe0 | 28, kind]) + unit[at:at + 1200], stamp, last and end))
        return made

    def film(self, stamps: Callable[[int], int] = lambda frame: frame * 90_000 // SUB_RATE,
             harm: Callable[[list[bytes]], list[bytes]] = lambda packets: packets,
             choose: Callable[[AccessUnit], bool] = lambda unit: True, seconds: float = 1e9,
             units: list[AccessUnit] | None = None) -> None:
        """The picture of a stored loop in its own time, with the given harm done to it."""
        began, units = time.monotonic(), units or self.camera.track.units
        for frame in range(1 << 30):
            if frame / SUB_RATE > seconds:
                return
            time.sleep(max(0.0, began + frame / SUB_RATE - time.monotonic()))
            unit = units[frame % len(units)]
            if choose(unit):
                self.send(b"".join(harm(self.packets(nal_units(unit.header + unit.picture), stamps(frame)))))


def nal_units(data: bytes) -> list[bytes]:
    return [unit for unit in data.split(START_CODE) if unit]


class HostileCamera:
    """A port that behaves as its function says, for every connection anew."""

    def __init__(self, name: str, behave: Callable[[Session], None], track: Track):
        self.name, self.behave, self.track = name, behave, track
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                self.behave(Session(connection, self))
            except (Gone, OSError):
                pass

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/main"

    def description(self, sets: list[bytes] | None = None, codec: str = "H264/90000", media: int = 1) -> bytes:
        sets = nal_units(self.track.units[0].header) if sets is None else sets
        sprop = ",".join(base64.b64encode(unit).decode() for unit in sets)
        lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", f"s={self.name}", "t=0 0", "a=control:*"]
        for number in range(media):
            lines += ["m=video 0 RTP/AVP 96", f"a=rtpmap:96 {codec}", f"a=control:track{number}"]
            if codec.startswith("H264") and media == 1:
                lines.append(f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={sprop}")
        return "".join(line + "\r\n" for line in lines).encode()

    def stop(self) -> None:
        self.listener.close()


# ---------------------------------------------------------------- a picture that nobody could pay for
class Bits:
    def __init__(self) -> None:
        self.bits = ""

    def fixed(self, value: int, width: int) -> "Bits":
        self.bits += format(value, f"0{width}b")
        return self

    def golomb(self, *values: int) -> "Bits":
        for value in values:
            digits = format(value + 1, "b")
            self.bits += "0" * (len(digits) - 1) + digits
        return self

    def unit(self, head: int) -> bytes:
        """A NAL unit with its emulation prevention (H.264, 7.4.1)."""
        bits = self.bits + "1"
        bits += "0" * (-len(bits) % 8)
        made, zeroes = bytearray([head]), 0
        for byte in (int(bits[at:at + 8], 2) for at in range(0, len(bits), 8)):
            if zeroes >= 2 and byte <= 3:
                made.append(3)
                zeroes = 0
            made.append(byte)
            zeroes = zeroes + 1 if byte == 0 else 0
        return bytes(made)


def parameter_sets(width: int, height: int) -> list[bytes]:
    """H.264, 7.3.2.1 and 7.3.2.2: baseline, level 5.1, whatever size is asked for."""
    sequence = Bits().fixed(66, 8).fixed(0, 8).fixed(51, 8).golomb(0, 0, 2, 1).fixed(0, 1)
    sequence.golomb(width // 16 - 1, height // 16 - 1).fixed(0b1100, 4)
    picture = Bits().golomb(0, 0).fixed(0, 2).golomb(0, 0, 0).fixed(0, 3).golomb(0, 0, 0).fixed(0, 3)
    return [sequence.unit(0x67), picture.unit(0x68)]


# ---------------------------------------------------------------- the behaviours
def mute(session: Session) -> None:
    session.wait()


def drip(session: Session) -> None:
    session.request()
    for byte in b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY\r\nX-More: " + b"a" * 500:
        session.send(bytes([byte]))
        time.sleep(1)


def half_open(session: Session) -> None:
    session.play()
    session.film(seconds=3)
    time.sleep(3600)                                    # neither reads nor writes, and never closes


def redirected(target: Callable[[Session], str], status: str) -> Callable[[Session], None]:
    def behave(session: Session) -> None:
        while True:
            session.answer(session.until("DESCRIBE"), status, (f"Location: {target(session)}",))
    return behave


def redirect_request(session: Session) -> None:
    session.play()
    session.film(seconds=2)
    session.send(f"REDIRECT rtsp://127.0.0.1/main RTSP/1.0\r\nCSeq: 7\r\nLocation: {OUTSIDE}\r\n\r\n".encode())
    session.wait()


def endless_header(session: Session) -> None:
    session.until("DESCRIBE")
    session.send(b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nX-Fill: ")
    while True:
        session.send(b"a" * 4096)


def endless_headers(session: Session) -> None:
    session.until("DESCRIBE")
    session.send(b"RTSP/1.0 200 OK\r\nCSeq: 2\r\n")
    while True:
        session.send(b"X-Fill: a\r\n" * 500)


def huge_description(session: Session) -> None:
    session.until("DESCRIBE")
    session.send(b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Type: application/sdp\r\nContent-Length: 50000000\r\n\r\n")
    for _ in range(50_000_000 // 65536 + 1):
        session.send(b"a=fill:aaaaaaaa\n" * 4096)
    session.wait()


def of_length(length: str) -> Callable[[Session], None]:
    def behave(session: Session) -> None:
        session.answer(session.until("DESCRIBE"), headers=("Content-Type: application/sdp", f"Content-Length: {length}"))
        session.wait()
    return behave


def empty_description(session: Session) -> None:
    session.answer(session.until("DESCRIBE"), headers=("Content-Type: application/sdp", "Content-Length: 0"))
    session.wait()


def many_media(session: Session) -> None:
    session.play(session.camera.description(media=800)[:SMALL_ENOUGH])
    session.wait()


def codec(name: str) -> Callable[[Session], None]:
    def behave(session: Session) -> None:
        session.play(session.camera.description(codec=name))
        session.wait()
    return behave


def bomb(session: Session) -> None:
    sets = parameter_sets(16384, 16384)
    session.play(session.camera.description(sets=sets))
    header = b"".join(START_CODE + unit for unit in sets)
    session.film(units=[AccessUnit(True, header, unit.picture) for unit in session.camera.track.units if unit.key])


def no_keyframe(session: Session) -> None:
    session.play()
    session.film(choose=lambda unit: not unit.key)


def jumps(session: Session) -> None:
    """Half the range ahead, back again, equal, backwards."""
    session.play()

    def stamp(frame: int) -> int:
        regular = frame * 90_000 // SUB_RATE
        turn = frame // (2 * SUB_RATE) % 5
        return [regular, regular + (1 << 31), regular - (1 << 31) + 5, regular // 90_000 * 90_000, -regular][turn]

    session.film(stamps=stamp)


def lossy(session: Session) -> None:
    """Loses, doubles and exchanges packets, and changes its name."""
    session.play()

    def harm(packets: list[bytes]) -> list[bytes]:
        chance = session.random
        kept = [packet for packet in packets if chance.random() > 0.2]
        if kept and chance.random() < 0.3:
            kept.insert(chance.randrange(len(kept)), chance.choice(kept))
        if chance.random() < 0.3:
            chance.shuffle(kept)
        if chance.random() < 0.05:
            session.source = chance.getrandbits(32)
        if chance.random() < 0.1:
            session.sequence += chance.randrange(1, 40_000)
        return kept

    session.film(harm=harm)


def flood(session: Session) -> None:
    """Ten thousand pictures a second, as far as the recorder takes them."""
    session.play()
    units = session.camera.track.units
    session.send(b"".join(session.packets(nal_units(units[0].header + units[0].picture), 0)))
    small = min((unit for unit in units if not unit.key), key=lambda unit: len(unit.picture))
    began, frame = time.monotonic(), 1
    while True:
        while frame < (time.monotonic() - began) * 10_000:
            session.send(b"".join(b"".join(session.packets(nal_units(small.picture), (frame + more) * 9)) for more in range(100)))
            frame += 100
        time.sleep(0.005)


def garbage(session: Session) -> None:
    session.play()
    session.film(seconds=2)
    while True:
        session.send(b"$" + struct.pack(">BH", session.random.randrange(256), 65535) + session.random.randbytes(20_000))
        time.sleep(0.2)


def broken_packets(session: Session) -> None:
    """Packets whose headers and lengths lie."""
    session.play()
    session.film(seconds=2)
    chance = session.random
    kinds = [bytes([24, 0xff, 0xff, 0x65]), bytes([24]) + bytes(40), bytes([0x7c, 0x45]) + bytes(9), b"\x67", b"",
             bytes([0x7c, 0x85]), bytes([25, 0, 0, 0]), bytes([0xff]) * 60]
    while True:
        payload = chance.choice(kinds) + chance.randbytes(chance.randrange(40))
        packet = bytearray(session.packet(payload, chance.getrandbits(32), chance.random() < 0.5))
        packet[4] = chance.choice([0x80, 0x90, 0xa0, 0xbf, 0x00])       # extensions, padding and sources that are not there
        session.send(bytes(packet))
        time.sleep(0.02)


def huge_picture(session: Session) -> None:
    """Pictures of 20 MB each, three of them a second."""
    session.play()
    session.film(seconds=2)
    unit = b"\x65" + b"\x88" * 20_000_000
    for frame in range(1 << 20):
        session.send(b"".join(session.packets([unit], frame * 30_000)))
        time.sleep(0.3)


def refuses(session: Session) -> None:
    while True:
        session.answer(session.request(), "401 Unauthorized", ('WWW-Authenticate: Digest realm="cam", nonce="abc"',))


def long_realm(session: Session) -> None:
    while True:
        realm = "a" * 65536
        session.answer(session.request(), "401 Unauthorized", (f'WWW-Authenticate: Digest realm="{realm}", nonce="abc"',))
