import Domain
import HomeAPI

/// Compares replayed events with recorded ones.
enum ReplayComparison {
  typealias Event = API.Replay.Event

  /// Pairs what was found with what was recorded, each at most once, in the order of time.
  static func compare(_ found: [Event], with recorded: [Event]) -> [Event] {
    func times(_ event: Event) -> (Int64, Int64) {
      (WallTime(rfc3339: event.start)?.milliseconds ?? 0, WallTime(rfc3339: event.end)?.milliseconds ?? 0)
    }
    var left = recorded.sorted { $0.start < $1.start }
    var all: [Event] = []
    for event in found {
      let (start, end) = times(event)
      let match = left.firstIndex {
        let (otherStart, otherEnd) = times($0)
        return start <= otherEnd && otherStart <= end
      }
      guard let match else {
        all.append(event)
        continue
      }
      let (otherStart, otherEnd) = times(left[match])
      var pair = event
      pair.id = left[match].id
      pair.outcome = abs(start - otherStart) <= 1000 && abs(end - otherEnd) <= 1000 ? .same : .moved
      all.append(pair)
      left.remove(at: match)
    }
    return (all + left).sorted { $0.start < $1.start }
  }
}
