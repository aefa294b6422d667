public import Domain

/// How much is kept of devices that looked like another camera: enough for the owner to see whose pictures they are.
public struct QuarantineLimit: Sendable {
  /// A finished file of a quarantine.
  public struct File: Hashable, Sendable {
    /// Relative to its `media` folder.
    public var name: String
    public var bytes: UInt64
    /// When it was last written.
    public var written: WallTime

    public init(name: String, bytes: UInt64, written: WallTime) {
      self.name = name
      self.bytes = bytes
      self.written = written
    }
  }

  public var bytes: UInt64
  public var age: Duration

  /// The newest gigabyte of the newest day.
  public static let standard = QuarantineLimit(bytes: 1_000_000_000, age: .seconds(86_400))

  public init(bytes: UInt64, age: Duration) {
    self.bytes = bytes
    self.age = age
  }

  /// The names of those that are too old or too many, oldest first.
  public func excess(_ files: [File], now: WallTime) -> [String] {
    var kept: UInt64 = 0
    var names: [String] = []
    for file in files.sorted(by: { ($0.written, $0.name) > ($1.written, $1.name) }) {
      kept += file.bytes
      if kept > bytes || now - file.written > age { names.append(file.name) }
    }
    return names.reversed()
  }
}
