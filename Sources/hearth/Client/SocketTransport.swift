import Domain
package import Files
import Glibc

/// HTTP/1.1 (RFC 9112) over the control socket: one connection for each request, closed after the answer.
package struct SocketTransport: Sendable {
  /// Absolute path of the data directory.
  private let folder: String

  /// The most bytes of an answer that is kept in memory.
  private static let largestBody = 256 << 20
  private static let largestHead = 64 << 10

  package init(folder: String) { self.folder = folder }

  /// The server hung up before it said anything: it was ending, or had just been killed.
  package struct HungUp: Error {}

  /// Opens a connection, or answers `nil` when nobody listens.
  ///
  /// - Throws: `Problem` (exit 77) when this user may not talk to the server.
  package func connect() throws -> Descriptor? {
    let path = "\(folder)/hearth.sock"
    let home = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard home >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw Problem.system("open", folder)
    }
    let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    defer { close(home) }
    guard number >= 0 else { throw Problem.system("make a socket for", path) }
    let connection = Descriptor(owning: number, path: path)
    // A socket's path has 107 bytes at most; this one is short wherever the folder lies.
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let short = Array("/proc/self/fd/\(home)/hearth.sock".utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: short) }
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    if code == 0 { return connection }
    switch errno {
    case ENOENT, ECONNREFUSED: return nil
    case EACCES, EPERM:
      throw Problem(
        .permission, "the Hearth in \(folder) belongs to another user", next: "run this as that user, or with sudo",
        code: .system(errno))
    default: throw Problem.system("connect to", path)
    }
  }

  /// - Throws: `HungUp` when the connection ended before the first byte of an answer.
  package func send(
    _ request: ControlRequest, over connection: Descriptor, into file: Descriptor?
  ) async throws -> ControlResponse {
    // An answer may take its time (a check reads every file), yet not for ever.
    var patience = timeval(tv_sec: 600, tv_usec: 0)
    setsockopt(
      connection.number, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    try write(request, to: connection)
    var reader = Reader(connection: connection)
    var head = try readHead(&reader, first: true)
    // Interim answers (RFC 9110 section 15.2) come before the real one.
    while (100..<200).contains(head.status) { head = try readHead(&reader, first: false) }
    let success = (200..<300).contains(head.status)
    var sink = Sink(file: success ? file : nil, limit: Self.largestBody)
    try readBody(&reader, head, into: &sink)
    return ControlResponse(status: head.status, headers: head.headers, body: sink.bytes)
  }

  private func write(_ request: ControlRequest, to connection: Descriptor) throws {
    var text = "\(request.method) \(request.target) HTTP/1.1\r\nHost: localhost\r\nHearth-Request: 1\r\n"
    text += "Accept: application/json\r\nConnection: close\r\n"
    if let body = request.body {
      text += "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n"
    }
    let bytes = Array((text + "\r\n").utf8) + (request.body ?? [])
    var sent = 0
    while sent < bytes.count {
      let put = bytes.withUnsafeBytes {
        Glibc.send(connection.number, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if put < 0 && errno == EINTR { continue }
      // The server may answer and close before it has read all; its answer is then still to be had.
      if put < 0 && (errno == EPIPE || errno == ECONNRESET) { return }
      guard put > 0 else { throw Problem.system("write to", connection.path) }
      sent += put
    }
  }

  // MARK: - Reading the answer

  private struct Head {
    var status: Int
    var headers: [String: String]
  }

  private func readHead(_ reader: inout Reader, first: Bool) throws -> Head {
    var lines: [String] = []
    var size = 0
    while true {
      guard let line = try reader.line(limit: Self.largestHead) else {
        if first && lines.isEmpty { throw HungUp() }
        throw Self.broken("it ended within the header")
      }
      size += line.utf8.count
      guard size <= Self.largestHead else { throw Self.broken("its header is too long") }
      if line.isEmpty { break }
      lines.append(line)
    }
    let parts = lines.first?.split(separator: " ", maxSplits: 2) ?? []
    guard parts.count >= 2, parts[0] == "HTTP/1.1" || parts[0] == "HTTP/1.0", let status = Int(parts[1]),
      (100..<600).contains(status)
    else { throw Self.broken("it does not begin like HTTP") }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { throw Self.broken("a header line has no colon") }
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      headers[line[..<colon].lowercased()] = String(value)
    }
    return Head(status: status, headers: headers)
  }

  private func readBody(_ reader: inout Reader, _ head: Head, into sink: inout Sink) throws {
    if head.status == 204 || head.status == 304 { return }
    if head.headers["transfer-encoding"]?.lowercased() == "chunked" {
      while true {
        guard let line = try reader.line(limit: 1024),
          let size = Int(line.prefix { $0.isHexDigit }, radix: 16), size >= 0
        else { throw Self.broken("a chunk has no size") }
        guard size > 0 else { break }
        try reader.copy(size, into: &sink)
        guard try reader.line(limit: 2) == "" else { throw Self.broken("a chunk has no end") }
      }
      while let line = try reader.line(limit: Self.largestHead), !line.isEmpty {}
    } else if let length = head.headers["content-length"] {
      guard let size = Int(length), size >= 0 else { throw Self.broken("its length is no number") }
      try reader.copy(size, into: &sink)
    } else {
      try reader.copyAll(into: &sink)
    }
  }

  private static func broken(_ why: String) -> Problem {
    Problem(.inputOutput, "the server's answer is damaged: \(why)", next: "try again; look into the server's log")
  }

  /// Where a body goes.
  private struct Sink {
    let file: Descriptor?
    let limit: Int
    var bytes: [UInt8] = []

    mutating func take(_ piece: ArraySlice<UInt8>) throws {
      if let file { return try file.append(Array(piece)) }
      guard bytes.count + piece.count <= limit else {
        throw SocketTransport.broken("it is longer than \(limit >> 20) MiB")
      }
      bytes += piece
    }
  }

  private struct Reader {
    let connection: Descriptor
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)
    private var pending: ArraySlice<UInt8> = []

    init(connection: Descriptor) { self.connection = connection }

    /// More bytes; `false` at the end.
    private mutating func fill() throws -> Bool {
      while true {
        let got = recv(connection.number, &buffer, buffer.count, 0)
        if got < 0 && errno == EINTR { continue }
        if got < 0 && errno == ECONNRESET { return false }
        guard got >= 0 else {
          guard errno == EAGAIN else { throw Problem.system("read from", connection.path) }
          throw Problem(.unavailable, "the server did not answer for ten minutes", next: "look into its log")
        }
        pending = buffer[..<got]
        return got > 0
      }
    }

    mutating func line(limit: Int) throws -> String? {
      var bytes: [UInt8] = []
      while true {
        if let end = pending.firstIndex(of: 0x0a) {
          bytes += pending[..<end]
          pending = pending[(end + 1)...]
          if bytes.last == 0x0d { bytes.removeLast() }
          return String(decoding: bytes, as: UTF8.self)
        }
        bytes += pending
        pending = []
        guard bytes.count <= limit else { throw SocketTransport.broken("a line is too long") }
        guard try fill() else {
          guard bytes.isEmpty else { throw SocketTransport.broken("it ended within a line") }
          return nil
        }
      }
    }

    mutating func copy(_ count: Int, into sink: inout Sink) throws {
      var left = count
      while left > 0 {
        if pending.isEmpty, try !fill() { throw SocketTransport.broken("it ended \(left) bytes too early") }
        let piece = pending.prefix(left)
        try sink.take(piece)
        pending = pending.dropFirst(piece.count)
        left -= piece.count
      }
    }

    mutating func copyAll(into sink: inout Sink) throws {
      repeat {
        try sink.take(pending)
        pending = []
      } while try fill()
    }
  }
}
