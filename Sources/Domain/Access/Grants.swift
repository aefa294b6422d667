/// What a person or a token may do with one camera.
public struct Rights: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// See the camera now.
  public static let live = Rights(rawValue: 1)
  /// See its footage, events, thumbnails and filmstrip.
  public static let playback = Rights(rawValue: 2)
  /// Take footage out of the house's keeping as a file.
  public static let export = Rights(rawValue: 4)
  /// Change its settings, protect and delete.
  public static let manage = Rights(rawValue: 8)

  public static let all: Rights = [.live, .playback, .export, .manage]

  /// The rights one by one, in a fixed order.
  public var list: [Right] { Right.allCases.filter { contains($0.rights) } }

  /// The rights by name, in a fixed order.
  public var words: [String] { list.map(\.rawValue) }

  public init(_ list: some Sequence<Right>) { self = list.reduce(into: []) { $0.insert($1.rights) } }

  /// Reads names such as `live` and `playback`; `nil` when one is unknown.
  public init?(words: some Sequence<some StringProtocol>) {
    var rights: Rights = []
    for word in words {
      guard let right = Right(rawValue: String(word)) else { return nil }
      rights.insert(right.rights)
    }
    self = rights
  }
}

/// One right, by the name that it has in requests, answers and house files.
public enum Right: String, Sendable, CaseIterable, Codable {
  case live, playback, export, manage

  /// The right as a set.
  public var rights: Rights {
    switch self {
    case .live: .live
    case .playback: .playback
    case .export: .export
    case .manage: .manage
    }
  }

  /// - Throws: `Problem` (exit 64) when there is no right of that name.
  public init(from decoder: any Decoder) throws {
    guard let right = Right(rawValue: try decoder.singleValueContainer().decode(String.self)) else {
      throw Problem(.usage, "not a right", next: "the rights are live, playback, export and manage")
    }
    self = right
  }
}

/// Why somebody's view of media was opened, or what else they did with a camera's footage; the view log keeps it.
public enum ViewAction: String, Sendable, CaseIterable, Codable {
  case live, playback, thumbnail, filmstrip, snapshot, export
  /// Read what happened and when, without a picture.
  case list
  /// Deleted footage by hand.
  case delete

  /// Whether a `ViewGrant` is made for it.
  public var opensMedia: Bool { self != .list && self != .delete }

  /// The one right that this action needs.
  public var right: Rights {
    switch self {
    case .live, .snapshot: .live
    case .playback, .thumbnail, .filmstrip, .list: .playback
    case .export: .export
    case .delete: .manage
    }
  }
}

/// The permission to open one camera's media once: only `Household` makes one, inside the transaction that found the
/// session, the camera and the right. It can't be copied, and `Vault` and the live path take nothing else.
public struct ViewGrant: ~Copyable, Sendable {
  public let person: PersonID
  public let camera: CameraID
  public let action: ViewAction
  /// The span that was asked for; `nil` for live and snapshots.
  public let span: TimeSpan?
  /// The row of the view log that was committed for this view, before its first byte.
  public let viewLogRow: Int64

  @_spi(Household)
  public init(person: PersonID, camera: CameraID, action: ViewAction, span: TimeSpan?, viewLogRow: Int64) {
    self.person = person
    self.camera = camera
    self.action = action
    self.span = span
    self.viewLogRow = viewLogRow
  }
}
