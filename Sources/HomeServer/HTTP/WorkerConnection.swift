import Domain
import Files
import Housekeeping
import Logging
import NIOCore
import NIOPosix
import WorkerProtocol

/// One connection to a camera's worker: one request, then messages until either side ends it. Reading is back-pressured:
/// a slow reader makes the worker drop to the next keyframe, never this process grow.
struct WorkerConnection: WorkerLink {
  private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>

  /// Connects to the worker of the camera in `folder`. The socket is reached through the folder's descriptor, since a
  /// socket's path may have no more than 107 bytes.
  static func open(folder: String) async throws -> WorkerConnection {
    let run = try Descriptor.open("\(folder)/run", .folder)
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connect(unixDomainSocketPath: "/proc/self/fd/\(run.number)/worker.sock") { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    withExtendedLifetime(run) {}
    return WorkerConnection(channel: channel)
  }

  /// Sends the request and hands each message to `body` until it answers `false` or the worker ends the connection.
  func exchange(
    _ request: SocketRequest, _ body: (SocketFrameType, [UInt8]) async throws -> Bool
  ) async throws {
    try await channel.executeThenClose { inbound, outbound in
      try await outbound.write(ByteBuffer(bytes: SocketFrame.encode(.json, try JSONLine.encode(request))))
      var frames = SocketFrameReader()
      for try await buffer in inbound {
        frames.append(buffer.readableBytesView)
        while let (type, payload) = try frames.next() {
          guard try await body(type, payload) else { return }
        }
      }
    }
  }
}
