/// Why bytes could not be read or written as media. Names the part that was at fault, for a log line.
public struct MP4Error: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Kind: String, Hashable, Sendable {
    /// The bytes end before the part does.
    case truncated
    /// A value that the format does not allow.
    case malformed
    /// Allowed by the format, but nothing that Hearth writes or plays.
    case unsupported
    /// Beyond a limit that keeps hostile input from costing memory or time.
    case tooLarge
    /// A part that must be there is not (yet): parameter sets before the first keyframe, a `moov` without tracks.
    case missing
  }

  public let kind: Kind
  /// The part: a box, a parameter set, a field.
  public let what: String

  public init(_ kind: Kind, _ what: String) {
    self.kind = kind
    self.what = what
  }

  public var description: String {
    switch kind {
    case .truncated: "\(what) is cut short"
    case .malformed: "\(what) is not valid"
    case .unsupported: "\(what) is not supported"
    case .tooLarge: "\(what) is too large"
    case .missing: "\(what) is missing"
    }
  }
}
