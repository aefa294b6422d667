/// A frame against the background, cell by cell.
struct Comparison: Sendable {
  /// The least difference that counts, in luma.
  private(set) var threshold: [Float]
  private(set) var changed: [Bool]
  private(set) var changedCount = 0
  /// How restless the frame is as a whole, 1 when as ever: a keyframe that looks a little different, rain, blur.
  private(set) var unrest: Float = 1

  init(count: Int) {
    threshold = [Float](repeating: 0, count: count)
    changed = [Bool](repeating: false, count: count)
  }

  var share: Float { Float(changedCount) / Float(changed.count) }

  mutating func forget() {
    for i in 0..<changed.count { changed[i] = false }
    changedCount = 0
  }

  /// - Parameter tolerance: How much of a cell's slope is excused, in cells of shift.
  mutating func compare(_ now: [Float], with background: Background, _ limits: CellLimits, tolerance: Float) {
    unrest = Self.unrest(now.span, background)
    let columns = background.columns
    changedCount = 0
    let weights = Weights(floor: limits.floor, factor: limits.noiseFactor * unrest, tolerance: tolerance)
    for y in 0..<background.rows {
      let range = y * columns..<(y + 1) * columns
      changedCount += Self.compareRow(
        range, now.span.extracting(range), mean: background.mean.span.extracting(range),
        other: background.other.span.extracting(range), restless: background.restless.span.extracting(range),
        slope: background.slope.span.extracting(range), weights, threshold: &threshold, changed: &changed)
    }
  }

  private struct Weights {
    let floor: Float
    let factor: Float
    let tolerance: Float
  }

  // The planes come as separate arguments, since two mutable spans can't be taken of one `self`.
  private static func compareRow(
    _ range: Range<Int>, _ now: Span<Float>, mean: Span<Float>, other: Span<Float>, restless: Span<Float>,
    slope: Span<Float>, _ weights: Weights, threshold: inout [Float], changed: inout [Bool]
  ) -> Int {
    var thresholds = threshold.mutableSpan
    var marks = changed.mutableSpan
    let start = range.lowerBound
    let count = now.count
    precondition(
      mean.count == count && other.count == count && restless.count == count && slope.count == count
        && start >= 0 && start + count <= thresholds.count && thresholds.count == marks.count)
    var total = 0
    var x = 0
    while x + 8 <= count {
      let limit = weights.floor + weights.factor * restless.eight(x) + slope.eight(x) * weights.tolerance
      let cells = now.eight(x)
      let differs = (cells - mean.eight(x)).size.least((cells - other.eight(x)).size) .> limit
      let bits = SIMD8<UInt8>(truncatingIfNeeded: unsafeBitCast(differs, to: SIMD8<Int32>.self)) & 1
      thresholds.set(limit, start + x)
      var bytes = marks.mutableBytes
      bytes.storeBytes(of: bits, toByteOffset: start + x, as: SIMD8<UInt8>.self)
      total += Int(bits.wrappedSum())
      x += 8
    }
    while x < count {
      let limit = weights.floor + weights.factor * restless[x] + slope[x] * weights.tolerance
      let isChanged = min(abs(now[x] - mean[x]), abs(now[x] - other[x])) > limit
      thresholds[start + x] = limit
      marks[start + x] = isChanged
      total += isChanged ? 1 : 0
      x += 1
    }
    return total
  }

  private static func unrest(_ now: Span<Float>, _ background: Background) -> Float {
    let mean = background.mean.span
    let noise = background.noise.span
    var histogram = [Int](repeating: 0, count: 64)
    var used = 0
    var i = 0
    while i < now.count {
      histogram[min(Int(abs(now[i] - mean[i]) / max(noise[i], 0.25) * 8), 63)] += 1
      used += 1
      i += 7
    }
    var seen = 0
    for (value, count) in histogram.enumerated() {
      seen += count
      if seen * 2 >= used { return min(max((Float(value) + 0.5) / 8 / 0.9, 1), 5) }
    }
    return 1
  }
}
