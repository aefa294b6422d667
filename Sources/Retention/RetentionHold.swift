/// When no rule may delete anything, whatever the policy says: while it isn't known what there is.
public struct RetentionHold: Hashable, Sendable {
  /// Rows of the catalog.
  public var segments: Int
  /// Of those, the ones whose file was not found.
  public var missing: Int
  /// Names of the cameras whose folders have not been looked through since the start: their events may not be known yet,
  /// and motion would pass for continuous footage.
  public var unseen: [String]
  /// Whether the catalog is being made again.
  public var isRebuilding: Bool

  public init(segments: Int, missing: Int, unseen: [String] = [], isRebuilding: Bool = false) {
    self.segments = segments
    self.missing = missing
    self.unseen = unseen
    self.isRebuilding = isRebuilding
  }

  /// Whether so much is missing that a volume is away rather than a few files lost: more than 20 segments and more than
  /// one in a hundred.
  public var isMuchMissing: Bool { missing > max(20, segments / 100) }

  /// Why everything waits, in words; none when nothing does.
  public var reasons: [String] {
    var reasons: [String] = []
    if isRebuilding { reasons.append("the catalog is being made again: nothing is deleted until it is complete") }
    if !isRebuilding, !unseen.isEmpty {
      reasons.append("not looked through since the start: \(unseen.joined(separator: ", "))")
    }
    if isMuchMissing {
      reasons.append(
        "\(missing) of \(segments) segments have no file: nothing is deleted until they are back; if they are gone for "
          + "good, run \"hearth rebuild\"")
    }
    return reasons
  }
}

extension RetentionPlan {
  /// The plan under `hold`: itself, or one that deletes nothing and says why.
  public func under(_ hold: RetentionHold) -> RetentionPlan {
    let reasons = hold.reasons
    return reasons.isEmpty ? self : RetentionPlan(deletions: [], held: reasons + held, isWhole: isWhole)
  }
}
