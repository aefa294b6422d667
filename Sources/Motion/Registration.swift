/// Where the camera points now, against where it pointed when the background was learned; in cells.
struct Shift: Equatable, Sendable {
  var x: Float = 0
  var y: Float = 0
  var length: Float { (x * x + y * y).squareRoot() }
}

/// Estimates how far the whole picture moved, first from its column and row profiles (far, coarse), then by least
/// squares on the gradients (near, a fraction of a cell).
enum Registration {
  /// - Parameters:
  ///   - last: The shift of the frame before: a good guess while the camera shakes.
  ///   - still: The cost without any shift.
  /// - Returns: `nil` when no shift explains the difference clearly better than none does.
  static func estimate(
    _ now: Span<Float>, against base: Span<Float>, columns: Int, rows: Int, last: Shift, still: Float
  ) -> Shift? {
    guard columns >= 24, rows >= 24 else { return nil }
    var best = Shift()
    var bestCost = still
    var starts = [Shift()]
    if last.length > 0.5 { starts.append(last) }
    if still > 1.2 {
      let coarse = Shift(
        x: Float(profileShift(now, base, columns, rows, alongColumns: true)),
        y: Float(profileShift(now, base, columns, rows, alongColumns: false)))
      if coarse.length >= 1 { starts.append(coarse) }
    }
    for start in starts {
      var at = start
      for _ in 0..<3 {
        guard let step = gradientStep(now, base, columns, rows, at) else { break }
        at.x += step.x
        at.y += step.y
        if step.length < 0.05 { break }
      }
      guard abs(at.x) < Float(columns) / 3, abs(at.y) < Float(rows) / 3 else { continue }
      let found = cost(now, base, columns, rows, at)
      if found < bestCost {
        best = at
        bestCost = found
      }
    }
    guard best.length > 0.06, bestCost < still * 0.85, still - bestCost > 0.07 else { return nil }
    return best
  }

  /// The frame moved so that it lies on the background; cells that it doesn't reach are filled with the background.
  static func move(_ source: [Float], by shift: Shift, fill: [Float], columns: Int, rows: Int) -> [Float] {
    let dx = Int(shift.x.rounded(.down))
    let dy = Int(shift.y.rounded(.down))
    let fx = shift.x - Float(dx)
    let fy = shift.y - Float(dy)
    var out = fill
    // A small part of a cell loses nothing worth while at the edge.
    let edge = shift.length < 0.5
    for y in 0..<rows {
      for x in 0..<columns {
        let sx = x + dx
        let sy = y + dy
        if sx >= 0, sy >= 0, sx + 1 < columns, sy + 1 < rows {
          let at = sy * columns + sx
          let top = source[at] + (source[at + 1] - source[at]) * fx
          let bottom = source[at + columns] + (source[at + columns + 1] - source[at + columns]) * fx
          out[y * columns + x] = top + (bottom - top) * fy
        } else if edge {
          out[y * columns + x] = source[min(max(sy, 0), rows - 1) * columns + min(max(sx, 0), columns - 1)]
        }
      }
    }
    return out
  }

  /// Mean of the differences, each held to a limit so that objects weigh little; on every second cell both ways.
  static func cost(_ now: Span<Float>, _ base: Span<Float>, _ columns: Int, _ rows: Int, _ shift: Shift) -> Float {
    if shift == Shift() { return costStandingStill(now, base, columns, rows) }
    let dx = Int(shift.x.rounded(.down))
    let dy = Int(shift.y.rounded(.down))
    let fx = shift.x - Float(dx)
    let fy = shift.y - Float(dy)
    var sum: Float = 0
    var count = 0
    var y = max(1, -dy)
    while y + dy + 1 < rows && y < rows {
      var x = max(1, -dx)
      while x + dx + 1 < columns && x < columns {
        let at = (y + dy) * columns + x + dx
        let top = now[at] + (now[at + 1] - now[at]) * fx
        let bottom = now[at + columns] + (now[at + columns + 1] - now[at + columns]) * fx
        let value = top + (bottom - top) * fy
        sum += min(abs(value - base[y * columns + x]), 12)
        count += 1
        x += 2
      }
      y += 2
    }
    return count > columns * rows / 12 ? sum / Float(count) : .infinity
  }

  /// The same without a shift, as every frame asks for it: nothing lies between two cells.
  private static func costStandingStill(_ now: Span<Float>, _ base: Span<Float>, _ columns: Int, _ rows: Int) -> Float {
    var sums = Eight()
    let most = Eight(repeating: 12)
    var rest: Float = 0
    var count = 0
    var y = 1
    while y + 1 < rows {
      let line = now.extracting(y * columns..<(y + 1) * columns)
      let other = base.extracting(y * columns..<(y + 1) * columns)
      var x = 1
      while x + 15 < columns {
        sums += (line.everySecond(x) - other.everySecond(x)).size.least(most)
        x += 16
      }
      while x + 1 < columns {
        rest += min(abs(line[x] - other[x]), 12)
        x += 2
      }
      count += (columns - 1) / 2
      y += 2
    }
    return count > columns * rows / 12 ? (sums.sum() + rest) / Float(count) : .infinity
  }

  private static func gradientStep(_ now: Span<Float>, _ base: Span<Float>, _ columns: Int, _ rows: Int, _ shift: Shift)
    -> Shift?
  {
    let dx = Int(shift.x.rounded(.down))
    let dy = Int(shift.y.rounded(.down))
    let fx = shift.x - Float(dx)
    let fy = shift.y - Float(dy)
    var (xx, xy, yy, xd, yd): (Float, Float, Float, Float, Float) = (0, 0, 0, 0, 0)
    var y = max(1, -dy)
    while y + dy + 1 < rows && y < rows - 1 {
      var x = max(1, -dx)
      while x + dx + 1 < columns && x < columns - 1 {
        let here = y * columns + x
        let gx = (base[here + 1] - base[here - 1]) * 0.5
        let gy = (base[here + columns] - base[here - columns]) * 0.5
        let size = gx * gx + gy * gy
        if size > 4 {
          let at = (y + dy) * columns + x + dx
          let top = now[at] + (now[at + 1] - now[at]) * fx
          let bottom = now[at + columns] + (now[at + columns + 1] - now[at + columns]) * fx
          let d = top + (bottom - top) * fy - base[here]
          // A residual much larger than the gradient can explain is an object, not a shift.
          if d * d < size * 6 {
            xx += gx * gx
            xy += gx * gy
            yy += gy * gy
            xd += gx * d
            yd += gy * d
          }
        }
        x += 2
      }
      y += 2
    }
    let det = xx * yy - xy * xy
    guard det > 1e-3 * xx * yy, det > 1 else { return nil }
    // now(x + s) = base(x): a residual of g·e means that s is too far by e.
    let stepX = -(yy * xd - xy * yd) / det
    let stepY = -(xx * yd - xy * xd) / det
    return Shift(x: min(max(stepX, -1.5), 1.5), y: min(max(stepY, -1.5), 1.5))
  }

  private static func profileShift(
    _ now: Span<Float>, _ base: Span<Float>, _ columns: Int, _ rows: Int, alongColumns: Bool
  ) -> Int {
    let count = alongColumns ? columns : rows
    let a = profile(now, columns, rows, alongColumns)
    let b = profile(base, columns, rows, alongColumns)
    let reach = count / 5
    var best = 0
    var bestCost = Float.infinity
    var still = Float.infinity
    for shift in -reach...reach {
      var sum: Float = 0
      let from = max(0, -shift)
      let to = min(count, count - shift)
      for i in from..<to { sum += min(abs(a[i + shift] - b[i]), 8) }
      let mean = sum / Float(to - from)
      if shift == 0 { still = mean }
      if mean < bestCost {
        best = shift
        bestCost = mean
      }
    }
    return bestCost < still * 0.8 ? best : 0
  }

  /// The differences of neighbouring columns' (or rows') means: what a change of brightness leaves alone.
  private static func profile(_ cells: Span<Float>, _ columns: Int, _ rows: Int, _ alongColumns: Bool) -> [Float] {
    var sums = [Float](repeating: 0, count: alongColumns ? columns : rows)
    for y in 0..<rows {
      for x in 0..<columns {
        sums[alongColumns ? x : y] += cells[y * columns + x]
      }
    }
    let scale = 1 / Float(alongColumns ? rows : columns)
    var out = [Float](repeating: 0, count: sums.count)
    for i in 1..<sums.count { out[i] = (sums[i] - sums[i - 1]) * scale }
    return out
  }
}
