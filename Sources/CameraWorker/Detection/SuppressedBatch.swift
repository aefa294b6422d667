package import Domain
package import Motion
package import WorkerProtocol

/// What was not reported within some seconds. In heavy snow that is hundreds of things: the largest few of each cause stand
/// for the rest.
package struct SuppressedBatch {
  private static let most = 4
  private var largest: [SuppressedCandidate.Cause: [SuppressedCandidate]] = [:]
  private var more: [SuppressedCandidate.Cause: Int] = [:]

  package init() {}

  package var isEmpty: Bool { largest.isEmpty }

  package mutating func take(_ candidates: [SuppressedCandidate]) {
    for candidate in candidates {
      var kept = largest[candidate.cause] ?? []
      kept.append(candidate)
      if kept.count > Self.most {
        kept.sort { $0.share > $1.share }
        kept.removeLast()
        more[candidate.cause, default: 0] += 1
      }
      largest[candidate.cause] = kept
    }
  }

  package func lines(_ wall: (Duration) -> WallTime) -> [SuppressedLine] {
    largest.flatMap { cause, kept in
      kept.enumerated().map { place, candidate in
        SuppressedLine(
          from: wall(candidate.from), to: wall(candidate.to), cause: cause.rawValue, why: candidate.why,
          box: candidate.box, share: candidate.share, more: place == 0 ? more[cause] ?? 0 : 0)
      }
    }.sorted { $0.from < $1.from }
  }
}
