import Domain

/// The zones of the settings, drawn onto the cells.
struct ZoneMap: Sendable {
  /// Zones beyond this many are left out; the settings refuse them before.
  static let most = 32
  let names: [String]
  let columns: Int
  let rows: Int
  /// For each cell one bit for each zone that holds its middle; empty without zones.
  let bits: [UInt32]

  init(_ zones: [Zone], columns: Int, rows: Int) {
    let used = zones.prefix(Self.most)
    names = used.map(\.name)
    self.columns = columns
    self.rows = rows
    guard !used.isEmpty else {
      bits = []
      return
    }
    var bits = [UInt32](repeating: 0, count: columns * rows)
    for (index, zone) in used.enumerated() {
      for y in 0..<rows {
        for x in 0..<columns
        where Self.contains(zone.polygon, (Double(x) + 0.5) / Double(columns), (Double(y) + 0.5) / Double(rows)) {
          bits[y * columns + x] |= 1 << UInt32(index)
        }
      }
    }
    self.bits = bits
  }

  var isWhole: Bool { names.isEmpty }

  /// Which zones hold enough of the changed cells in `box`: a fifth of them, or `enough` cells.
  func hit(_ box: CellBox, changed: [Bool], enough: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: names.count)
    var all = 0
    for y in box.top...box.bottom {
      for x in box.left...box.right where changed[y * columns + x] {
        all += 1
        var left = bits[y * columns + x]
        while left != 0 {
          counts[left.trailingZeroBitCount] += 1
          left &= left - 1
        }
      }
    }
    return counts.indices.filter { counts[$0] > 0 && (counts[$0] * 5 >= all || counts[$0] >= enough) }
  }

  /// Whether the point lies inside, by the even-odd rule.
  private static func contains(_ polygon: [RelativePoint], _ x: Double, _ y: Double) -> Bool {
    guard polygon.count >= 3, var from = polygon.last else { return false }
    var inside = false
    for to in polygon {
      if (to.y > y) != (from.y > y), x < (from.x - to.x) * (y - to.y) / (from.y - to.y) + to.x { inside.toggle() }
      from = to
    }
    return inside
  }
}
