/// Light that differs from place to place: shadows of small clouds, the beam of a car. Where the same texture is seen in
/// another light, the light is taken back, and what is left is what moves.
///
/// Costs as much as the rest where it is at work, so it works only while much of the picture is lit in another way.
struct LightField: Sendable {
  private static let side = 8
  /// It begins with so many blocks of light at once, and ends when for so many seconds there were fewer.
  private static let leastBlocks = 5
  private static let patience = 3.0
  /// What is usual follows the light within so many seconds.
  private static let follow: Float = 20

  private let columns: Int
  private let rows: Int
  private let across: Int
  private let down: Int
  /// Of each block: `now = gain * before + offset`, and how far that is believed, 0 to 1.
  private var gain: [Float]
  private var offset: [Float]
  private var trust: [Float]
  private var until = -Double.infinity

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    across = (columns + Self.side - 1) / Self.side
    down = (rows + Self.side - 1) / Self.side
    gain = [Float](repeating: 1, count: across * down)
    offset = [Float](repeating: 0, count: across * down)
    trust = offset
  }

  func isActive(_ time: Double) -> Bool { time < until }

  /// Looks for light in every block, and takes it back where much is lit in another way than usual.
  ///
  /// - Parameter noise: see below.
  /// - Returns: whether `now` was changed.
  mutating func takeBack(
    from now: inout [Float], _ background: inout Background, noise: Float, time: Double, step: Float
  ) -> Bool {
    var lit = 0
    for block in 0..<trust.count where fit(block, now.span, background.mean.span, noise: noise) { lit += 1 }
    if lit >= Self.leastBlocks { until = time + Self.patience }
    guard isActive(time) else { return false }
    spread()
    background.relight(along: relight(&now, background.mean, follow: step / Self.follow))
    return true
  }

  /// The deviation of a cell from frame to frame, of most cells.
  static func noise(_ now: Span<Float>, _ before: Span<Float>) -> Float {
    var histogram = [Int](repeating: 0, count: 64)
    var used = 0
    var i = 0
    while i < now.count {
      histogram[min(Int(abs(now[i] - before[i]) * 8), 63)] += 1
      used += 1
      i += 7
    }
    var seen = 0
    for (value, count) in histogram.enumerated() {
      seen += count
      if seen * 2 >= used { return max((Float(value) + 0.5) / 8 * 1.05, 0.4) }
    }
    return 8
  }

  /// - Returns: whether the block shows its old texture in a light that is plainly another.
  private mutating func fit(_ block: Int, _ now: Span<Float>, _ base: Span<Float>, noise: Float) -> Bool {
    trust[block] = 0
    let left = block % across * Self.side
    let top = block / across * Self.side
    let right = min(left + Self.side, columns - 1)
    let bottom = min(top + Self.side, rows - 1)
    guard right - left >= 4, bottom - top >= 4 else { return false }
    var (sumNow, sumBase, nowNow, baseBase, nowBase): (Float, Float, Float, Float, Float) = (0, 0, 0, 0, 0)
    for y in top..<bottom {
      for x in left..<right {
        let i = y * columns + x
        let (a, b) = (now[i], base[i])
        sumNow += a
        sumBase += b
        // Slopes: a smooth light leaves their proportions alone.
        let (nowRight, baseRight) = (now[i + 1] - a, base[i + 1] - b)
        let (nowBelow, baseBelow) = (now[i + columns] - a, base[i + columns] - b)
        nowNow += nowRight * nowRight + nowBelow * nowBelow
        baseBase += baseRight * baseRight + baseBelow * baseBelow
        nowBase += nowRight * baseRight + nowBelow * baseBelow
      }
    }
    let count = Float((right - left) * (bottom - top))
    let expected = count * 4 * noise * noise
    // Without texture nothing tells light from a plain thing.
    guard baseBase > expected * 2, nowBase > 0 else { return false }
    let slope = nowBase / baseBase
    let rest = nowNow - nowBase * slope
    guard slope > 0.35, slope < 2.8, rest < expected * 1.5 + 0.15 * slope * slope * baseBase else { return false }
    // Shade multiplies, glare adds; whichever the slopes agree with.
    let ratio = sumNow / max(sumBase, count)
    let factor = abs(slope - ratio) < abs(slope - 1) ? min(max(ratio, 0.35), 2.8) : 1
    gain[block] = factor
    offset[block] = (sumNow - factor * sumBase) / count
    trust[block] = 1
    return abs(sumNow - sumBase) > max(sumBase * 0.12, count * 2.5 * noise)
  }

  /// What is not known follows its neighbours; alone it is as ever.
  private mutating func spread() {
    for block in 0..<trust.count where trust[block] == 0 { (gain[block], offset[block]) = (1, 0) }
    for _ in 0..<3 {
      let (oldGain, oldOffset, oldTrust) = (gain, offset, trust)
      for row in 0..<down {
        for column in 0..<across where oldTrust[row * across + column] < 1 {
          var (weight, gains, offsets): (Float, Float, Float) = (0.5, 0.5, 0)
          for y in max(row - 1, 0)...min(row + 1, down - 1) {
            for x in max(column - 1, 0)...min(column + 1, across - 1) {
              let near = y * across + x
              weight += oldTrust[near]
              gains += oldGain[near] * oldTrust[near]
              offsets += oldOffset[near] * oldTrust[near]
            }
          }
          let block = row * across + column
          (gain[block], offset[block]) = (gains / weight, offsets / weight)
          trust[block] = min(weight * 0.15, 0.5)
        }
      }
    }
  }

  /// Only what then lies nearer to what is usual: so nothing appears that was not there before.
  ///
  /// - Returns: what is usual, brought nearer to the light of now: what stays so becomes usual.
  private func relight(_ now: inout [Float], _ base: [Float], follow: Float) -> [Float] {
    var usual = base
    let side = Float(Self.side)
    var gains = [Float](repeating: 1, count: across + 1)
    var offsets = gains
    for y in 0..<rows {
      // Down the columns of blocks first, then along the row: `difference` is what is left beside the usual value.
      let v = min(max((Float(y) + 0.5) / side - 0.5, 0), Float(down - 1))
      let upper = min(Int(v), max(down - 2, 0)) * across
      let lower = min(upper + across, (down - 1) * across)
      let part = v - v.rounded(.down)
      for x in 0..<across {
        gains[x] = gain[upper + x] + (gain[lower + x] - gain[upper + x]) * part
        offsets[x] = offset[upper + x] + (offset[lower + x] - offset[upper + x]) * part
      }
      (gains[across], offsets[across]) = (gains[across - 1], offsets[across - 1])
      for x in 0..<columns {
        let u = max((Float(x) + 0.5) / side - 0.5, 0)
        let block = Int(u)
        let along = u - Float(block)
        let i = y * columns + x
        let factor = gains[block] + (gains[block + 1] - gains[block]) * along
        let shift = offsets[block] + (offsets[block + 1] - offsets[block]) * along
        let difference = (now[i] - shift) / factor - base[i]
        if abs(difference) < abs(now[i] - base[i]) { now[i] = base[i] + difference }
        usual[i] += (base[i] * (factor - 1) + shift) * follow
      }
    }
    return usual
  }
}
