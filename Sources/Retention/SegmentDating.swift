public import Domain

/// When segments were recorded, as far as their order tells: a clock that was wrong gives them times that can't be.
///
/// The sequence is the order of recording; the times are what the clock said. A segment whose time lies before that of an
/// earlier one, in the future, or before Hearth existed was labelled by a wrong clock. It was recorded before the next one
/// with a time that can be, and counts as being as young as that: so nothing goes early, and it goes in its turn.
public enum SegmentDating {
  /// How far times may be out of order without a wrong clock: streams begin beside each other, pre-rolls reach back.
  static let slack = Duration.seconds(300)
  /// 2020-01-01: no segment is older, and clocks without a battery begin in 1970.
  static let earliest = WallTime(seconds: 1_577_836_800)

  /// Fills in `dated` of every segment whose times can't be right.
  ///
  /// - Parameter now: the latest time that is known to have been reached.
  public static func date(_ segments: inout [RetentionSegment], now: WallTime) {
    let byCamera = Dictionary(grouping: segments.indices) { segments[$0].id.camera }
    for indices in byCamera.values {
      let inOrder = indices.sorted { segments[$0].sequence < segments[$1].sequence }
      var doubtful: Set<Int> = []
      var latest = earliest
      for index in inOrder {
        let start = segments[index].span.from
        if start > now + slack || start + slack < latest {
          doubtful.insert(index)
        } else {
          latest = max(latest, start)
        }
      }
      guard !doubtful.isEmpty else { continue }
      var next = now
      for index in inOrder.reversed() {
        if doubtful.contains(index) { segments[index].dated = next } else { next = segments[index].span.from }
      }
    }
  }
}
