import CLinux
import Domain
import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1
import NIOHTTPTypes
import NIOWebSocket

/// One accepted connection: HTTP/1.1, which may become a WebSocket.
struct WebChannel: HTTPChannelHandler {
  typealias Socket = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

  enum Upgraded: Sendable {
    case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
    case socket(Socket, HTTPRequestHead)
  }

  struct Value: ServerChildChannelValue {
    let upgrade: EventLoopFuture<Upgraded>
    let channel: any Channel
  }

  let responder: Responder
  /// Says whether a request to become a WebSocket may; looked at before any answer.
  let mayUpgrade: @Sendable (HTTPRequestHead, String) -> Bool
  let serveSocket: @Sendable (Socket, HTTPRequestHead, String) async -> Void

  /// Headers beyond this are refused: nothing Hearth is asked for needs more (and SwiftNIO's own limits are wider).
  private static let headerLimit = 16 << 10

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      let upgrader = NIOTypedWebSocketServerUpgrader<Upgraded>(
        maxFrameSize: 16 << 10,
        shouldUpgrade: { channel, head in
          channel.eventLoop.makeSucceededFuture(mayUpgrade(head, Self.peer(of: channel)) ? HTTPHeaders() : nil)
        },
        upgradePipelineHandler: { channel, head in
          channel.eventLoop.makeCompletedFuture {
            .socket(try Socket(wrappingChannelSynchronously: channel), head)
          }
        })
      let upgrade = NIOTypedHTTPServerUpgradeConfiguration<Upgraded>(upgraders: [upgrader]) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(HTTP1ToHTTPServerCodec(secure: false))
          try channel.pipeline.syncOperations.addHandler(
            HTTPConnectionStateHandler(idleTimeout: .seconds(60), logger: logger))
          return .http(
            try NIOAsyncChannel(
              wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true)))
        }
      }
      var pipeline = NIOUpgradableHTTPServerPipelineConfiguration<Upgraded>(upgradeConfiguration: upgrade)
      pipeline.enablePipelining = false
      pipeline.enableErrorHandling = false
      pipeline.decoderConfiguration.maxHeaderListSize = Self.headerLimit
      pipeline.decoderConfiguration.maxHeaderFieldSize = Self.headerLimit
      pipeline.decoderConfiguration.maxHeaderFieldCount = 64
      return Value(
        upgrade: try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(configuration: pipeline),
        channel: channel)
    }
  }

  func handle(value: Value, logger: Logger) async {
    do {
      switch try await value.upgrade.get() {
      case .http(let channel):
        await handleHTTP(asyncChannel: channel, logger: logger)
      case .socket(let socket, let head):
        await serveSocket(socket, head, Self.peer(of: value.channel))
      }
    } catch {
      logger.debug("a connection ended before its first request", metadata: ["error": "\(error)"])
      try? await value.channel.close()
    }
  }

  /// Ends a connection at once. What was written and not sent is thrown away, in this process and in the kernel: without
  /// that, a viewer who reads slowly would go on being served.
  static func cut(_ channel: any Channel) async {
    let now = linger(l_onoff: 1, l_linger: 0)
    if let socket = channel as? any SocketOptionProvider {
      // A socket that is gone already has nothing to throw away.
      try? await socket.setSoLinger(now).get()
    }
    try? await channel.close()
  }

  /// Returns when the other side has taken all that was written, or the connection ended. Until then it lies in the
  /// kernel's buffers, where `cut` still reaches it.
  static func untilTaken(_ channel: any Channel, sleep: @Sendable (Duration) async throws -> Void) async throws {
    guard let socket = channel as? any SocketOptionProvider, channel.remoteAddress?.ipAddress != nil else { return }
    var pause = Duration.milliseconds(2)
    while channel.isActive {
      var state: hearth_tcp_state = try await socket.unsafeGetSocketOption(level: .tcp, name: .init(rawValue: TCP_INFO))
        .get()
      guard hearth_untaken(&state) != 0 else { return }
      try await sleep(pause)
      pause = min(pause * 2, .milliseconds(200))
    }
  }

  /// The client's address without its port; what the view log keeps.
  static func peer(of channel: any Channel) -> String { channel.remoteAddress?.ipAddress ?? "console" }
}
