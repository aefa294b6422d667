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
      let (doubtful, _) = doubts(inOrder, segments, now)
      date(inOrder, doubtful, &segments, now)
    }
  }

  /// Dates the first segments of one camera without knowing the later ones. Those at the end that can't be right may
  /// come out younger than with them.
  ///
  /// - Parameter segments: those with the lowest sequence numbers, in any order.
  /// - Returns: before when nothing counts as recorded that is not among them, however the clock went.
  public static func beginning(_ segments: inout [RetentionSegment], now: WallTime) -> WallTime {
    let inOrder = segments.indices.sorted { segments[$0].sequence < segments[$1].sequence }
    let (doubtful, latest) = doubts(inOrder, segments, now)
    date(inOrder, doubtful, &segments, now)
    // A later one that can be right begins no earlier; one that can't counts as recorded when such a one was, or now.
    return latest - slack
  }

  /// Which of `order`, in the order of recording, can't be right, and the latest time up to which the others reach.
  private static func doubts(
    _ order: [Int], _ segments: [RetentionSegment], _ now: WallTime
  ) -> (doubtful: Set<Int>, latest: WallTime) {
    var doubtful: Set<Int> = []
    var latest = earliest
    for index in order {
      let start = segments[index].span.from
      if start > now + slack || start + slack < latest {
        doubtful.insert(index)
      } else {
        latest = max(latest, start)
      }
    }
    return (doubtful, latest)
  }

  private static func date(
    _ order: [Int], _ doubtful: Set<Int>, _ segments: inout [RetentionSegment], _ now: WallTime
  ) {
    guard !doubtful.isEmpty else { return }
    var next = now
    for index in order.reversed() {
      if doubtful.contains(index) { segments[index].dated = next } else { next = segments[index].span.from }
    }
  }
}
