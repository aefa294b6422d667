import Domain
import Files
import HomeServer
import Household
import Housekeeping
import Settings
import Vault

/// Does the server's work in this process, for commands on a household that nobody serves at the moment. Holds the
/// data directory's lock for as long as it lives.
struct DirectTransport: ControlTransport {
  private let api: APIHandler
  private let lock: DataLock

  /// `nil` when somebody else holds the lock.
  static func open(_ layout: DataLayout) async throws -> DirectTransport? {
    let data = try DataDirectory.open(layout.path)
    guard let lock = try DataLock.take(.writer, of: data, holder: "the command `hearth`") else { return nil }
    let api = try await APIHandler.open(data, environment: .system(quiet: true))
    // Without a server nothing else scans the folders.
    await api.housekeeper.rebuild.fillIfLost()
    return DirectTransport(api: api, lock: lock)
  }

  func send(_ request: ControlRequest, into file: Descriptor?) async throws -> ControlResponse {
    let answer = await api.respond(
      to: APIRequest(
        method: request.method, path: ["api", "v1"] + request.path,
        query: Dictionary(request.query, uniquingKeysWith: { $1 }),
        headers: ["content-type": ["application/json"], "hearth-request": ["1"]], body: request.body ?? [],
        credential: .console, peer: "console"))
    var response = ControlResponse(
      status: answer.status,
      headers: Dictionary(answer.headers.map { ($0.0.lowercased(), $0.1) }, uniquingKeysWith: { $1 }), body: [])
    let target = (200..<300).contains(answer.status) ? file : nil
    func keep(_ bytes: [UInt8]) throws {
      if let target { try target.append(bytes) } else { response.body += bytes }
    }
    switch answer.body {
    case .none: break
    case .bytes(let bytes): try keep(bytes)
    case .picture(let picture): try keep(picture.bytes)
    case .media(let stream): try await stream.send { try keep($0) }
    }
    await api.settle()
    return response
  }
}
