"""The RTSP server: stored access units, paced in real time, into a pipeline of payloaders for each client."""
from __future__ import annotations

import argparse
import heapq
import os
import signal
import socket
import threading
import time
from dataclasses import dataclass, field

import gi

for library in ("Gst", "GstApp", "GstRtsp", "GstRtspServer"):
    gi.require_version(library, "1.0")
from gi.repository import Gio, GLib, Gst, GstApp, GstRtsp, GstRtspServer  # noqa: E402, F401 (GstApp gives push_buffer)

from control import Control  # noqa: E402
from encoding import GOP_SECONDS, SUB_RATE, stored  # noqa: E402
from rendering import BITS, strip_offset  # noqa: E402
from scenes import ALL_SCENES, SCENES, Scene, shortened  # noqa: E402
from streams import Sound, Track, load_sound, mark  # noqa: E402

USER, PASSWORD = "demo", "hearth-demo"
LASTING = ("stall", "res")              # faults that are looked up while sending
KINDS = ("drop", "refuse", "outage", "hang", "stall", "wedge", "tsjump", "res", "clear")
PATIENCE_SECONDS = 10                   # a client that reads more slowly than this misses pictures
LATE_SECONDS = 0.5                      # later than this is a standstill of ours, which no client is to blame for


@dataclass
class Camera:
    number: int
    name: str
    scene: str
    ahead: float = 0                    # seconds by which its loop is ahead of the minute
    private: bool = False


@dataclass
class Pipeline:
    """What one client is fed through."""
    video: Gst.Element | None
    audio: Gst.Element | None
    payloaders: tuple[Gst.Element | None, Gst.Element | None]
    base: float = 0                     # of its clock, which is the monotonic one
    video_ready: bool = False
    audio_ready: bool = False
    awaits_key: bool = True
    pushed: bool = False
    flows: bool = False
    unsent: list[int] = field(default_factory=list)         # frames left out before it flowed, and after its first one
    silent: bool = False


@dataclass
class Stream:
    camera: Camera
    name: str                           # main or sub
    track: Track | None
    other: Track | None = None          # of another size
    sound: Sound | None = None
    pipelines: list[Pipeline] = field(default_factory=list)
    jump: float = 0
    current: Track | None = None
    sent: int = 0
    missed: int = 0
    left_out: list[int] = field(default_factory=list)       # frames that a client which read or began too slowly was not sent


@dataclass
class Fault:
    kind: str
    camera: str
    stream: str
    until: float                        # on the farm's clock

    def hits(self, stream: Stream) -> bool:
        return self.camera in ("all", stream.camera.name) and self.stream in ("all", stream.name)


class Doorkeeper(GstRtspServer.RTSPAuth):
    """Asks for a password at the private cameras only; the library's own way would call them unknown (404)."""

    def __init__(self, private: list[str]):
        super().__init__()
        self.private = private

    def do_check(self, context: GstRtspServer.RTSPContext, check: str) -> bool:
        if context.uri and context.uri.abspath.split("/")[1] in self.private:
            return GstRtspServer.RTSPAuth.do_check(self, context, check)
        return True


class Farm:
    def __init__(self, options: argparse.Namespace):
        Gst.init(None)
        self.options = options
        self.lock = threading.Lock()
        self.faults: list[Fault] = []
        self.clients: dict[int, str] = {}                   # client -> path
        self.epoch = time.time() // options.loop * options.loop
        self.zero = time.monotonic() - (time.time() - self.epoch)   # the epoch on the monotonic clock
        self.started = time.time()
        self.cameras = self._cameras()
        self.streams = [stream for camera in self.cameras for stream in self._streams(camera)]
        self.server = self._server()
        self.listeners: dict[int, tuple[socket.socket, int]] = {}
        self.stood_still = 0.0                              # seconds that this machine gave us no time for
        self.standstill = -1.0                              # until when the last of that is made up for, on our clock
        self.ports = {options.port: "all"}
        if options.own_ports:
            self.ports.update({options.port + camera.number: camera.name for camera in self.cameras})

    # ------------------------------------------------------------ set-up
    def _cameras(self) -> list[Camera]:
        if self.options.cameras:
            return [Camera(k, f"cam{k}", self.options.scene, ahead=(k - 1) * 7.3, private=self.options.with_password)
                    for k in range(1, self.options.cameras + 1)]
        return [Camera(k, name, name, private=name == "garage") for k, name in enumerate(SCENES, 1)]

    def scene(self, camera: Camera) -> Scene:
        return shortened(ALL_SCENES[camera.scene], self.options.loop)

    def _streams(self, camera: Camera) -> list[Stream]:
        scene, cache = self.scene(camera), self.options.cache

        def load(part: str, codec: str, rate: int) -> Track:
            path = stored(cache, scene, part)
            if path not in tracks:
                tracks[path] = Track(path, codec, rate)
            return tracks[path]

        tracks = self.__dict__.setdefault("_tracks", {})
        sound = load_sound(stored(cache, scene, scene.audio), scene.audio) if scene.audio else None
        main = Stream(camera, "main", load("main", scene.codec, scene.frame_rate),
                      load("other", scene.codec, scene.frame_rate), sound)
        streams = [main, Stream(camera, "sub", load("sub", "h264", SUB_RATE))]
        if scene.audio == "aac":
            streams.append(Stream(Camera(0, "sound", camera.scene), "main", None, sound=sound))
        return streams

    def _server(self) -> GstRtspServer.RTSPServer:
        server = GstRtspServer.RTSPServer()
        pool = GstRtspServer.RTSPThreadPool()
        pool.set_max_threads(8)
        server.set_thread_pool(pool)
        server.set_auth(self._authentication())
        mounts = server.get_mount_points()
        for stream in self.streams:
            mounts.add_factory(f"/{stream.camera.name}" + ("/sub" if stream.name == "sub" else ""), self._factory(stream))
        server.connect("client-connected", self._on_client)
        return server

    def _authentication(self) -> GstRtspServer.RTSPAuth:
        auth = Doorkeeper([camera.name for camera in self.cameras if camera.private])
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "household")
        auth.add_digest(USER, PASSWORD, token)
        return auth

    def _factory(self, stream: Stream) -> GstRtspServer.RTSPMediaFactory:
        launch = ""
        if stream.track:
            codec = stream.track.codec
            launch = (f'appsrc name=v is-live=true format=time max-bytes=0 caps="video/x-{codec},stream-format=byte-stream,'
                      f'alignment=au,framerate={stream.track.frame_rate}/1" ! rtp{codec}pay name=pay0 pt=96 mtu=1400 '
                      'config-interval=0 ')
        if stream.sound:
            payloader = stream.sound.payloader if stream.track else stream.sound.payloader.replace("pay1", "pay0")
            launch += f'appsrc name=a is-live=true format=time max-bytes=0 caps="{stream.sound.caps}" ! {payloader}'
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(f"( {launch} )")
        factory.set_shared(False)           # each client joins at a key frame, as with a real camera
        factory.set_latency(0)
        factory.set_stop_on_disconnect(True)
        permissions = GstRtspServer.RTSPPermissions()
        for right in ("access", "construct"):
            permissions.add_permission_for_role("household", f"media.factory.{right}", True)
        factory.set_permissions(permissions)
        factory.connect("media-configure", self._on_media, stream)
        return factory

    # ------------------------------------------------------------ clients
    def listen(self, port: int) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self.options.bind, port))
        except OSError as error:
            raise SystemExit(f"port {port} can't be had ({error.strerror}); choose another with --port")
        listener.listen(64)
        listener.setblocking(False)
        self.watch(port, listener)

    def watch(self, port: int, listener: socket.socket) -> None:
        self.listeners[port] = (listener, GLib.io_add_watch(listener.fileno(), GLib.IO_IN, self._on_accept, listener))

    def _on_accept(self, _descriptor: int, _condition: int, listener: socket.socket) -> bool:
        while True:
            try:
                connection, address = listener.accept()
            except OSError:
                return True
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.server.transfer_connection(Gio.Socket.new_from_fd(connection.detach()), address[0], address[1], None)

    def _on_client(self, _server: GstRtspServer.RTSPServer, client: GstRtspServer.RTSPClient) -> None:
        key = hash(client)
        client.connect("closed", lambda _: self.clients.pop(key, None))

        def described(_client: GstRtspServer.RTSPClient, context: GstRtspServer.RTSPContext) -> None:
            self.clients[key] = context.uri.abspath

        client.connect("describe-request", described)

    def _on_media(self, _factory: GstRtspServer.RTSPMediaFactory, media: GstRtspServer.RTSPMedia, stream: Stream) -> None:
        element = media.get_element()
        pipeline = Pipeline(*(element.get_by_name(name) for name in "va"),
                            tuple(element.get_by_name(name) for name in ("pay0", "pay1")))
        if stream.jump:
            self.shift(pipeline, stream.jump)
        if pipeline.video:
            pipeline.video.connect("need-data", self._first_video, pipeline, stream)
        if pipeline.audio:
            pipeline.audio.connect("need-data", self._first_audio, pipeline, stream)

        def ended(_media: GstRtspServer.RTSPMedia) -> None:
            with self.lock:
                if pipeline in stream.pipelines:
                    stream.pipelines.remove(pipeline)

        media.connect("unprepared", ended)
        with self.lock:
            stream.pipelines.append(pipeline)

    def _first_video(self, source: Gst.Element, _size: int, pipeline: Pipeline, stream: Stream) -> None:
        """Hands over the parameter sets alone, so that DESCRIBE is answered at once; stamped as the next key frame."""
        if pipeline.video_ready:
            return
        pipeline.base = source.get_base_time() / Gst.SECOND
        behind = GOP_SECONDS - (self.now() + stream.camera.ahead) % GOP_SECONDS
        self._push(source, stream.track.units[0].header, self.now() + behind + self.zero - pipeline.base)
        pipeline.video_ready = True

    def _first_audio(self, source: Gst.Element, _size: int, pipeline: Pipeline, stream: Stream) -> None:
        if not pipeline.audio_ready:
            pipeline.base = source.get_base_time() / Gst.SECOND
            self._push(source, stream.sound.packets[0], time.monotonic() - pipeline.base)
            pipeline.audio_ready = True

    @staticmethod
    def _push(source: Gst.Element, data: bytes, stamp: float) -> None:
        buffer = Gst.Buffer.new_wrapped_bytes(GLib.Bytes.new(data))
        buffer.pts = buffer.dts = int(max(0.0, stamp) * Gst.SECOND)
        source.push_buffer(buffer)

    @staticmethod
    def shift(pipeline: Pipeline, seconds: float) -> None:
        """Moves the running time that the payloader sees and not that of the sink: stamps jump, sending goes on."""
        for source, payloader in zip((pipeline.video, pipeline.audio), pipeline.payloaders):
            if source and payloader:
                payloader.get_static_pad("src").set_offset(-int(seconds * Gst.SECOND))
                source.get_static_pad("src").set_offset(int(seconds * Gst.SECOND))

    # ------------------------------------------------------------ sending
    def now(self) -> float:
        """Seconds since the epoch."""
        return time.monotonic() - self.zero

    def pace(self) -> None:
        """Each stream's pictures and packets, for ever, each when it is due."""
        queue: list[tuple[float, int, int, str]] = []
        now = self.now()
        for index, stream in enumerate(self.streams):
            if stream.track:
                frame = int((now + stream.camera.ahead) * stream.track.frame_rate) + 1
                heapq.heappush(queue, (frame / stream.track.frame_rate - stream.camera.ahead, index, frame, "video"))
            if stream.sound:
                packet = int(now / stream.sound.seconds) + 1
                heapq.heappush(queue, (packet * stream.sound.seconds, index, packet, "audio"))
        while True:
            due, index, number, kind = queue[0]
            wait = due - self.now()
            if wait > 0:
                time.sleep(min(wait, 0.5))
                continue
            if -wait > LATE_SECONDS and self.now() > self.standstill:
                self.stood_still -= wait
                self.standstill = self.now() + PATIENCE_SECONDS
            stream = self.streams[index]
            with self.lock:
                pipelines = list(stream.pipelines)
            if kind == "video":
                heapq.heapreplace(queue, ((number + 1) / stream.track.frame_rate - stream.camera.ahead, index, number + 1, kind))
                self._send_video(stream, pipelines, number, due)
            else:
                heapq.heapreplace(queue, ((number + 1) * stream.sound.seconds, index, number + 1, kind))
                self._send_audio(stream, pipelines, number, due)

    def _send_audio(self, stream: Stream, pipelines: list[Pipeline], number: int, due: float) -> None:
        if self.active("stall", stream):
            return
        packet = stream.sound.packets[number % len(stream.sound.packets)]
        for pipeline in pipelines:
            ready = pipeline.audio_ready and (pipeline.video_ready or not stream.track) and not pipeline.silent
            if ready and pipeline.audio.get_current_level_buffers() < 5:
                self._push(pipeline.audio, packet, due + self.zero - pipeline.base)

    def _send_video(self, stream: Stream, pipelines: list[Pipeline], frame: int, due: float) -> None:
        if self.active("stall", stream):
            for pipeline in pipelines:
                pipeline.awaits_key = True
            return
        track = self._track(stream, frame)
        unit = track.units[frame % len(track.units)]
        data = unit.header + self.mark(stream, track, frame, self.epoch + due) + unit.picture
        for pipeline in pipelines:
            if not pipeline.video_ready or pipeline.silent:
                continue
            if pipeline.awaits_key and not unit.key:
                self._leave_out(stream, pipeline, frame)
                continue
            waiting = pipeline.video.get_current_level_buffers()
            if pipeline.pushed and not waiting and not pipeline.flows:
                pipeline.flows = True
                # Its client plays, so it did get what was pushed before, and not what came between.
                stream.left_out += pipeline.unsent
            if waiting > self.patience(track) if pipeline.flows else waiting > 8:     # slow, or not playing yet
                pipeline.awaits_key = True
                stream.missed += pipeline.flows
                self._leave_out(stream, pipeline, frame)
                continue
            pipeline.pushed, pipeline.awaits_key = True, False
            self._push(pipeline.video, data, due + self.zero - pipeline.base)
            stream.sent += 1

    @staticmethod
    def _leave_out(stream: Stream, pipeline: Pipeline, frame: int) -> None:
        if pipeline.flows:
            stream.left_out.append(frame)
        elif pipeline.pushed:
            pipeline.unsent.append(frame)

    def patience(self, track: Track) -> float:
        """How many pictures may wait for a client; after a standstill of ours any number, for they all come at once."""
        return float("inf") if self.now() < self.standstill else PATIENCE_SECONDS * track.frame_rate

    def mark(self, stream: Stream, track: Track, frame: int, at: float) -> bytes:
        """What is put before a picture."""
        return mark(track.codec, self.options.marked or stream.camera.name, stream.name, frame, at)

    def _track(self, stream: Stream, frame: int) -> Track:
        """The loop to send from; a change of size waits for a key frame of the new one."""
        wanted = stream.other if stream.other and self.active("res", stream) else stream.track
        if stream.current is None or wanted.units[frame % len(wanted.units)].key:
            stream.current = wanted
        return stream.current

    def active(self, kind: str, stream: Stream) -> bool:
        faults = self.faults
        return bool(faults) and any(f.kind == kind and self.now() < f.until and f.hits(stream) for f in faults)

    # ------------------------------------------------------------ faults
    def fault(self, kind: str, query: dict[str, str]) -> dict:
        """Begins a fault. Called on the main loop's thread."""
        camera, seconds = query.get("camera", "all"), float(query.get("secs", 10))
        if kind not in KINDS:
            raise ValueError(f"{kind} is no fault; there are {', '.join(KINDS)}")
        if camera != "all" and camera not in [c.name for c in self.cameras]:
            raise ValueError(f"no camera is called {camera}")
        fault = Fault(kind, camera, query.get("stream", "all"), self.now() + seconds)
        hit = [stream for stream in self.streams if fault.hits(stream)]
        answer = {"kind": kind, "camera": camera, "at": time.time(), "until": self.epoch + fault.until}
        if kind == "clear":
            self.faults = []
        if kind in LASTING:
            self.faults = [f for f in self.faults if f.until > self.now()] + [fault]
        if kind in ("drop", "outage"):
            answer["closed"] = self._drop(camera)
        if kind in ("refuse", "outage", "hang"):
            self._shut(camera, seconds, hang=kind == "hang")
        with self.lock:
            for stream in hit:
                if kind == "tsjump":
                    stream.jump += float(query.get("by", 3600))
                for pipeline in stream.pipelines:
                    if kind == "tsjump":
                        self.shift(pipeline, stream.jump)
                    if kind == "wedge":
                        pipeline.silent = True
        return answer

    def _drop(self, camera: str) -> int:
        closed = []

        def choose(_server: GstRtspServer.RTSPServer, client: GstRtspServer.RTSPClient) -> GstRtspServer.RTSPFilterResult:
            path = self.clients.get(hash(client), "/").split("/")[1]
            if camera not in ("all", path):
                return GstRtspServer.RTSPFilterResult.KEEP
            closed.append(path)
            return GstRtspServer.RTSPFilterResult.REMOVE

        self.server.client_filter(choose)
        return len(closed)

    def _shut(self, camera: str, seconds: float, hang: bool) -> None:
        """Stops listening (or only accepting) for a while: everywhere, or at the camera's own port."""
        ports = [port for port, owner in self.ports.items() if camera in ("all", owner)]
        if not ports:
            raise ValueError("one camera alone can be refused only with --own-ports")
        for port in ports:
            if port not in self.listeners:
                continue
            listener, source = self.listeners.pop(port)
            GLib.source_remove(source)
            if hang:
                GLib.timeout_add(int(seconds * 1000), lambda p=port, l=listener: self.watch(p, l))
            else:
                listener.close()
                GLib.timeout_add(int(seconds * 1000), lambda p=port: self.listen(p))

    # ------------------------------------------------------------ what it tells
    def truth(self, since: float, until: float) -> dict:
        """What moves where from `since` to `until`, and how a picture's number and its time belong together."""
        cameras = []
        for camera in self.cameras:
            scene, motions = self.scene(camera), []
            base = self.epoch - camera.ahead
            for motion in scene.motions:
                loop = int((since - base - motion.end) // scene.loop) + 1
                while base + loop * scene.loop + motion.start < until:
                    start = base + loop * scene.loop
                    motions.append({"what": motion.what, "start": round(start + motion.start, 3),
                                    "end": round(start + motion.end, 3)})
                    loop += 1
            frames = scene.loop * scene.frame_rate
            cameras.append({"name": camera.name, "title": scene.title, "codec": scene.codec, "width": scene.width,
                            "height": scene.height, "frameRate": scene.frame_rate, "audio": scene.audio,
                            "loopStart": base, "strip": {"bits": BITS, "offset": strip_offset(frames), "frames": frames},
                            "motions": sorted(motions, key=lambda m: m["start"])})
        return {"now": time.time(), "epoch": self.epoch, "loopSeconds": self.options.loop, "started": self.started,
                "cameras": cameras}

    def status(self) -> dict:
        times = os.times()
        return {"now": time.time(), "cpuSeconds": round(times.user + times.system, 2), "listening": sorted(self.listeners),
                "stoodStill": round(self.stood_still, 3),
                "streams": [{"camera": s.camera.name, "stream": s.name, "clients": len(s.pipelines), "sent": s.sent,
                             "missed": s.missed, "leftOut": s.left_out[-2000:]} for s in self.streams]}

    # ------------------------------------------------------------ running
    def run(self) -> None:
        loop = GLib.MainLoop()
        for number in (signal.SIGINT, signal.SIGTERM):
            GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, loop.quit)
        for port in self.ports:
            self.listen(port)
        if self.options.control:
            Control(self, self.options.bind, self.options.control)
        if self.options.with_parent:
            parent = os.getppid()
            GLib.timeout_add(500, lambda: os.getppid() == parent or loop.quit())
        GLib.timeout_add_seconds(5, lambda: self.server.get_session_pool().cleanup() >= 0)
        threading.Thread(target=self.pace, daemon=True).start()
        for stream in self.streams:
            if stream.name == "main" and stream.track:
                print(f"rtsp://{self.options.bind}:{self.options.port}/{stream.camera.name}", flush=True)
        print("ready", flush=True)
        loop.run()
        os._exit(0)         # pipelines of clients that are still there are not waited for
