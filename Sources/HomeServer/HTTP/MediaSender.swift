import Domain
import Housekeeping
import NIOCore
import Vault

/// Sends media over a connection: while some of it is on its way, what comes next is read and verified, so that seals cost
/// a viewer no time. Only a few pieces of less than a second are in memory, and they are this viewer's alone.
struct MediaSender: Sendable {
  /// How many pieces are made ready beside the one that is being sent.
  private static let ahead = 2

  /// How many bytes may wait in a channel before sending waits for the receiver. Live pictures have the library's smaller
  /// limit: what waits there is late.
  static let waiting = ChannelOptions.Types.WriteBufferWaterMark(low: 512 << 10, high: 1 << 20)

  private struct Piece: Sendable {
    let buffer: ByteBuffer
    let ranges: [Range<Int>]
  }

  let stream: MediaStream
  /// Where it is read; `nil` for the usual pool.
  let readers: BlockingIOExecutor?

  /// Sends everything in order, waiting for a slow receiver. An error ends it: the connection must then be closed, not
  /// continued.
  func send(_ write: (ByteBuffer) async throws -> Void) async throws {
    var sent: UInt64 = 0
    var ready: [Task<Piece, any Error>] = []
    var next = 0
    defer { for task in ready { task.cancel() } }
    do {
      while sent < stream.length {
        while ready.count <= Self.ahead, next < stream.rooms.count {
          ready.append(prepare(next))
          next += 1
        }
        guard !ready.isEmpty else {
          throw Problem(.internalError, "media ended before its length", next: "report this")
        }
        let piece = try await ready.removeFirst().value
        for range in piece.ranges {
          guard let bytes = piece.buffer.getSlice(at: range.lowerBound, length: range.count) else {
            throw Problem(.internalError, "a piece of media is shorter than planned", next: "report this")
          }
          try await write(bytes)
          sent += UInt64(range.count)
        }
      }
    } catch {
      await stream.end(sent)
      throw error
    }
    await stream.end(sent)
  }

  private func prepare(_ piece: Int) -> Task<Piece, any Error> {
    Task(executorPreference: readers) { [stream] in
      try Task.checkCancellation()
      let room = stream.rooms[piece]
      var buffer = ByteBufferAllocator().buffer(capacity: room)
      var ranges: [Range<Int>] = []
      try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: room) {
        ranges = try stream.read(piece, into: $0)
        return room
      }
      return Piece(buffer: buffer, ranges: ranges)
    }
  }
}
