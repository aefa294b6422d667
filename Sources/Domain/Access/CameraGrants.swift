/// The same hours of every day, counted in minutes of the house's day: from `from` on, before `to`. When `to` is not
/// after `from` they reach over midnight.
public struct DailyHours: Hashable, Sendable, CustomStringConvertible {
  /// Minute of the day, 0 to 1439.
  public let from: Int
  /// Minute of the day, 0 to 1439; 0 is midnight at either end.
  public let to: Int

  /// `nil` when one of them is no minute of a day, or both are the same.
  public init?(from: Int, to: Int) {
    guard (0..<1440).contains(from), (0..<1440).contains(to), from != to else { return nil }
    self.from = from
    self.to = to
  }

  /// Reads `18:00-23:00`; `24:00` is midnight. `nil` for anything else.
  public init?(text: some StringProtocol) {
    let ends = String(text).split(separator: "-", omittingEmptySubsequences: false).map(Self.minute)
    guard ends.count == 2, let from = ends[0], let to = ends[1] else { return nil }
    self.init(from: from, to: to)
  }

  public func contains(minute: Int) -> Bool {
    from < to ? (from..<to).contains(minute) : minute >= from || minute < to
  }

  /// `18:00-23:00`.
  public var description: String { "\(Self.clock(from))-\(Self.clock(to == 0 ? 1440 : to))" }

  private static func minute(_ text: Substring) -> Int? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2,
      parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
      let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60, hour < 24 || (hour == 24 && minute == 0)
    else { return nil }
    return (hour * 60 + minute) % 1440
  }

  private static func clock(_ minute: Int) -> String {
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(two(minute / 60)):\(two(minute % 60))"
  }
}

/// What somebody may do with one camera, and when.
public struct CameraGrant: Hashable, Sendable {
  public var rights: Rights
  /// The first moment at which nothing is granted any more; `nil` for good.
  public var until: WallTime?
  /// In the house's zone; `nil` all day.
  public var hours: DailyHours?

  public init(_ rights: Rights, until: WallTime? = nil, hours: DailyHours? = nil) {
    self.rights = rights
    self.until = until
    self.hours = hours
  }

  /// What is granted at one moment.
  ///
  /// - Parameter minute: the minute of the house's day at `now`.
  public func rights(at now: WallTime, minute: Int) -> Rights {
    if let until, now >= until { return [] }
    if let hours, !hours.contains(minute: minute) { return [] }
    return rights
  }
}

/// The three ways in which most people belong to a house.
public enum Preset: String, Sendable, CaseIterable, Codable {
  case owner, member, guest

  /// What they may do with every camera that there is when they are added; later cameras are granted one by one. An
  /// owner needs no grant.
  public var rights: Rights {
    switch self {
    case .owner: .all
    case .member: [.live, .playback, .export]
    case .guest: .live
    }
  }

  /// - Throws: `Problem` (exit 64) when there is no preset of that name.
  public init(from decoder: any Decoder) throws {
    guard let preset = Preset(rawValue: try decoder.singleValueContainer().decode(String.self)) else {
      throw Problem(.usage, "no such preset", next: "use owner, member or guest")
    }
    self = preset
  }

  /// How long they stay when nothing else is said; `nil` for no end.
  public var stay: Duration? { self == .guest ? .seconds(7 * 86400) : nil }
}
