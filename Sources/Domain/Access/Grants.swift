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

  static let names: [(Rights, String)] = [
    (.live, "live"), (.playback, "playback"), (.export, "export"), (.manage, "manage"),
  ]

  /// The rights by name, in a fixed order.
  public var words: [String] { Self.names.filter { contains($0.0) }.map(\.1) }

  /// Reads names such as `live` and `playback`; `nil` when one is unknown.
  public init?(words: some Sequence<some StringProtocol>) {
    var rights: Rights = []
    for word in words {
      guard let right = Self.names.first(where: { $0.1 == word }) else { return nil }
      rights.insert(right.0)
    }
    self = rights
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
