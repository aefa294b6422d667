public import Domain

/// How much of a volume is kept free, in three steps: retention begins below the first, frees up to the second, and
/// recording stops at the last, where databases, journals and closing boxes still find room.
public struct DiskReserve: Hashable, Sendable {
  /// Free bytes below which retention deletes the oldest footage.
  public let begins: UInt64
  /// Free bytes that it then makes: a little more, so that it does not begin again at once.
  public let refills: UInt64
  /// Free bytes at which nothing more is recorded. Follows from the volume's size alone, so that whoever writes and
  /// whoever deletes agree on it without asking each other.
  public let stops: UInt64
  /// What the volume's cameras write; 0 when it is not known.
  public let bytesPerSecond: UInt64

  /// - Parameters:
  ///   - total: the volume's size in bytes.
  ///   - bytesPerSecond: what its cameras write, as it was measured.
  ///   - wanted: how long they shall be able to go on writing; half the volume at most is kept free for it.
  public init(total: UInt64, bytesPerSecond: UInt64, wanted: Duration = .zero) {
    // On a small volume the reserve is small: a tenth of it at most.
    let most = total / 10
    let bySize = min(max(2 << 30, total / 50), most)
    let (tenMinutes, overflow) = bytesPerSecond.multipliedReportingOverflow(by: 600)
    let floor = min(max(bySize, overflow ? most : tenMinutes), most)
    let (room, tooMuch) = bytesPerSecond.multipliedReportingOverflow(by: UInt64(max(0, wanted.components.seconds)))
    begins = max(floor + floor / 2, min(tooMuch ? .max : room, total / 2))
    refills = begins + floor / 8
    stops = bySize / 2
    self.bytesPerSecond = bytesPerSecond
  }

  /// Whether a recorder may write. One that has stopped waits for a little more, so that it does not stop again at once.
  public func mayWrite(free: UInt64, hasStopped: Bool) -> Bool { free > (hasStopped ? stops + stops / 4 : stops) }
}

/// A volume that footage lies on, at the moment of a plan.
public struct RetentionVolume: Hashable, Sendable {
  /// For the reasons: where it is mounted, or what lies on it.
  public var name: String
  /// Whose footage lies on it.
  public var cameras: Set<CameraID>
  /// Bytes that an unprivileged user may still use.
  public var free: UInt64
  /// Its size in bytes; 0 when it is not known.
  public var total: UInt64
  public var reserve: DiskReserve

  public init(name: String, cameras: Set<CameraID>, free: UInt64, total: UInt64 = 0, reserve: DiskReserve) {
    self.name = name
    self.cameras = cameras
    self.free = free
    self.total = total
    self.reserve = reserve
  }
}

extension RetentionVolume {
  /// So many hundredths of its size; `nil` when that is not known.
  func share(_ percent: Int) -> ByteCount? { total > 0 ? ByteCount(total / 100 * UInt64(max(0, percent))) : nil }

  /// Bytes per second that the cameras write together: each what it wrote in the hour before its newest segment. One that
  /// ended an hour before the newest of all writes nothing any more.
  public static func rate(of measures: [CameraID: FootageMeasure], on cameras: Set<CameraID>) -> UInt64 {
    let own = measures.filter { cameras.contains($0.key) }.map(\.value)
    guard let newest = own.compactMap(\.newest).max() else { return 0 }
    return own.reduce(0) { sum, measure in
      guard let end = measure.newest, newest - end < .seconds(3600), let first = measure.lastHour.first else {
        return sum
      }
      return sum.addingClamped(measure.lastHour.bytes / UInt64(max(60, (end - first).components.seconds)))
    }
  }
}
