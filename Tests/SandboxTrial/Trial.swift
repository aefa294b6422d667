import CameraWorker
import Domain
import Files
import Glibc
import WorkerProtocol

/// Stands for a worker that a camera's bytes have taken over: it enters the same sandbox as `Worker` does, and then tries
/// what it is told.
enum Trial {
  /// One try: `{"write":"/path"}` (opened for writing, created if need be), `{"read":"/path"}`, `{"run":"/path"}`,
  /// `{"connect":"127.0.0.1:554"}`, `{"send":"127.0.0.1:53"}` (one UDP packet), `{"listen":"127.0.0.1:8000"}`,
  /// `{"unix":"/path"}` (a socket of another process), `{"signal":"4711"}`, `{"take":"2000000000"}` (so many bytes of memory),
  /// `{"divide":"now"}` (a process of its own), or `{"grow":"forever"}`, which it does not survive.
  private struct Try: Codable {
    var write: String?
    var read: String?
    var run: String?
    var connect: String?
    var send: String?
    var listen: String?
    var unix: String?
    var signal: String?
    var take: String?
    var divide: String?
    var grow: String?
  }

  private struct Outcome: Encodable {
    var files: Bool?
    var ports: Bool?
    var calls: Bool?
    /// The system's code; 0 when nothing stopped it.
    var code: Int32?
  }

  /// Reads a worker's configuration and then tries, a line each; answers each with a line.
  static func run() throws {
    Worker.confine()
    let (line, rest) = try StandardInput.readLine()
    let configuration = try JSONLine.decode(WorkerConfiguration.self, from: line)
    let home = try Descriptor.open(configuration.folder, .folder)
    let place = try Worker.ownPlace(configuration) ?? home
    let hold = try Sandbox.enter(home: home, place: place, ports: configuration.cameraPorts)
    try say(Outcome(files: hold.files, ports: hold.ports, calls: Sandbox.refuseCalls() == nil))
    var pending = rest
    while let line = try next(&pending) {
      let task = try JSONLine.decode(Try.self, from: line)
      try say(Outcome(code: outcome(of: task)))
    }
  }

  private static func next(_ pending: inout [UInt8]) throws -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      if let end = pending.firstIndex(of: 0x0a) {
        defer { pending.removeSubrange(...end) }
        return Array(pending[..<end])
      }
      let got = read(STDIN_FILENO, &buffer, buffer.count)
      guard got > 0 else { return nil }
      pending += buffer[..<got]
    }
  }

  private static func say(_ outcome: Outcome) throws {
    let line = try JSONLine.encode(outcome) + [0x0a]
    guard write(STDOUT_FILENO, line, line.count) == line.count else { throw Problem.system("write", "an answer") }
  }

  private static func outcome(of task: Try) -> Int32 {
    if let path = task.write { return opened(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)) }
    if let path = task.read { return opened(open(path, O_RDONLY | O_CLOEXEC)) }
    if let path = task.run {
      // Only success doesn't return.
      var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(path), nil]
      var child = pid_t()
      return posix_spawn(&child, path, nil, nil, &arguments, nil)
    }
    if let place = task.connect { return reached(place, SOCK_STREAM) }
    if let place = task.send { return reached(place, SOCK_DGRAM) }
    if let place = task.listen { return reached(place, SOCK_STREAM, by: bind) }
    if let path = task.unix { return reached(path: path) }
    if let number = task.signal { return kill(pid_t(number) ?? 0, 0) == 0 ? 0 : errno }
    if let bytes = task.take { return taken(Int(bytes) ?? 0) }
    // The first of the two ends when there are two.
    if task.divide != nil { return daemon(1, 1) == 0 ? 0 : errno }
    if task.grow != nil { return grown() }
    return EINVAL
  }

  private static func taken(_ bytes: Int) -> Int32 {
    let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard memory != MAP_FAILED else { return errno }
    munmap(memory, bytes)
    return 0
  }

  /// As a decoder or a queue of ours would that knows no end.
  private static func grown() -> Int32 {
    var kept: [[UInt8]] = []
    while kept.count < .max { kept.append([UInt8](repeating: UInt8(truncatingIfNeeded: kept.count), count: 1 << 20)) }
    return Int32(kept.randomElement()?.last ?? 0)
  }

  private static func reached(path: String) -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return errno }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return ENAMETOOLONG }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    return connected == 0 ? 0 : errno
  }

  private static func opened(_ descriptor: Int32) -> Int32 {
    guard descriptor >= 0 else { return errno }
    close(descriptor)
    return 0
  }

  private static func reached(
    _ place: String, _ type: __socket_type,
    by how: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32 = Glibc.connect
  ) -> Int32 {
    let parts = place.split(separator: ":")
    guard parts.count == 2, let port = UInt16(parts[1]) else { return EINVAL }
    let descriptor = socket(AF_INET, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return errno }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    guard inet_pton(AF_INET, String(parts[0]), &address.sin_addr) == 1 else { return EINVAL }
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        how(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { return errno }
    return type == SOCK_STREAM || Glibc.send(descriptor, "x", 1, Int32(MSG_NOSIGNAL)) == 1 ? 0 : errno
  }
}
