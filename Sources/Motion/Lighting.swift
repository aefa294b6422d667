/// A change of the whole picture's light: `now = gain * before + offset`.
struct Lighting: Equatable, Sendable {
  var gain: Float = 1
  var offset: Float = 0
  /// This one and then `next`.
  func then(_ next: Lighting) -> Lighting {
    Lighting(gain: gain * next.gain, offset: offset * next.gain + next.offset)
  }

  /// How far a middle grey moves.
  var size: Float { abs(gain * 100 + offset - 100) }

  /// Fits on cells that agree with each other; `nil` when the light is as it was.
  static func fit(_ now: Span<Float>, _ base: Span<Float>, skip: Span<Bool>) -> Lighting? {
    var histogram = [Int](repeating: 0, count: 512)
    var used = 0
    var i = 0
    while i < now.count {
      if !skip[i] {
        histogram[min(max(Int(now[i] - base[i] + 256), 0), 511)] += 1
        used += 1
      }
      i += 7
    }
    guard used * 20 > now.count else { return nil }
    // The middle difference, and how far half of the cells lie from it.
    let middle = Float(quantile(histogram, used / 2)) - 256 + 0.5
    let spread = Float(quantile(histogram, used * 3 / 4) - quantile(histogram, used / 4))
    var light = Lighting(gain: 1, offset: middle)
    // As ever: nothing to fit.
    if abs(middle) < 1, spread <= 1 { return nil }
    var limit = max(4, spread * 1.5)
    for _ in 0..<2 {
      var (n, sx, sy, sxx, sxy): (Float, Float, Float, Float, Float) = (0, 0, 0, 0, 0)
      var i = 0
      while i < now.count {
        let x = base[i]
        let y = now[i]
        if !skip[i], abs(y - (light.gain * x + light.offset)) < limit, y > 1, y < 250 {
          n += 1
          sx += x
          sy += y
          sxx += x * x
          sxy += x * y
        }
        i += 7
      }
      guard n > 30 else { return nil }
      let variance = sxx / n - (sx / n) * (sx / n)
      let gain = variance > 20 ? (sxy / n - (sx / n) * (sy / n)) / variance : 1
      guard gain > 0.35, gain < 3 else { return nil }
      light = Lighting(gain: gain, offset: sy / n - gain * sx / n)
      limit = max(3, limit * 0.6)
    }
    return light
  }

  private static func quantile(_ histogram: [Int], _ rank: Int) -> Int {
    var seen = 0
    for (value, count) in histogram.enumerated() {
      seen += count
      if seen > rank { return value }
    }
    return histogram.count - 1
  }
}
