import Files
import Domain
import Glibc
import Synchronization
import WorkerProtocol

/// The worker's main thread after start: control lines on standard input, signals, and the socket in the camera's folder,
/// all in one loop that sleeps until something happens.
final class SocketServer {
  private final class Client {
    let connection: Connection
    var reader = SocketFrameReader()
    var request: SocketRequest?
    init(_ connection: Connection) { self.connection = connection }
  }

  private let listener: Int32
  private let alarm: Alarm
  private let control: ControlLine
  private let bulletin: Bulletin
  private let hubs: [StreamRole: LiveHub]
  private let snapshots: Snapshots
  private let log: Log
  private var clients: [Client] = []
  private var controlBytes: [UInt8]
  private let facts = Subscribers()

  private static let mostClients = 64
  /// How often the supervisor is told that this worker is alive.
  private static let beat = Duration.seconds(2)

  /// - Parameter pendingControl: what was read from standard input after the configuration.
  /// - Throws: `Problem` when the socket can't be made. The working folder must be the camera's `run`: a socket's path
  ///   holds 107 bytes at most, so it is bound by its bare name.
  init(
    alarm: Alarm, control: ControlLine, bulletin: Bulletin, hubs: [StreamRole: LiveHub], snapshots: Snapshots,
    log: Log, pendingControl: [UInt8]
  ) throws {
    self.alarm = alarm
    self.control = control
    self.bulletin = bulletin
    self.hubs = hubs
    self.snapshots = snapshots
    self.log = log
    controlBytes = pendingControl
    listener = try Self.listen("worker.sock")
    let facts = facts
    let wake = alarm
    bulletin.listen { json in
      if facts.send(json) { wake.ring() }
    }
  }

  deinit { close(listener) }

  private static func listen(_ name: String) throws -> Int32 {
    func fail(_ what: String) -> Problem {
      Problem(
        .cannotCreate, "the worker's socket could not be \(what): \(String(cString: strerror(errno)))",
        next: "check the camera's run folder", code: .system(errno))
    }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { throw fail("made") }
    guard unlink(name) == 0 || errno == ENOENT else { throw fail("replaced") }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name.utf8) }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0 else { throw fail("bound") }
    guard Glibc.listen(descriptor, 16) == 0 else { throw fail("opened") }
    return descriptor
  }

  /// Serves until the worker is to stop.
  ///
  /// - Parameter isAlive: whether every thread that works with a camera's bytes still does. Asked here and nowhere else, so
  ///   that a worker whose main loop hangs falls silent too.
  func run(isAlive: () -> Bool) {
    takeControlLines()
    fcntlNonBlocking(STDIN_FILENO)
    var nextBeat = SystemClock.monotonic()
    while !control.isStopping {
      let now = SystemClock.monotonic()
      if now >= nextBeat {
        nextBeat = now + Self.beat
        if isAlive() { control.send(.alive) }
      }
      var polled = [
        pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
        pollfd(fd: alarm.reading, events: Int16(POLLIN), revents: 0),
        pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
      ]
      for client in clients {
        let events = Int16(POLLIN) | (client.connection.hasOutgoing ? Int16(POLLOUT) : 0)
        polled.append(pollfd(fd: client.connection.descriptor, events: events, revents: 0))
      }
      let wait = Int32(clamping: (nextBeat - SystemClock.monotonic()).nanoseconds / 1_000_000 + 1)
      guard poll(&polled, nfds_t(polled.count), max(0, wait)) >= 0 || errno == EINTR else {
        log.line("poll failed: errno \(errno)")
        return control.stop()
      }
      if alarm.wasRung() == .terminate { return control.stop() }
      if polled[0].revents != 0 { readControl() }
      let ready = zip(clients, polled[3...]).filter { $0.1.revents != 0 }.map(\.0)
      for client in ready where !receive(from: client) { drop(client) }
      // A ring may mean bytes for anybody; sending to all costs one look each.
      for client in clients where client.connection.hasOutgoing {
        if !client.connection.flush() { drop(client) }
      }
      for client in clients where client.connection.isFinished { drop(client) }
      if polled[2].revents != 0 { accept() }
    }
  }

  private func fcntlNonBlocking(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  // MARK: Standard input

  /// A line with settings is no longer than their file may be.
  private static let longestControlLine = 2 << 20

  private func readControl() {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let got = read(STDIN_FILENO, &buffer, buffer.count)
    if got < 0 && (errno == EAGAIN || errno == EINTR) { return }
    // The supervisor is gone, or wants the worker gone: nobody is left to restart it, so it ends.
    guard got > 0 else { return control.stop() }
    controlBytes.append(contentsOf: buffer[..<got])
    takeControlLines()
    if controlBytes.count > Self.longestControlLine { controlBytes = [] }
  }

  private func takeControlLines() {
    while let end = controlBytes.firstIndex(of: 0x0a) {
      let line = controlBytes[..<end]
      if !line.isEmpty { control.receive(line) }
      controlBytes.removeSubrange(...end)
    }
    if control.isHeldBack {
      bulletin.set(
        notes: [
          "This camera takes more of the processor than its share and is held back, so that the others keep theirs."
            + " Lower its frame rate or size, or set a smaller detection stream."
        ], of: "processor")
    }
  }

  // MARK: Clients

  private func accept() {
    let descriptor = Glibc.accept(listener, nil, nil)
    guard descriptor >= 0 else { return }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    fcntlNonBlocking(descriptor)
    let connection = Connection(descriptor: descriptor)
    // The descriptor closes with `connection`.
    guard clients.count < Self.mostClients else { return log.line("too many clients on the worker's socket") }
    clients.append(Client(connection))
  }

  private func drop(_ client: Client) {
    clients.removeAll { $0 === client }
    facts.remove(client.connection)
    for hub in hubs.values { hub.remove(client.connection) }
  }

  private func receive(from client: Client) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let got = recv(client.connection.descriptor, &buffer, buffer.count, 0)
    if got < 0 { return errno == EAGAIN || errno == EINTR }
    guard got > 0 else { return false }
    // After its request a client only reads; what it sends besides is thrown away.
    guard client.request == nil else { return true }
    client.reader.append(buffer[..<got])
    do {
      guard let (type, payload) = try client.reader.next() else { return true }
      guard type == .json else { return false }
      let request = try JSONLine.decode(SocketRequest.self, from: payload)
      client.request = request
      serve(request, client.connection)
      return true
    } catch {
      log.line("a request on the worker's socket was not understood")
      return false
    }
  }

  private func serve(_ request: SocketRequest, _ connection: Connection) {
    switch request {
    case .facts:
      bulletin.begin { state in
        connection.send(.json, state)
        facts.add(connection)
      }
    case .live(let role, let sound):
      guard let hub = hubs[role] else { return refuse(connection, "this camera has no \(role.rawValue) stream") }
      if sound { connection.hear() }
      hub.add(connection)
    case .snapshot:
      let alarm = alarm
      snapshots.take { answer in
        switch answer {
        case .success(let picture): connection.send(.picture, picture)
        case .failure(let problem):
          connection.send(.json, (try? JSONLine.encode(WorkerFact.error(problem.what))) ?? [])
        }
        connection.finish()
        alarm.ring()
      }
    }
  }

  private func refuse(_ connection: Connection, _ what: String) {
    connection.send(.json, (try? JSONLine.encode(WorkerFact.error(what))) ?? [])
    connection.finish()
  }
}

/// Those who listen to facts.
private final class Subscribers: Sendable {
  private let connections = Mutex<[Connection]>([])

  func add(_ connection: Connection) { connections.withLock { $0.append(connection) } }
  func remove(_ connection: Connection) { connections.withLock { $0.removeAll { $0 === connection } } }

  /// - Returns: whether anybody listens.
  func send(_ json: [UInt8]) -> Bool {
    connections.withLock { connections in
      for connection in connections { connection.send(.json, json) }
      return !connections.isEmpty
    }
  }
}
