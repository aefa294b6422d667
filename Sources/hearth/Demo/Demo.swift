import ArgumentParser
import Domain
import Files
import FoundationEssentials
import Glibc
import HomeAPI
import Settings
import Supervisor

struct Demo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Try Hearth with four pretended cameras.",
    discussion: """
      Starts a household of four cameras with generated pictures on this machine, records it, and prints a link that \
      signs you in once. Ctrl-C ends everything; without --data nothing is left behind but the pictures, so that the \
      next time is quicker. Needs Debian's gir1.2-gst-rtsp-server-1.0, gstreamer1.0-plugins-base and -good, python3-gi, \
      python3-numpy and ffmpeg.

      Examples:
        hearth demo
        hearth demo --port 9000 --data ~/hearth-demo
      """)

  @Option(help: "The page's port; the next free one when it is taken.") var port: UInt16 = 8780
  @Option(help: ArgumentHelp("Keep the household in this folder.", valueName: "dir")) var data: String?
  /// For tests alone: shorter scenes are encoded sooner.
  @Option(help: .hidden) var loop: Int?
  @Option(help: ArgumentHelp("Where the cameras' pictures are kept.", valueName: "dir")) var cache: String?

  func run() async throws {
    let signals = try SignalPipe.open()
    let household = try DemoHousehold(
      folder: data.map(DataLayout.absolute) ?? DemoHousehold.temporaryFolder(), keep: data != nil,
      cache: cache.map(DataLayout.absolute) ?? DemoHousehold.standardCache(), port: try Ports.next(from: port),
      loop: loop)
    do {
      try await household.start(signals)
      await household.watch(signals)
    } catch is DemoHousehold.Interrupted {} catch {
      await household.stop()
      throw error
    }
    await household.stop()
  }
}

/// The pretended household: the cameras' server, and a `hearth serve` beside it.
private final class DemoHousehold {
  struct Interrupted: Error {}

  private let folder: String
  private let keep: Bool
  private let cache: String
  private let port: UInt16
  private let loop: Int?
  private var farm: ChildProcess?
  private var serve: ChildProcess?

  init(folder: String, keep: Bool, cache: String, port: UInt16, loop: Int?) {
    self.folder = folder
    self.keep = keep
    self.cache = cache
    self.port = port
    self.loop = loop
  }

  static func temporaryFolder() throws -> String {
    var template = Array("/tmp/hearth-demo-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw Problem.system("make the folder", "/tmp/hearth-demo-…") }
    return String(cString: made)
  }

  static func standardCache() throws -> String {
    let environment = Environment.all
    let base =
      environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? (environment["HOME"] ?? "/tmp") + "/.cache"
    return "\(base)/hearth/demo"
  }

  private func tell(_ text: String) { Output.error("\(text)\n") }

  // MARK: - Starting

  func start(_ signals: Descriptor) async throws {
    let script = try Places.shipped("deploy/demo/cameras.py")
    try makeFolders(cache)
    let cameraPort = try Ports.free()
    try await startCameras(script, cameraPort, signals)
    try await settle(cameraPort)
    tell("starting Hearth in \(folder)")
    let log = try Descriptor.open("\(folder)/serve.log", .append)
    let child = try ChildProcess.start(
      [try Places.executable(), "serve", "--data", folder, "--listen", "127.0.0.1:\(port)", "--with-parent"],
      environment: Environment.all.map { "\($0.key)=\($0.value)" }, errors: log)
    serve = child
    let line = try await wait(for: "ready ", from: child, signals, log: "\(folder)/serve.log", what: "Hearth")
    let client = try client()
    let link = try ControlClient.decode(
      API.Link.self, try await client.request("POST", ["links"], body: API.LinkRequest(person: "demo"))
    ).link.reveal()
    print("Hearth's demo is at \(line.dropFirst(6)) — sign in once with \(link)")
    Output.flush()
    tell("Ctrl-C ends it. Another link: hearth person link demo --data \(folder)")
  }

  private func startCameras(_ script: String, _ cameraPort: UInt16, _ signals: Descriptor) async throws {
    tell("starting four cameras (the first time their pictures are made: about a minute)")
    let log = try Descriptor.open("\(cache)/cameras.log", .append)
    let environment = Environment.all.map { "\($0.key)=\($0.value)" }
    let child = try ChildProcess.start(
      [
        "/usr/bin/python3", script, "serve", "--port", "\(cameraPort)", "--control", "\(try Ports.free())", "--cache",
        cache, "--with-parent",
      ] + (loop.map { ["--loop", "\($0)"] } ?? []), environment: environment, errors: log)
    farm = child
    _ = try await wait(
      for: "ready", from: child, signals, log: "\(cache)/cameras.log", what: "the demo cameras", patience: .seconds(600)
    )
  }

  /// Waits for a line; passes on what else is said as progress.
  private func wait(
    for prefix: String, from child: ChildProcess, _ signals: Descriptor, log: String, what: String,
    patience: Duration = .seconds(30)
  ) async throws -> String {
    let deadline = ContinuousClock.now + patience
    while ContinuousClock.now < deadline {
      for bytes in child.readLines() {
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix(prefix) { return line }
        tell("  \(line)")
      }
      if Self.wantsToEnd(signals) { throw Interrupted() }
      if let end = child.poll() {
        forget(child)
        throw Problem(.unavailable, "\(what) ended (\(end)): \(lastLine(log))", next: "see \(log)")
      }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw Problem(.unavailable, "\(what) did not start within \(patience)", next: "see \(log)")
  }

  private func lastLine(_ path: String) -> String {
    guard let file = try? Descriptor.open(path, .read), let bytes = try? file.readAll(limit: 16 << 20) else {
      return ""
    }
    return bytes.split(separator: 0x0a).last.map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  private func client() throws -> ControlClient {
    ControlClient(
      layout: DataLayout(path: folder), direct: { try await DirectTransport.open($0) },
      sleep: { try await Task.sleep(for: $0) })
  }

  /// Puts the cameras and the person `demo` into the household, unless an earlier demo did; the cameras' port is new
  /// each time.
  private func settle(_ cameraPort: UInt16) async throws {
    let client = try client()
    let people = try await client.get(API.PersonList.self, ["people"]).people
    if !people.contains(where: { $0.name == "demo" }) {
      try await client.request("POST", ["people"], body: API.NewPersonRequest(name: "demo", owner: true))
    }
    let known = try await client.get(API.CameraList.self, ["cameras"]).cameras
    for camera in try DemoCamera.all(port: cameraPort) {
      if let old = known.first(where: { $0.name == camera.settings.name }) {
        let moved = API.CameraChangeRequest(
          main: CodedAddress(address: camera.settings.main), detect: camera.settings.detect.map(CodedAddress.init))
        try await client.request("PATCH", ["cameras", old.id], body: moved)
      } else {
        try await client.request("POST", ["cameras"], body: camera)
      }
    }
  }

  private func makeFolders(_ path: String) throws {
    var made = ""
    for part in path.split(separator: "/") {
      made += "/\(part)"
      guard mkdir(made, 0o700) == 0 || errno == EEXIST || errno == EROFS else {
        throw Problem.system("make the folder", made)
      }
    }
  }

  // MARK: - Running and ending

  /// Until somebody ends it, or one of the two ends by itself.
  func watch(_ signals: Descriptor) async {
    while true {
      if Self.wantsToEnd(signals) { return }
      for (child, what) in [(farm, "the demo cameras"), (serve, "Hearth")] {
        guard let child else { continue }
        _ = child.readLines()
        if let end = child.poll() {
          forget(child)
          tell("\(what) ended (\(end)); ending the demo")
          return
        }
      }
      do { try await Task.sleep(for: .milliseconds(100)) } catch { return }
    }
  }

  func stop() async {
    tell("ending the demo")
    for child in [serve, farm] {
      guard let child else { continue }
      child.signal(SIGTERM)
      let deadline = ContinuousClock.now + .seconds(6)
      while child.poll() == nil {
        if ContinuousClock.now > deadline { child.signal(SIGKILL) }
        _ = child.readLines()
        usleep(20_000)
      }
      forget(child)
    }
    guard !keep else { return tell("the household stays in \(folder)") }
    do { try FileManager.default.removeItem(atPath: folder) } catch { tell("\(folder) was left behind: \(error)") }
  }

  private func forget(_ child: ChildProcess) {
    if farm === child { farm = nil }
    if serve === child { serve = nil }
  }

  private static func wantsToEnd(_ signals: Descriptor) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 64)
    let got = max(read(signals.number, &buffer, buffer.count), 0)
    return buffer[..<got].contains { $0 != UInt8(SIGCHLD) }
  }
}

/// The cameras of the demo, as `deploy/demo/cameras.py` serves them.
enum DemoCamera {
  static func all(port: UInt16) throws -> [API.NewCameraRequest] {
    func camera(_ name: String, _ path: String, user: String? = nil, password: String? = nil) throws
      -> API.NewCameraRequest
    {
      var generator = SystemRandomNumberGenerator()
      func address(_ path: String) throws -> CameraAddress {
        try CameraAddress(scheme: .rtsp, host: "127.0.0.1", port: port, path: path)
      }
      var settings = CameraSettings(
        id: .mint(using: &generator), name: name, main: try address(path), detect: try address("\(path)/sub"),
        user: user)
      settings.audio = true
      return API.NewCameraRequest(settings: settings, password: password.map { Secret($0) })
    }
    return [
      try camera("Front door", "/front-door"), try camera("Garden", "/garden"),
      try camera("Living room", "/living-room"),
      // Made-up credentials of a made-up camera: they stand in cameras.py too.
      try camera("Garage", "/garage", user: "demo", password: "hearth-demo"),
    ]
  }
}

/// Ports on loopback.
private enum Ports {
  /// `first`, or the next one that nobody listens on.
  static func next(from first: UInt16) throws -> UInt16 {
    for port in first...max(first, min(first, 65_435) + 100) where try bound(port) != nil { return port }
    throw Problem(.unavailable, "no port from \(first) on is free", next: "choose another with --port")
  }

  static func free() throws -> UInt16 {
    guard let port = try bound(0) else { throw Problem(.unavailable, "no port is free", next: "close some programs") }
    return port
  }

  /// Binds for a moment; `nil` when the port is taken.
  private static func bound(_ port: UInt16) throws -> UInt16? {
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { throw Problem.system("make", "a socket") }
    let descriptor = Descriptor(owning: number, path: "a socket")
    return try withExtendedLifetime(descriptor) {
      var yes: Int32 = 1
      setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let code = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(number, $0, length) }
      }
      guard code == 0 else {
        guard errno == EADDRINUSE || errno == EACCES else { throw Problem.system("bind", "127.0.0.1:\(port)") }
        return nil
      }
      let named = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(number, $0, &length) }
      }
      guard named == 0 else { throw Problem.system("look at", "a socket") }
      return UInt16(bigEndian: address.sin_port)
    }
  }
}
