package import Domain

/// Measures the frames per second.
package struct FrameMeter {
  private var first: MonotonicTime?
  private var frames = 0
  package private(set) var rate: Double?

  package init() {}

  /// - Returns: the rate, when it was measured anew and differs from what was said before.
  package mutating func take(_ time: MonotonicTime) -> Double? {
    guard let first else {
      first = time
      return nil
    }
    frames += 1
    let lasted = (time - first).inSeconds
    guard lasted >= (rate == nil ? 2 : 30) else { return nil }
    let measured = (Double(frames) / lasted * 10).rounded() / 10
    self.first = time
    frames = 0
    if let rate, abs(measured - rate) < rate * 0.1 { return nil }
    rate = measured
    return measured
  }
}
