public import Domain

/// Lays frames of sound end to end, so that rounding and jitter don't make a crackle at each fragment; begins anew only
/// when the sound has drifted audibly from where its timestamps say it belongs.
public struct AudioRuler: Sendable {
  private let sampleRate: Int64
  private let tolerance: Duration
  private var origin: MonotonicTime?
  private var samples: Int64 = 0

  /// How often the sound was laid anew after the first frame.
  public private(set) var breaks = 0

  public init(sampleRate: Int, tolerance: Duration = .milliseconds(120)) {
    self.sampleRate = Int64(max(1, sampleRate))
    self.tolerance = tolerance
  }

  /// Where the next frame of `count` samples begins, given what its timestamp was mapped to.
  public mutating func place(_ mapped: MonotonicTime, samples count: Int) -> MonotonicTime {
    if let origin {
      let expected = at(origin)
      if max(expected - mapped, mapped - expected) <= tolerance {
        samples += Int64(count)
        return expected
      }
      breaks += 1
      // Never over what was already laid.
      let start = max(mapped, expected)
      self.origin = start
      samples = Int64(count)
      return start
    }
    origin = mapped
    samples = Int64(count)
    return mapped
  }

  private func at(_ origin: MonotonicTime) -> MonotonicTime {
    let (seconds, rest) = samples.quotientAndRemainder(dividingBy: sampleRate)
    return MonotonicTime(
      nanoseconds: origin.nanoseconds + seconds * 1_000_000_000 + rest * 1_000_000_000 / sampleRate)
  }
}
