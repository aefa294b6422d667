public import Domain

/// Says where a fragment ends: before each keyframe, and before it would last too long or grow too large.
///
/// A fragment is what a power cut can take, so its length is a promise; its beginning at each keyframe is what lets
/// segments, live view and playback start anywhere.
public struct FragmentCutter: Sendable {
  private let longest: Duration
  private let largestBytes: Int
  private var start: MonotonicTime?
  private var last: MonotonicTime?
  private var interval = Duration.milliseconds(40)
  private var bytes = 0

  public init(longest: Duration = .milliseconds(800), largestBytes: Int = 8 << 20) {
    self.longest = longest
    self.largestBytes = largestBytes
  }

  /// Takes note of the next video sample.
  ///
  /// - Returns: whether the fragment that is open ends before this sample. Never true for the first sample.
  public mutating func endsBefore(decode: MonotonicTime, isKeyframe: Bool, bytes sampleBytes: Int) -> Bool {
    if let last, decode > last { interval = min(decode - last, .seconds(1)) }
    last = decode
    guard let start else {
      begin(decode, sampleBytes)
      return false
    }
    // The sample lasts about as long as the one before: with it inside, the fragment must still be short enough.
    let lasts = decode - start + interval
    guard isKeyframe || lasts > longest || decode < start || bytes + sampleBytes > largestBytes else {
      bytes += sampleBytes
      return false
    }
    begin(decode, sampleBytes)
    return true
  }

  /// Forgets the open fragment: the next sample is a first one.
  public mutating func reset() {
    start = nil
    last = nil
    bytes = 0
  }

  private mutating func begin(_ decode: MonotonicTime, _ sampleBytes: Int) {
    start = decode
    bytes = sampleBytes
  }
}
