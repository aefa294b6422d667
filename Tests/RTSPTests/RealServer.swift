import Glibc
import Programs

/// GStreamer's RTSP server in a process of its own, on loopback: it plays a clip once to each client, in real time, and asks by
/// Digest.
final class RealServer {
  static let frames = 60
  let port: UInt16
  private let stream: UnsafeMutablePointer<FILE>
  private let process: pid_t

  /// Whether this machine can run it: Debian's python3-gi, gir1.2-gst-rtsp-server-1.0, gstreamer1.0-plugins-good, ffmpeg.
  static let isAvailable: Bool = {
    let words = ["/usr/bin/python3", "-c", "import gi; gi.require_version('GstRtspServer', '1.0')"]
    let hasServer = (try? Program.run(words, errors: "/dev/null").status) == 0
    return hasServer && (try? Program.run(["ffmpeg", "-version"], errors: "/dev/null").status) == 0
  }()

  struct NotStarted: Error {}

  init(clip: String) throws {
    let encode = [
      "ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30", "-frames:v",
      "\(Self.frames)",
      "-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-g", "15", "-pix_fmt", "yuv420p", clip,
    ]
    guard try Program.run(encode).status == 0 else { throw NotStarted() }
    // The program's path and its argument hold no quotes.
    guard let stream = popen("exec /usr/bin/python3 -c '\(Self.program)' '\(clip)' < /dev/null", "re") else {
      throw NotStarted()
    }
    var line = [CChar](repeating: 0, count: 100)
    guard fgets(&line, 100, stream) != nil else {
      pclose(stream)
      throw NotStarted()
    }
    let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      .split(whereSeparator: \.isWhitespace)
    guard words.count == 2, let port = UInt16(words[0]), let process = pid_t(words[1]) else {
      pclose(stream)
      throw NotStarted()
    }
    (self.stream, self.port, self.process) = (stream, port, process)
  }

  deinit {
    // SIGTERM would wait: threads of this runtime block it, and programs that they start inherit that.
    kill(process, SIGKILL)
    pclose(stream)
  }

  private static let program = """
    import os, sys, gi
    for name in ("Gst", "GstRtsp", "GstRtspServer"):
        gi.require_version(name, "1.0")
    from gi.repository import GLib, Gst, GstRtsp, GstRtspServer
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, "viewer")
    auth.add_digest("viewer", "right-one", token)
    server.set_auth(auth)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch("( filesrc location=%s ! qtdemux ! queue ! rtph264pay name=pay0 pt=96 config-interval=-1 )" % sys.argv[1])
    factory.add_role_from_structure(Gst.Structure.new_from_string(
        "viewer, media.factory.access=(boolean)true, media.factory.construct=(boolean)true"))
    server.get_mount_points().add_factory("/clip", factory)
    server.attach(None)
    print(server.get_bound_port(), os.getpid(), flush=True)
    loop = GLib.MainLoop()
    GLib.timeout_add_seconds(60, loop.quit)
    loop.run()
    """
}
