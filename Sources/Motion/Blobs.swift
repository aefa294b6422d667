/// A rectangle of cells; `right` and `bottom` belong to it.
struct CellBox: Equatable, Sendable {
  var left: Int
  var top: Int
  var right: Int
  var bottom: Int

  var width: Int { right - left + 1 }
  var height: Int { bottom - top + 1 }

  func union(_ other: CellBox) -> CellBox {
    CellBox(
      left: min(left, other.left), top: min(top, other.top), right: max(right, other.right),
      bottom: max(bottom, other.bottom))
  }

  /// How many cells lie between the two boxes; 0 when they touch or overlap.
  func gap(to other: CellBox) -> Int {
    max(0, max(max(left - other.right, other.left - right), max(top - other.bottom, other.top - bottom)) - 1)
  }

  /// The shared part of both boxes, each grown by a cell, over what they cover together.
  func likeness(_ other: CellBox) -> Float {
    let w = min(right, other.right) - max(left, other.left) + 3
    let h = min(bottom, other.bottom) - max(top, other.top) + 3
    guard w > 0, h > 0 else { return 0 }
    let all = (width + 2) * (height + 2) + (other.width + 2) * (other.height + 2) - w * h
    return Float(w * h) / Float(all)
  }

  func moved(_ x: Float, _ y: Float) -> CellBox {
    let dx = Int(x.rounded())
    let dy = Int(y.rounded())
    return CellBox(left: left + dx, top: top + dy, right: right + dx, bottom: bottom + dy)
  }
}

/// Connected cells that changed.
struct Blob: Sendable {
  var box: CellBox
  private(set) var area = 0
  /// Those of its cells that differ as plainly as the sensitivity asks for.
  private(set) var plain = 0
  private var sumX: Float = 0
  private var sumY: Float = 0
  /// How strongly it differs, in thresholds, summed.
  private(set) var strength: Float = 0
  /// Cells that changed within the last moments, too.
  private(set) var moving = 0
  /// How restless its cells are by themselves, summed.
  private(set) var restless: Float = 0
  // Sums for the likeness of what is seen and what lay there before.
  private var sumNow: Float = 0
  private var sumBase: Float = 0
  private var sumNowNow: Float = 0
  private var sumBaseBase: Float = 0
  private var sumNowBase: Float = 0
  // The same for the slopes from cell to cell, whose proportions a smooth light leaves alone.
  private var slopeNowNow: Float = 0
  private var slopeBaseBase: Float = 0
  private var slopeNowBase: Float = 0

  init(box: CellBox) { self.box = box }

  var centreX: Float { sumX / Float(max(area, 1)) }
  var centreY: Float { sumY / Float(max(area, 1)) }

  /// Correlation of values with the background's: near 1 where the same things are seen in another light.
  private var likeness: Float {
    let n = Float(area)
    let a = sumNowNow / n - (sumNow / n) * (sumNow / n)
    let b = sumBaseBase / n - (sumBase / n) * (sumBase / n)
    guard a > 2, b > 2 else { return 0 }
    return (sumNowBase / n - (sumNow / n) * (sumBase / n)) / (a * b).squareRoot()
  }

  /// Correlation of slopes with the background's: near 1 where the same texture is seen in another light, 0 without
  /// texture.
  private var texture: Float {
    guard slopeBaseBase > Float(area), slopeNowNow > 0 else { return 0 }
    return slopeNowBase / (slopeNowNow * slopeBaseBase).squareRoot()
  }

  /// How suddenly the difference to the background begins and ends: a thing has an outline, light mostly has none.
  var sharpness: Float {
    let difference = sumNowNow + sumBaseBase - 2 * sumNowBase
    return difference > 0 ? (slopeNowNow + slopeBaseBase - 2 * slopeNowBase) / difference : 1
  }

  /// The same, in parts of what a hard outline of its box would have: about one over the width and one over the height.
  var outline: Float { sharpness / (1 / Float(box.width) + 1 / Float(box.height)) }

  /// It shows what was there before, in another light: a shadow, a beam, a cloud.
  ///
  /// - Parameter wide: From how many cells on a weak difference alone is taken for light: things that large have plain
  ///   parts.
  func isLight(wide: Int) -> Bool {
    if area >= wide, strength < Float(area) * 1.55, texture > 0.3 || slopeBaseBase <= Float(area) * 6 { return true }
    // What has a third of a hard outline is soft. Few cells, just above the threshold, are softer yet when light is what
    // they show.
    if area >= 8, outline < (area >= 40 ? 0.36 : 0.25) { return true }
    // Few cells look alike by chance.
    guard sharpness < 0.2, area >= 12 else { return false }
    let alike = likeness
    return alike > 0.97 || (alike > 0.88 && strength < Float(area) * 2)
      || texture > 0.5 + 1.2 / Float(area).squareRoot()
  }

  /// Enough of it changed within the last moments.
  var isMoving: Bool { moving * 8 >= area }

  /// Takes in a changed cell.
  mutating func add(
    _ cell: Int, x: Int, y: Int, columns: Int, now: Span<Float>, past: Float, base: Span<Float>, other: Float,
    restless: Float, threshold: Float, plainness: Float
  ) {
    let value = now[cell]
    let mean = base[cell]
    area += 1
    sumX += Float(x)
    sumY += Float(y)
    let difference = min(abs(value - mean), abs(value - other)) / threshold
    strength += difference
    if difference >= plainness { plain += 1 }
    self.restless += restless
    if abs(value - past) > threshold * 0.5 { moving += 1 }
    sumNow += value
    sumBase += mean
    sumNowNow += value * value
    sumBaseBase += mean * mean
    sumNowBase += value * mean
    if x + 1 < columns { addSlope(now[cell + 1] - value, base[cell + 1] - mean) }
    if cell + columns < now.count { addSlope(now[cell + columns] - value, base[cell + columns] - mean) }
  }

  private mutating func addSlope(_ now: Float, _ base: Float) {
    slopeNowNow += now * now
    slopeBaseBase += base * base
    slopeNowBase += now * base
  }

  mutating func add(_ other: Blob) {
    box = box.union(other.box)
    area += other.area
    plain += other.plain
    sumX += other.sumX
    sumY += other.sumY
    strength += other.strength
    moving += other.moving
    restless += other.restless
    sumNow += other.sumNow
    sumBase += other.sumBase
    sumNowNow += other.sumNowNow
    sumBaseBase += other.sumBaseBase
    sumNowBase += other.sumNowBase
    slopeNowNow += other.slopeNowNow
    slopeBaseBase += other.slopeBaseBase
    slopeNowBase += other.slopeNowBase
  }
}

/// Joins changed cells into connected parts, bridging gaps of one cell.
struct Labels {
  /// Changed cells side by side in a row, possibly with gaps of one.
  struct Run {
    let row: Int
    let from: Int
    let to: Int
    var label: Int
  }

  private(set) var runs: [Run] = []
  private var parent: [Int] = []

  /// After this each run's label counts from 0 without gaps.
  ///
  /// - Returns: The runs and how many connected parts there are.
  static func connect(_ changed: Span<Bool>, columns: Int, rows: Int) -> (runs: [Run], parts: Int) {
    var labels = Labels()
    var above = 0..<0
    var twoAbove = 0..<0
    for y in 0..<rows {
      let first = labels.runs.count
      labels.scan(changed.extracting(y * columns..<(y + 1) * columns), y, above: above, twoAbove: twoAbove)
      twoAbove = above
      above = first..<labels.runs.count
    }
    return labels.numbered()
  }

  private mutating func scan(_ row: Span<Bool>, _ y: Int, above: Range<Int>, twoAbove: Range<Int>) {
    var x = 0
    while x < row.count {
      guard row[x] else {
        // Most of a row has not changed.
        let isFar = x + 8 <= row.count && row.bytes.unsafeLoadUnaligned(fromByteOffset: x, as: UInt64.self) == 0
        x += isFar ? 8 : 1
        continue
      }
      let from = x
      var to = x
      while x < row.count, row[x] || (x + 1 < row.count && row[x + 1]) {
        if row[x] { to = x }
        x += 1
      }
      var label = -1
      for i in above where runs[i].from <= to + 1 && runs[i].to >= from - 1 { join(&label, runs[i].label) }
      for i in twoAbove where runs[i].from <= to && runs[i].to >= from { join(&label, runs[i].label) }
      if label < 0 {
        label = parent.count
        parent.append(label)
      }
      runs.append(Run(row: y, from: from, to: to, label: label))
    }
  }

  private func root(_ label: Int) -> Int {
    var at = label
    while parent[at] != at { at = parent[at] }
    return at
  }

  private mutating func join(_ label: inout Int, _ other: Int) {
    let other = root(other)
    if label >= 0, other != label { parent[max(other, label)] = min(other, label) }
    label = label < 0 ? other : min(other, label)
  }

  private consuming func numbered() -> (runs: [Run], parts: Int) {
    var numbers = [Int](repeating: -1, count: parent.count)
    var parts = 0
    for i in runs.indices {
      let root = root(runs[i].label)
      if numbers[root] < 0 {
        numbers[root] = parts
        parts += 1
      }
      runs[i].label = numbers[root]
    }
    return (runs, parts)
  }
}
