public import Domain
public import Files

/// Where a camera's footage lies besides the data directory, at the moment.
public struct MediaRoots: Sendable {
  public enum Root: Sendable {
    /// The folder whose marker was looked at.
    case there(volume: RandomID, Descriptor)
    /// Why it can't be reached.
    case away(String)
  }

  /// The volume that it is recorded on; `nil` for the data directory.
  public var current: Root?
  /// Those that it was recorded on before.
  public var earlier: [Root]

  public init(current: Root? = nil, earlier: [Root] = []) {
    self.current = current
    self.earlier = earlier
  }

  var all: [Root] { (current.map { [$0] } ?? []) + earlier }

  /// Why some of the footage can't be reached; `nil` when all of it can.
  var away: String? {
    for case .away(let cause) in all { return cause }
    return nil
  }
}
