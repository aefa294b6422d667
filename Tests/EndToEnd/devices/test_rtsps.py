"""Cameras over TLS, and those that say who they are by ONVIF's discovery: recorded like any other, and known again where no
hardware address is to be seen."""
from __future__ import annotations

import hashlib
import re
import select
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path
from typing import Iterator

import pytest

from hearth_testing.farm import Farm
from hearth_testing.household import OWNER, OWNER_PASSWORD, Hearth
from hearth_testing.marks import lost, within
from hearth_testing.paths import HEARTH
from hearth_testing.ports import free_ports
from hearth_testing.waiting import until

HOST = "127.0.0.7"      # of loopback, and nobody else's


class TLSCamera:
    """A device in front of one of the farm's cameras: takes TLS with a certificate of its own making."""

    def __init__(self, folder: Path, behind: int):
        self.behind, self.port = behind, free_ports(1)
        self.certificates = {name: self._certificate(folder, name) for name in ("first", "second")}
        self.shows = "first"
        self.open: list[socket.socket] = []
        self.listener = socket.create_server((HOST, self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    @staticmethod
    def _certificate(folder: Path, name: str) -> tuple[Path, Path]:
        certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                        "3", "-subj", "/CN=camera", "-keyout", key, "-out", certificate], check=True, capture_output=True)
        return certificate, key

    def fingerprint(self, name: str) -> str:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(self.certificates[name][0].read_text())).hexdigest()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(connection,), daemon=True).start()

    def _carry(self, connection: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.certificates[self.shows])
        try:
            with context.wrap_socket(connection, server_side=True) as front, \
                    socket.create_connection(("127.0.0.1", self.behind)) as back:
                self.open += [front, back]
                while True:
                    ready = [front] if front.pending() else select.select([front, back], [], [])[0]
                    for source in ready:
                        data = source.recv(65536)
                        if not data:
                            return
                        (back if source is front else front).sendall(data)
        except (OSError, ValueError):
            pass                # either side went

    def drop(self) -> None:
        for side in self.open:
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass            # gone already
        self.open = []

    def end(self) -> None:
        self.listener.close()
        self.drop()


class Endpoint:
    """Answers WS-Discovery's question for one device."""

    def __init__(self, name: str):
        self.name = name
        self.asked: list[tuple[str, int]] = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((HOST, 3702))
        threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self) -> None:
        while True:
            try:
                question, sender = self.socket.recvfrom(65536)
            except OSError:
                return
            found = re.search(rb"MessageID>([^<]+)<", question)
            assert found and b"Probe" in question
            self.asked.append(sender)
            self.socket.sendto(f"""<?xml version="1.0" encoding="utf-8"?>
                <SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope"
                  xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing"
                  xmlns:wsdd="http://schemas.xmlsoap.org/ws/2005/04/discovery">
                  <SOAP-ENV:Header><wsa:MessageID>urn:uuid:1</wsa:MessageID>
                    <wsa:RelatesTo>{found[1].decode()}</wsa:RelatesTo></SOAP-ENV:Header>
                  <SOAP-ENV:Body><wsdd:ProbeMatches><wsdd:ProbeMatch>
                    <wsa:EndpointReference><wsa:Address>urn:uuid:{self.name}</wsa:Address></wsa:EndpointReference>
                  </wsdd:ProbeMatch></wsdd:ProbeMatches></SOAP-ENV:Body>
                </SOAP-ENV:Envelope>""".encode(), sender)

    def end(self) -> None:
        self.socket.close()


@pytest.fixture
def camera(farm: Farm, tmp_path: Path) -> Iterator[TLSCamera]:
    camera = TLSCamera(tmp_path, farm.port)
    yield camera
    camera.end()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    endpoint = Endpoint("2419d68a-2dd2-21b2-a205-0000000000a1")
    yield endpoint
    endpoint.end()


def test_a_camera_over_tls_is_recorded_and_known_by_certificate_and_endpoint(
        tmp_path: Path, camera: TLSCamera, endpoint: Endpoint) -> None:
    hearth = Hearth(tmp_path)
    hearth.token = hearth.add_person(OWNER, OWNER_PASSWORD, "--owner")
    probe = subprocess.run([HEARTH, "camera", "probe", f"rtsps://{HOST}:{camera.port}/living-room"], capture_output=True, text=True)
    assert probe.returncode == 0 and "H.264" in probe.stdout, probe
    hearth.do("camera", "add", "Hall", f"rtsps://{HOST}:{camera.port}/living-room", "--no-probe")
    hearth.start()
    try:
        def is_(state: str) -> bool:
            return hearth.cameras()["Hall"]["state"] == state

        until("it records", 40, lambda: is_("recording"))
        hall = hearth.cameras()["Hall"]["id"]
        until("it is pinned", 10, lambda: hearth.pin(hall))
        assert hearth.pin(hall)["main"]["certificate"] == camera.fingerprint("first")
        assert hearth.pin(hall)["main"]["endpoint"] == "2419d68a-2dd2-21b2-a205-0000000000a1"
        assert len(endpoint.asked) == 1
        began = time.time()
        time.sleep(5)
        found = within(hearth.marks(hall), began, began + 4)
        assert len(found) > 50 and not lost(found)

        # Another certificate: what comes is held apart, and the owner is told why.
        camera.shows = "second"
        swapped = time.time()
        camera.drop()
        until("another certificate is noticed", 60, lambda: is_("wrongDevice"))
        assert "its certificate is" in hearth.do("camera", "list")
        time.sleep(2)
        assert not within(hearth.marks(hall), swapped + 0.5, time.time())
        hearth.do("camera", "trust", "Hall")
        until("it records with the new one", 60, lambda: is_("recording"))
        assert hearth.pin(hall)["main"]["certificate"] == camera.fingerprint("second")

        # Another device behind the address, with the same certificate and everything else: as makers ship them.
        endpoint.name = "2419d68a-2dd2-21b2-a205-0000000000b2"
        swapped = time.time()
        camera.drop()
        until("another endpoint is noticed", 60, lambda: is_("wrongDevice"))
        assert "it calls its endpoint" in hearth.do("camera", "list")
        assert not within(hearth.marks(hall), swapped + 0.5, time.time())
        # The first one is back: nobody has to say so.
        endpoint.name = "2419d68a-2dd2-21b2-a205-0000000000a1"
        camera.drop()
        until("the camera is known again", 60, lambda: is_("recording"))
    finally:
        hearth.stop()
