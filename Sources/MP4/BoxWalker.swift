/// A top-level box of a file: where it lies and how long it says it is.
public struct Box: Hashable, Sendable {
  public let type: FourCC
  /// From the start of the file to the box's first byte.
  public let offset: UInt64
  /// Size, type, 64-bit size if there is one, and the 16 bytes of a `uuid` box's type: 8, 16, 24 or 32.
  public let headerLength: UInt64
  /// With the header. `offset + length` never overflows and, for a box of `BoxWalker`, never passes the end of the file.
  public let length: UInt64
  /// The 16 bytes after the header of a `uuid` box, `nil` for others.
  public let userType: [UInt8]?

  public var end: UInt64 { offset + length }
  public var payloadOffset: UInt64 { offset + headerLength }
  public var payloadLength: UInt64 { length - headerLength }
}

/// Walks the top-level boxes of a file that may end anywhere: a recorder that lost power leaves torn files.
///
/// It reads 32 bytes per box through a closure, so a file of any size costs little, and never more than the file holds.
public struct BoxWalker: Sendable {
  public enum Step: Hashable, Sendable {
    case box(Box)
    /// The file ends exactly after the last box.
    case end
    /// From here on nothing can be read as a box. Later bytes are not looked at.
    case tail(Tail)
  }

  /// The part of a file after its last whole box.
  public struct Tail: Hashable, Sendable {
    public enum Reason: Hashable, Sendable {
      /// Zero bytes: preallocated, or a file system that lost the data of its last writes.
      case zeroes
      /// A box, of which the file holds only the beginning; its type and its length if they can still be read.
      case cutShort(FourCC?, UInt64?)
      /// A size that no box can have.
      case damaged
    }
    public let offset: UInt64
    public let length: UInt64
    public let reason: Reason

    public init(offset: UInt64, length: UInt64, reason: Reason) {
      self.offset = offset
      self.length = length
      self.reason = reason
    }
  }

  /// Where the next box is looked for.
  public private(set) var offset: UInt64
  private let fileLength: UInt64

  public init(fileLength: UInt64, startingAt offset: UInt64 = 0) {
    self.fileLength = fileLength
    self.offset = min(offset, fileLength)
  }

  /// The next box, the end or the tail; the last two repeat when asked again.
  ///
  /// - Parameter read: gives the bytes from an offset on, at most the given count; fewer count as the file's end.
  /// - Throws: only what `read` throws.
  public mutating func next(read: (UInt64, Int) throws -> [UInt8]) rethrows -> Step {
    let left = fileLength - offset
    guard left > 0 else { return .end }
    let head = try read(offset, Int(min(left, 32)))
    let step = Self.step(head, at: offset, left: left)
    if case .box(let box) = step { offset = box.end }
    return step
  }

  /// - Parameter head: up to 32 bytes from `offset` on.
  private static func step(_ head: [UInt8], at offset: UInt64, left: UInt64) -> Step {
    func tail(_ reason: Tail.Reason) -> Step { .tail(Tail(offset: offset, length: left, reason: reason)) }
    guard head.contains(where: { $0 != 0 }) else { return tail(.zeroes) }
    do throws(MP4Error) {
      var reader = BoxReader(head, name: "box")
      var length = UInt64(try reader.u32())
      let type = try reader.fourCC()
      var headerLength: UInt64 = 8
      if length == 1 {
        length = try reader.u64()
        headerLength = 16
      }
      if type == "uuid" { headerLength += 16 }
      // A length of 0 means "to the end of the file": Hearth never writes it, and a torn file may hold it.
      guard length >= headerLength else { return tail(.damaged) }
      guard length <= left else { return tail(.cutShort(type, length)) }
      let userType = type == "uuid" ? [UInt8](try reader.take(16)) : nil
      return .box(
        Box(type: type, offset: offset, headerLength: headerLength, length: length, userType: userType))
    } catch {
      return tail(.cutShort(nil, nil))
    }
  }

  /// All boxes of bytes in memory, and how they end.
  public static func walk(_ bytes: [UInt8]) -> (boxes: [Box], last: Step) {
    var walker = BoxWalker(fileLength: UInt64(bytes.count))
    var boxes: [Box] = []
    while true {
      let step = walker.next { offset, count in [UInt8](bytes[Int(offset)..<Int(offset) + count]) }
      guard case .box(let box) = step else { return (boxes, step) }
      boxes.append(box)
    }
  }
}
