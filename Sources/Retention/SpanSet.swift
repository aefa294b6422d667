public import Domain

/// Spans of one camera, merged and in order, so that asking costs little however many there are.
public struct SpanSet: Hashable, Sendable {
  /// In order; none touches the next.
  public private(set) var spans: [TimeSpan] = []

  public init(_ given: [TimeSpan]) {
    for span in given.sorted(by: { $0.from < $1.from }) {
      if let last = spans.last, span.from <= last.to {
        if span.to > last.to, let merged = TimeSpan(from: last.from, to: span.to) { spans[spans.count - 1] = merged }
      } else {
        spans.append(span)
      }
    }
  }

  public func overlaps(_ other: TimeSpan) -> Bool { firstReaching(other.from).map { $0.overlaps(other) } ?? false }

  /// Whether all of `other` lies in these spans.
  public func covers(_ other: TimeSpan) -> Bool {
    firstReaching(other.from).map { $0.from <= other.from && other.to <= $0.to } ?? false
  }

  /// The first span that ends after `time`.
  private func firstReaching(_ time: WallTime) -> TimeSpan? {
    var low = 0
    var high = spans.count
    while low < high {
      let middle = (low + high) / 2
      if spans[middle].to <= time { low = middle + 1 } else { high = middle }
    }
    return low < spans.count ? spans[low] : nil
  }
}
