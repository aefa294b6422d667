"""The farm's control port: a small HTTP server that answers in JSON."""
from __future__ import annotations

import json
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlparse

from gi.repository import GLib

if TYPE_CHECKING:
    from farm import Farm


class Control:
    def __init__(self, farm: "Farm", host: str, port: int):
        control = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, answer = control.answer(self.path)
                body = (json.dumps(answer) + "\n").encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.farm = farm
        try:
            server = ThreadingHTTPServer((host, port), Handler)
        except OSError as error:
            raise SystemExit(f"control port {port} can't be had ({error.strerror}); choose another with --control")
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def answer(self, target: str) -> tuple[int, dict]:
        url = urlparse(target)
        query = dict(parse_qsl(url.query))
        try:
            if url.path == "/truth":
                until = float(query.get("until", time.time() + 60))
                return 200, self.farm.truth(float(query.get("since", self.farm.started)), until)
            if url.path == "/status":
                return 200, self.farm.status()
            if url.path == "/fault":
                return 200, self._on_main_loop(query)
        except (KeyError, ValueError) as error:
            return 400, {"error": str(error)}
        return 404, {"error": "there are /truth, /status and /fault?kind="}

    def _on_main_loop(self, query: dict[str, str]) -> dict:
        """GStreamer's server is handled from the main loop's thread alone."""
        results: queue.Queue[dict | ValueError] = queue.Queue()

        def begin() -> bool:
            try:
                results.put(self.farm.fault(query["kind"], query))
            except (KeyError, ValueError) as error:
                results.put(ValueError(str(error)))
            return False

        GLib.idle_add(begin)
        result = results.get(timeout=10)
        if isinstance(result, ValueError):
            raise result
        return result
