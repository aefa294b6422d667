import Domain
import Foundation
import HTTPTypes
import Household
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import ServiceLifecycle

/// Where the server listens.
public enum ListenAddress: Sendable, Hashable {
  case tcp(host: String, port: Int)
  /// The control socket; whoever may open it is the owner.
  case control(path: String)
}

/// HTTP over TCP and over the control socket: turns requests into `APIRequest`s and answers back, and nothing else.
struct WebServer: Sendable {
  let core: HomeCore
  let site: Site
  let gate: Gate

  /// The largest body that is read.
  private static let bodyLimit = 256 << 10

  func service(
    on address: ListenAddress, running: @escaping @Sendable (any Channel) async -> Void
  ) throws -> any Service {
    let isControl = if case .control = address { true } else { false }
    let bind: BindAddress =
      switch address {
      case .tcp(let host, let port): .hostname(host, port: port)
      case .control(let path): .unixDomainSocket(path: path)
      }
    let builder = HTTPServerBuilder { responder in
      WebChannel(
        responder: responder, mayUpgrade: { gate.mayUpgrade($0, isControl: isControl) },
        serveSocket: { socket, head, peer in await serve(socket, head: head, peer: peer, isControl: isControl) })
    }
    var quiet = core.surroundings.log
    // Its only errors are connections that end when the server does.
    quiet.logLevel = .critical
    return try builder.buildServer(
      configuration: ServerConfiguration(
        address: bind, serverName: nil, availableConnectionsDelegate: MaximumAvailableConnections(512)),
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quiet,
      responder: { request, writer, channel in
        let response = await answer(request, isControl: isControl, peer: WebChannel.peer(of: channel))
        try await send(response, to: request, writer, channel: channel)
      }, onServerRunning: running)
  }

  // MARK: - Requests

  private func answer(_ request: Request, isControl: Bool, peer: String) async -> APIResponse {
    // The host is looked at before anything else, the static page included (DNS rebinding).
    if let refusal = gate.refusal(request, isControl: isControl) { return .problem(refusal) }
    guard let path = Self.pathParts(request.uri.path) else { return .problem(.notFound) }
    guard path.first == "api" else {
      return site.answer(method: request.method.rawValue, path: path, match: request.headers[.ifNoneMatch])
    }
    do {
      let body = try await request.body.collect(upTo: Self.bodyLimit)
      var headers: [String: [String]] = [:]
      for field in request.headers { headers[field.name.canonicalName, default: []].append(field.value) }
      return await core.respond(
        to: APIRequest(
          method: request.method.rawValue, path: path, query: Self.query(request.uri), headers: headers,
          body: Array(body.readableBytesView), credential: Self.credential(headers, isControl: isControl), peer: peer))
    } catch {
      return .problem(APIFailure(413, "too large", "send at most \(Self.bodyLimit / 1024) kB"))
    }
  }

  /// Percent-decoded parts; `nil` when a part can't be plain text or climbs.
  static func pathParts(_ path: String) -> [String]? {
    var parts: [String] = []
    for part in path.split(separator: "/", omittingEmptySubsequences: true) {
      guard let text = part.removingPercentEncoding, text != ".", text != "..",
        text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f && $0 != 0x2f && $0 != 0x5c })
      else { return nil }
      parts.append(text)
    }
    return parts
  }

  static func query(_ uri: URI) -> [String: String] {
    var query: [String: String] = [:]
    for (key, value) in uri.queryParameters { query[String(key)] = String(value) }
    return query
  }

  static func credential(_ headers: [String: [String]], isControl: Bool) -> Credential? {
    if isControl { return .console }
    if let authorization = headers["authorization"]?.first, authorization.lowercased().hasPrefix("bearer ") {
      return .token(TokenDigest(of: Secret(String(authorization.dropFirst(7)).trimmingCharacters(in: .whitespaces))))
    }
    for line in headers["cookie"] ?? [] {
      for pair in line.split(separator: ";") {
        let parts = pair.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
        if parts.count == 2, parts[0] == "hearth" { return .session(TokenDigest(of: Secret(parts[1]))) }
      }
    }
    return nil
  }

  // MARK: - Responses

  private func send(
    _ response: APIResponse, to request: Request, _ writer: consuming ResponseWriter, channel: any Channel
  ) async throws {
    var head = HTTPResponse(status: .init(code: response.status))
    for (name, value) in Gate.securityHeaders + response.headers {
      if let field = HTTPField.Name(name) { head.headerFields.append(HTTPField(name: field, value: value)) }
    }
    let isHead = request.method == .head
    switch response.body {
    case .none:
      if response.status != 204 && response.status != 304 { head.headerFields[.contentLength] = "0" }
      try await writer.writeResponse(head)
    case .bytes(let bytes):
      head.headerFields[.contentLength] = "\(bytes.count)"
      if isHead {
        try await writer.writeResponse(head)
      } else {
        try await writer.write(response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
      }
    case .media(let stream):
      head.headerFields[.contentLength] = "\(stream.length)"
      if isHead {
        await stream.skip()
        return try await writer.writeResponse(head)
      }
      var body = try await writer.writeHead(head)
      // An error in the middle throws out of here, which closes the connection: a short answer is never passed off as
      // a whole one.
      do {
        try await stream.send { try await body.write(ByteBuffer(bytes: $0)) }
      } catch {
        try await channel.close()
        throw error
      }
      try await body.finish(nil)
    }
  }

  // MARK: - WebSockets

  private func serve(_ socket: WebChannel.Socket, head: HTTPRequestHead, peer: String, isControl: Bool) async {
    let uri = URI(head.uri)
    var headers: [String: [String]] = [:]
    for (name, value) in head.headers { headers[name.lowercased(), default: []].append(value) }
    let request = APIRequest(
      method: "GET", path: Self.pathParts(uri.path) ?? [], query: Self.query(uri), headers: headers,
      credential: Self.credential(headers, isControl: isControl), peer: peer)
    do {
      try await socket.executeThenClose { inbound, outbound in
        let pipe = SocketPipe(inbound: inbound, outbound: outbound)
        switch request.path.last {
        case "live": await core.live(request, pipe)
        case "feed": await core.feed(request, pipe)
        default: await pipe.close(4404)
        }
      }
    } catch {
      core.surroundings.log.debug("a viewer's connection ended", metadata: ["error": "\(error)"])
    }
  }
}
