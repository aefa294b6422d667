import Files
import NIOCore
import NIOWebSocket
import Vault
import Domain

/// One open WebSocket (RFC 6455), from the server's side: JSON, and live messages that passed the door; nothing else can
/// be sent. Sending waits for a slow receiver.
struct SocketPipe: Sendable {
  private let inbound: NIOAsyncChannelInboundStream<WebSocketFrame>
  private let outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
  private let channel: any Channel
  private let sleep: @Sendable (Duration) async throws -> Void

  init(
    inbound: NIOAsyncChannelInboundStream<WebSocketFrame>, outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>,
    channel: any Channel, sleep: @escaping @Sendable (Duration) async throws -> Void
  ) {
    self.inbound = inbound
    self.outbound = outbound
    self.channel = channel
    self.sleep = sleep
  }

  func send(json value: some Encodable) async throws {
    let text = ByteBuffer(bytes: try JSONLine.encode(value))
    try await outbound.write(WebSocketFrame(fin: true, opcode: .text, data: text))
  }

  func send(_ message: VerifiedMessage) async throws {
    var buffer = ByteBufferAllocator().buffer(capacity: message.head.count + message.body.count)
    buffer.writeBytes(message.head)
    buffer.writeBytes(message.body)
    try await outbound.write(WebSocketFrame(fin: true, opcode: .binary, data: buffer))
  }

  /// The code for unknown and refused alike.
  static let notFoundCode: UInt16 = 4404

  /// Serves until the client goes, the work ends, or the right does.
  ///
  /// - Returns: whether it was the right.
  func serve(
    _ work: @escaping @Sendable () async -> Void, while allowed: @escaping @Sendable () async -> Void
  ) async -> Bool {
    await withTaskGroup(of: Bool.self) { group in
      group.addTask {
        await untilClosed()
        return false
      }
      group.addTask {
        await work()
        return false
      }
      group.addTask {
        await allowed()
        return !Task.isCancelled
      }
      let first = await group.next()
      group.cancelAll()
      return first ?? false
    }
  }

  /// Ends the connection of a viewer whose right is gone: what they have not read yet is thrown away.
  func cut(_ code: UInt16) async {
    await close(code)
    await WebChannel.cut(channel)
  }

  /// Says good-bye with a code (RFC 6455 section 7.4); a receiver that is gone already is fine. One that doesn't read is
  /// not waited for: the connection ends behind this either way.
  func close(_ code: UInt16) async {
    var buffer = ByteBufferAllocator().buffer(capacity: 2)
    buffer.writeInteger(code)
    let frame = WebSocketFrame(fin: true, opcode: .connectionClose, data: buffer)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await outbound.write(frame) }
      group.addTask { try? await sleep(.milliseconds(200)) }
      await group.next()
      group.cancelAll()
    }
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
