import NIOCore
import NIOWebSocket

/// One open WebSocket (RFC 6455), from the server's side. Sending waits for a slow receiver.
struct SocketPipe: Sendable {
  let inbound: NIOAsyncChannelInboundStream<WebSocketFrame>
  let outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>

  func send(text: [UInt8]) async throws {
    try await outbound.write(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: text)))
  }

  func send(binary head: [UInt8], _ body: [UInt8]) async throws {
    var buffer = ByteBufferAllocator().buffer(capacity: head.count + body.count)
    buffer.writeBytes(head)
    buffer.writeBytes(body)
    try await outbound.write(WebSocketFrame(fin: true, opcode: .binary, data: buffer))
  }

  /// Says good-bye with a code (RFC 6455 section 7.4); a receiver that is gone already is fine.
  func close(_ code: UInt16) async {
    var buffer = ByteBufferAllocator().buffer(capacity: 2)
    buffer.writeInteger(code)
    try? await outbound.write(WebSocketFrame(fin: true, opcode: .connectionClose, data: buffer))
  }

  /// Answers pings and returns when the other side closes, disappears, or sends what only a fault would.
  func untilClosed() async {
    var received = 0
    do {
      for try await frame in inbound {
        received += 1
        switch frame.opcode {
        case .connectionClose: return
        case .ping:
          guard received < 100_000 else { return }
          try await outbound.write(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData))
        default:
          // The page has nothing to say after its request.
          guard received < 10_000 else { return }
        }
      }
    } catch {
      return
    }
  }
}
