"""H.265 in a real Firefox, which decodes it where Chromium can't: the garden's clips play, seek and are H.265.

Firefox is driven by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/) over a WebSocket: Debian has no geckodriver.
"""
from __future__ import annotations

import itertools
import json
import subprocess
from pathlib import Path
from typing import Any, Iterator

import pytest
from websockets.sync.client import ClientConnection, connect

from hearth_testing.household import OWNER, OWNER_PASSWORD, House
from hearth_testing.ports import free_ports
from hearth_testing.waiting import until

PLAY = """async path => {
  const video = document.createElement('video');
  video.muted = true;
  video.src = path;
  document.body.append(video);
  const happens = (name, seconds) => new Promise((done, fail) => {
    video.addEventListener(name, done, {once: true});
    video.addEventListener('error', () => fail(new Error(`cannot play: ${video.error?.message}`)), {once: true});
    setTimeout(() => fail(new Error(`no ${name} within ${seconds} s`)), seconds * 1000);
  });
  await happens('loadedmetadata', 30);
  const shown = new Promise(done => video.requestVideoFrameCallback(done));
  await video.play();
  await shown;
  const middle = video.duration / 2;
  const seeked = happens('seeked', 30);
  video.currentTime = middle;
  await seeked;
  await new Promise(done => video.requestVideoFrameCallback(done));
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [64, 36];
  const pen = canvas.getContext('2d');
  pen.drawImage(video, 0, 0, 64, 36);
  const colors = new Set(pen.getImageData(0, 0, 64, 36).data);
  const answer = {width: video.videoWidth, height: video.videoHeight, seconds: video.duration,
                  reached: video.currentTime - middle, colors: colors.size};
  video.remove();
  return JSON.stringify(answer);
}"""


class Firefox:
    """One headless Firefox with one page."""

    def __init__(self, folder: Path):
        self.port = free_ports(1)
        self.process = subprocess.Popen(
            ["firefox-esr", "--headless", "--no-remote", "--profile", str(folder),
             f"--remote-debugging-port={self.port}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.socket: ClientConnection = until("Firefox to answer", 60, self._connect)
        self.numbers = itertools.count(1)
        self.call("session.new", capabilities={})
        self.page = self.call("browsingContext.getTree")["contexts"][0]["context"]

    def _connect(self) -> ClientConnection | None:
        try:
            return connect(f"ws://127.0.0.1:{self.port}/session", max_size=None)
        except OSError:
            return None

    def call(self, method: str, **parameters: Any) -> dict:
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv(timeout=120))
            if message.get("id") == number:
                assert message["type"] == "success", f"{method}: {message}"
                return message["result"]

    def open(self, address: str) -> None:
        self.call("browsingContext.navigate", context=self.page, url=address, wait="complete")

    def do(self, function: str, *words: str) -> Any:
        result = self.call(
            "script.callFunction", functionDeclaration=function, awaitPromise=True, target={"context": self.page},
            arguments=[{"type": "string", "value": word} for word in words])
        assert result["type"] == "success", result.get("exceptionDetails", result)
        return result["result"].get("value")

    def stop(self) -> None:
        self.socket.close()
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture(scope="module")
def firefox(seen: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    browser = Firefox(tmp_path_factory.mktemp("firefox"))
    browser.open(f"http://127.0.0.1:{seen.hearth.port}/")
    signed_in = browser.do(
        """async (name, password) => (await fetch('/api/v1/session', {method: 'POST', body: JSON.stringify({name, password}),
           headers: {'Content-Type': 'application/json', 'Hearth-Request': '1'}})).status""", OWNER, OWNER_PASSWORD)
    assert signed_in == 200
    yield browser
    browser.stop()


@pytest.mark.parametrize("camera, size", [("Garden", (1280, 720)), ("Front door", (1920, 1080))])
def test_firefox_plays_a_clip_and_seeks_in_it(seen: House, firefox: Firefox, camera: str, size: tuple[int, int]) -> None:
    event = seen.event(camera)
    played = json.loads(firefox.do(PLAY, f"/api/v1/events/{event['id']}/clip.mp4"))
    assert (played["width"], played["height"]) == size
    assert played["seconds"] > 15
    assert 0 <= played["reached"] < 5
    assert played["colors"] > 8, "the picture is of one colour"
