public import Domain

/// Media on its way to one viewer, in pieces. Only a `PlayableSpan` makes one, from fragments that were verified under a
/// grant: an answer can carry footage in no other way.
public final class MediaStream: Sendable {
  typealias Read = @Sendable (_ piece: Int, _ buffer: UnsafeMutableRawBufferPointer) throws -> [Range<Int>]

  public let camera: CameraID
  public let length: UInt64
  /// How many bytes of memory reading each piece takes.
  public let rooms: [Int]
  private let reading: Read
  private let ended: @Sendable (UInt64) async -> Void
  private let refused: @Sendable () async -> Void

  /// - Parameters:
  ///   - read: reads and verifies a piece, and says which of its bytes go out.
  ///   - ended: told once how many bytes went out.
  ///   - untilRefused: returns when the viewer's right is gone.
  init(
    camera: CameraID, length: UInt64, rooms: [Int], read: @escaping Read,
    ended: @escaping @Sendable (UInt64) async -> Void, untilRefused: @escaping @Sendable () async -> Void
  ) {
    self.camera = camera
    self.length = length
    self.rooms = rooms
    reading = read
    self.ended = ended
    refused = untilRefused
  }

  /// Reads a piece and verifies it, in memory that is the viewer's alone and then sent: nothing is copied in between. Any
  /// task may read ahead.
  ///
  /// - Parameter buffer: at least as large as the piece's room.
  /// - Returns: which bytes of it go out, in this order.
  /// - Throws: `DoorRefusal.mismatch`; what is in the memory then must not go out.
  public func read(_ piece: Int, into buffer: UnsafeMutableRawBufferPointer) throws -> [Range<Int>] {
    try reading(piece, buffer)
  }

  /// Says how many bytes went out in the end.
  public func end(_ sent: UInt64) async { await ended(sent) }

  /// Returns when the viewer's right is gone: whoever sends must then end the connection. Until then, or until it is
  /// cancelled, it waits.
  public func untilRefused() async { await refused() }

  /// Hands everything on in order, for a receiver in this process. An error ends it: what came before is not all.
  public func send(_ write: ([UInt8]) async throws -> Void) async throws {
    var sent: UInt64 = 0
    do {
      for piece in rooms.indices {
        var ranges: [Range<Int>] = []
        let bytes = try [UInt8](unsafeUninitializedCapacity: rooms[piece]) { buffer, count in
          ranges = try read(piece, into: UnsafeMutableRawBufferPointer(buffer))
          count = rooms[piece]
        }
        for range in ranges {
          try await write(Array(bytes[range]))
          sent += UInt64(range.count)
        }
      }
    } catch {
      await ended(sent)
      throw error
    }
    await ended(sent)
  }
}
