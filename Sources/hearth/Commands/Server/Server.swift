import ArgumentParser
import Domain
import Files
import Foundation
import Glibc
import HomeServer
import Housekeeping
import Logging
import Settings
import Supervisor

/// The server role: started by the supervisor, never by hand. Ends when its standard input does.
struct Server: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "The server process.", shouldDisplay: false)

  func run() async throws {
    let signals = try SignalPipe.open()
    try Parent.follow(signal: SIGTERM)
    signal(SIGPIPE, SIG_IGN)
    guard let line = readLine(),
      let configuration = try? JSONDecoder().decode(ServerConfiguration.self, from: Data(line.utf8))
    else {
      throw Problem(.usage, "there is no configuration on standard input", next: "use `hearth serve`")
    }
    let log = Logger.stderr("server")
    let environment = ServerEnvironment.system()
    let data = try DataDirectory.open(configuration.data)
    let lock = try await Self.lock(data, log)
    let ranges = try HouseStore(data: data).network().clientRanges
    let listens = try configuration.listen.map { text in
      let listen = try ListenText(text, own: ranges)
      return ListenAddress.tcp(host: listen.host, port: listen.port)
    }
    let server = try await HomeServer.open(
      data,
      options: HomeServer.Options(
        listens: listens + [.control(path: Self.controlPath(data))], hostNames: configuration.hostNames,
        webPath: configuration.web, house: configuration.house), environment: environment)
    let work = Task {
      try await server.run { url in
        print("ready \(url)")
        Output.flush()
      }
    }
    Ending.watch(signals) { work.cancel() }
    do { try await work.value } catch is CancellationError {}
    withExtendedLifetime((lock, data)) {}
  }

  /// A socket's path has 107 bytes at most; below the open folder there is a short one for every data directory.
  private static func controlPath(_ data: DataDirectory) -> String {
    let path = data.layout.socketPath
    return path.utf8.count <= 100 ? path : "/proc/self/fd/\(data.folder.number)/hearth.sock"
  }

  /// The lock, waiting for a server that is just ending or a command that is at work.
  private static func lock(_ data: DataDirectory, _ log: Logger) async throws -> DataLock {
    var told = false
    for _ in 0..<100 {
      if let lock = try DataLock.take(.writer, of: data, holder: "hearth serve") { return lock }
      if !told {
        log.notice(
          "waiting for the data directory", metadata: ["why": "\(DataLock.taken(.writer, at: data.layout).what)"])
      }
      told = true
      try await Task.sleep(for: .milliseconds(100))
    }
    throw DataLock.taken(.writer, at: data.layout)
  }
}

/// Waits for the wish to end: a signal, or the end of standard input, which is the supervisor's end.
private enum Ending {
  /// - Parameter end: called once, on another thread.
  static func watch(_ signals: Descriptor, end: @escaping @Sendable () -> Void) {
    Thread.detachNewThread {
      var told = false
      while true {
        var polled = [
          pollfd(fd: 0, events: Int16(POLLIN), revents: 0),
          pollfd(fd: signals.number, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&polled, 2, -1) > 0 else { continue }
        var buffer = [UInt8](repeating: 0, count: 64)
        var ends = polled[0].revents != 0 && read(0, &buffer, buffer.count) == 0
        let orphaned = ends
        if polled[1].revents != 0 {
          let got = max(read(signals.number, &buffer, buffer.count), 0)
          ends = ends || buffer[..<got].contains { $0 != UInt8(SIGCHLD) }
        }
        guard ends else { continue }
        if told { _exit(0) }
        told = true
        end()
        // What hangs must not outlive the supervisor: the databases bear a hard end at any moment.
        Thread.detachNewThread {
          sleep(orphaned ? 1 : 4)
          _exit(0)
        }
        if orphaned { return }
      }
    }
  }
}
