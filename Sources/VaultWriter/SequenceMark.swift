public import Files

/// The highest number that one of a camera's segments has, wherever it lies. Footage is ordered by these numbers, and a
/// new volume has none yet; the file `sequence` beside the settings remembers them.
public final class SequenceMark: Sendable {
  private static let digits = 20
  private let file: Descriptor
  /// What was recorded where the settings are, before there was a volume.
  private let media: Descriptor

  /// - Parameter home: the camera's folder in the data directory, with `run`.
  public init(home: Descriptor) throws {
    file = try Descriptor.open("sequence", in: Descriptor.folder("run", in: home), .createOrOpen)
    media = try Descriptor.folder("media", in: home)
  }

  /// 0 when there is none.
  public func highest() throws -> UInt64 {
    let text = String(decoding: try file.read(at: 0, count: Self.digits), as: UTF8.self)
    return max(UInt64(text) ?? 0, try CameraVault.highestSequence(in: media))
  }

  /// Not made durable: a cut of power costs at most the newest, and those stand in the volume's own names.
  public func note(_ sequence: UInt64) throws {
    let text = "\(sequence)"
    try file.write(Array((String(repeating: "0", count: Self.digits - text.count) + text).utf8), at: 0)
  }
}
