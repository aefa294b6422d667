import Domain
import Foundation
import HTTPTypes
import Household
import Housekeeping
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import ServiceLifecycle
import Vault

/// Where the server listens.
public enum ListenAddress: Sendable, Hashable {
  case tcp(host: String, port: Int)
  /// The control socket; whoever may open it is the owner.
  case control(path: String)
}

/// HTTP over TCP and over the control socket: turns requests into `APIRequest`s and answers back, and nothing else.
struct WebServer: Sendable {
  let api: APIHandler
  let site: Site
  let gate: Gate

  private var log: Logger { api.housekeeper.environment.log }
  private var sleep: @Sendable (Duration) async throws -> Void { api.housekeeper.environment.sleep }

  private static let forwarding: Set<String> = ["x-forwarded-for", "forwarded"]

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
        responder: responder, mayUpgrade: { socketVisitor($0, peer: $1, isControl: isControl) != nil },
        serveSocket: { socket, head, peer in await serve(socket, head: head, peer: peer, isControl: isControl) })
    }
    var quiet = log
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
    // Who asks for which host is looked at before anything else, the static page included (DNS rebinding).
    let visitor: Visitor
    do { visitor = try isControl ? .console : gate.admit(GateRequest(request), peer: peer) } catch {
      return .problem(error)
    }
    if !isControl, request.headers.contains(where: { Self.forwarding.contains($0.name.canonicalName) }),
      api.reach.isNewSpeaker(peer)
    {
      log.notice(
        "a request says whom it is for, and is not believed; if this is your proxy: hearth house set --trusted-proxy",
        metadata: ["address": "\(peer)"])
    }
    guard let path = Self.pathParts(request.uri.path) else { return .problem(.notFound) }
    guard path.first == "api" else {
      return site.answer(method: request.method.rawValue, path: path, match: request.headers[.ifNoneMatch])
    }
    do {
      let body = try await request.body.collect(upTo: Self.bodyLimit)
      var headers: [String: [String]] = [:]
      for field in request.headers { headers[field.name.canonicalName, default: []].append(field.value) }
      let credential = isControl ? .console : Self.credential(headers, isSecure: visitor.isSecure)
      return await api.respond(
        to: APIRequest(
          method: request.method.rawValue, path: path, query: Self.query(request.uri), headers: headers,
          body: Array(body.readableBytesView), credential: credential, peer: visitor.address,
          isSecure: visitor.isSecure))
    } catch {
      return .problem(APIFailure(413, "too large", "send at most \(Self.bodyLimit / 1024) kB"))
    }
  }

  private static func socketRoute(_ path: [String]) -> Route? {
    guard path.first == "api" else { return nil }
    return Routes.all.first { $0.isSocket && $0.match(path.dropFirst()) != nil }
  }

  /// Who wants to open a socket, if there is one and they may.
  private func socketVisitor(_ head: HTTPRequestHead, peer: String, isControl: Bool) -> Visitor? {
    guard head.method == .GET, let path = Self.pathParts(URI(head.uri).path), Self.socketRoute(path) != nil else {
      return nil
    }
    return isControl ? .console : gate.admitSocket(GateRequest(head), peer: peer)
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

  /// What a request shows to be let in: a token, or the session's cookie. A secure request's cookie is another one, which
  /// nothing on a plain connection can have set.
  static func credential(_ headers: [String: [String]], isSecure: Bool) -> Credential? {
    if let authorization = headers["authorization"]?.first, authorization.lowercased().hasPrefix("bearer ") {
      return .token(TokenDigest(of: Secret(String(authorization.dropFirst(7)).trimmingCharacters(in: .whitespaces))))
    }
    for line in headers["cookie"] ?? [] {
      for pair in line.split(separator: ";") {
        let parts = pair.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
        if parts.count == 2, parts[0] == SessionCookie.name(isSecure: isSecure) {
          return .session(TokenDigest(of: Secret(parts[1])))
        }
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
    case .bytes(let bytes): try await send(bytes, head, isHead: isHead, writer)
    case .picture(let picture): try await send(picture.bytes, head, isHead: isHead, writer)
    case .media(let stream):
      head.headerFields[.contentLength] = "\(stream.length)"
      if isHead {
        await stream.end(0)
        return try await writer.writeResponse(head)
      }
      // Some pieces may wait in the channel: its thread then always has something to send while others verify.
      try await channel.setOption(.writeBufferWaterMark, value: MediaSender.waiting).get()
      var body = try await writer.writeHead(head)
      // The right may end while a slow viewer takes the bytes: then not even what lies in buffers goes out.
      let watch = Task {
        await stream.untilRefused()
        if !Task.isCancelled { await WebChannel.cut(channel) }
      }
      defer { watch.cancel() }
      // An error in the middle throws out of here, which closes the connection: a short answer is never passed off as
      // a whole one.
      do {
        try await MediaSender(stream: stream, readers: api.executor).send { try await body.write($0) }
      } catch {
        try await channel.close()
        throw error
      }
      try await body.finish(nil)
      try await WebChannel.untilTaken(channel, sleep: sleep)
    }
  }

  private func send(
    _ bytes: [UInt8], _ head: HTTPResponse, isHead: Bool, _ writer: consuming ResponseWriter
  ) async throws {
    var head = head
    head.headerFields[.contentLength] = "\(bytes.count)"
    guard !isHead else { return try await writer.writeResponse(head) }
    try await writer.write(response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  // MARK: - WebSockets

  private func serve(_ socket: WebChannel.Socket, head: HTTPRequestHead, peer: String, isControl: Bool) async {
    // As when the upgrade was allowed; what is set may have changed since.
    guard let visitor = socketVisitor(head, peer: peer, isControl: isControl) else { return }
    let uri = URI(head.uri)
    var headers: [String: [String]] = [:]
    for (name, value) in head.headers { headers[name.lowercased(), default: []].append(value) }
    let request = APIRequest(
      method: "GET", path: Self.pathParts(uri.path) ?? [], query: Self.query(uri), headers: headers,
      credential: isControl ? .console : Self.credential(headers, isSecure: visitor.isSecure), peer: visitor.address,
      isSecure: visitor.isSecure)
    do {
      try await socket.executeThenClose { inbound, outbound in
        let pipe = SocketPipe(
          inbound: inbound, outbound: outbound, channel: socket.channel, sleep: sleep)
        guard let serve = Self.socketRoute(request.path)?.socket else {
          return await pipe.close(SocketPipe.notFoundCode)
        }
        await serve(api.controllers)(request, pipe)
      }
    } catch {
      log.debug("a viewer's connection ended", metadata: ["error": "\(error)"])
    }
  }
}

extension Visitor {
  /// Whoever may open the control socket.
  static let console = Visitor(address: "console", host: nil, scheme: nil)
}

extension GateRequest {
  fileprivate init(_ request: Request) {
    let headers = request.headers
    self.init(
      method: request.method.rawValue, path: request.uri.path, host: request.head.authority,
      header: { name in headers.filter { $0.name.canonicalName == name }.map(\.value) })
  }

  fileprivate init(_ head: HTTPRequestHead) {
    let headers = head.headers
    self.init(
      method: head.method.rawValue, path: URI(head.uri).path, host: headers.first(name: "host"),
      header: { headers[$0] })
  }
}
