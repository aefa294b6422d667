package import Domain
package import Files
import FoundationEssentials
import HomeAPI
package import Settings

/// How commands reach a household: through the server while one runs, and with the same requests directly on the data
/// directory when none does.
package actor ControlClient {
  /// A server that starts or stops is waited for this long.
  package static let patience: Duration = .seconds(10)

  /// Does a server's work in this process; `nil` when somebody holds the data directory's lock.
  package typealias Direct = @Sendable (DataLayout) async throws -> (any ControlTransport)?

  private let layout: DataLayout
  private let direct: Direct
  private let sleep: @Sendable (Duration) async throws -> Void
  /// Once the lock is ours, it stays ours until the command has ended.
  private var held: (any ControlTransport)?

  /// Whether requests go to a running server; meant to be asked after the first one.
  package var isServed: Bool { held == nil }

  /// - Parameters:
  ///   - layout: the data directory.
  ///   - direct: how to work without a server.
  ///   - sleep: how to wait; tests pass their own.
  package init(
    layout: DataLayout, direct: @escaping Direct, sleep: @escaping @Sendable (Duration) async throws -> Void
  ) {
    self.layout = layout
    self.direct = direct
    self.sleep = sleep
  }

  /// Sends a request.
  ///
  /// - Parameters:
  ///   - accepting: a status that is no success and yet an answer.
  ///   - file: takes the body of an answer of success.
  /// - Throws: `Problem` when nobody can be reached within `patience`, or for every answer that is no success.
  @discardableResult
  package func request(
    _ method: String, _ path: [String], query: [(String, String)] = [], body: (any Encodable & Sendable)? = nil,
    accepting status: Int? = nil, into file: Descriptor? = nil
  ) async throws -> ControlResponse {
    let bytes = try body.map { try Array(JSONEncoder().encode($0)) }
    let request = ControlRequest(method, path, query: query, body: bytes)
    let response = try await send(request, into: file)
    guard (200..<300).contains(response.status) || response.status == status else { throw Self.problem(response) }
    return response
  }

  /// Sends a request and reads the answer's JSON.
  package func get<Value: Decodable>(
    _ type: Value.Type, _ path: [String], query: [(String, String)] = []
  ) async throws -> Value {
    try Self.decode(type, try await request("GET", path, query: query))
  }

  package static func decode<Value: Decodable>(_ type: Value.Type, _ response: ControlResponse) throws -> Value {
    do { return try JSONDecoder().decode(type, from: Data(response.body)) } catch {
      throw Problem(
        .internalError, "the server's answer is not what this command knows",
        next: "are `hearth` and the running server of the same version? restart `hearth serve`")
    }
  }

  private func send(_ request: ControlRequest, into file: Descriptor?) async throws -> ControlResponse {
    var waited: Duration = .zero
    let pause: Duration = .milliseconds(100)
    let socket = SocketTransport(folder: layout.path)
    while true {
      if let held { return try await held.send(request, into: file) }
      if let connection = try socket.connect() {
        do { return try await socket.send(request, over: connection, into: file) } catch is SocketTransport.HungUp {
          // It may have been done; doing it again could do it twice.
          guard request.method == "GET" else {
            throw Problem(
              .unavailable, "the server ended before it answered", next: "look whether it was done, then try again")
          }
        }
      } else {
        held = try await direct(layout)
        if held != nil { continue }
      }
      guard waited < Self.patience else { throw DataLock.taken(.writer, at: layout) }
      try await sleep(pause)
      waited += pause
    }
  }

  /// An answer that is no success, as an error: with the exit code that it carries, or the one that its status means.
  package static func problem(_ response: ControlResponse) -> Problem {
    let body = try? JSONDecoder().decode(API.Problem.self, from: Data(response.body))
    return Problem(
      body?.exit ?? ExitCode(httpStatus: response.status),
      body?.title ?? "the server answered with status \(response.status)",
      next: body?.detail ?? "look into the server's log")
  }
}
