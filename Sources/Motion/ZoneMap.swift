import Domain

/// The zones of the settings, drawn onto the cells.
///
/// Zones judge objects that were found and followed in the whole picture: so no zone and no mask makes an event that would
/// not be there without it. A sensitivity of its own changes how plainly an object in the zone must differ.
struct ZoneMap: Sendable {
  /// Zones beyond this many are left out; the settings refuse them before.
  static let most = 32
  private let zones: [Zone]
  /// Which of them are of each kind, as bits.
  private let including: UInt32
  private let excluding: UInt32
  private let masking: UInt32
  private let columns: Int
  /// For each cell one bit for each zone that holds its middle; empty without zones.
  private let bits: [UInt32]
  /// What counts at each cell, as an index of `demands`; empty where all is as in the whole picture.
  private let levels: [UInt8]
  private let demands: [Demand]
  let limits: CellLimits
  /// The least area that counts, in cells.
  let least: Int

  /// What an object is to the zones.
  struct Standing: Sendable {
    var counts = true
    /// Indexes of the including zones that it is in.
    var zones: [Int] = []
    /// Why it does not count, when it doesn't.
    var refusal = ""
  }

  init(_ limits: Limits, columns: Int, rows: Int) {
    let zones = Array(limits.zones.prefix(Self.most))
    self.zones = zones
    self.columns = columns
    func bits(_ kind: Zone.Kind) -> UInt32 {
      zones.indices.reduce(0) { $0 | (zones[$1].kind == kind ? 1 << UInt32($1) : 0) }
    }
    (including, excluding, masking) = (bits(.include), bits(.exclude), bits(.mask))
    var demands = [limits.demand]
    var levels: [UInt8] = []
    var drawn: [UInt32] = []
    if !zones.isEmpty { drawn = [UInt32](repeating: 0, count: columns * rows) }
    for (index, zone) in zones.enumerated() {
      var level: UInt8?
      if let demand = limits.demand(of: zone) {
        if levels.isEmpty { levels = [UInt8](repeating: 0, count: columns * rows) }
        level = UInt8(demands.count)
        demands.append(demand)
      }
      for y in 0..<rows {
        for x in 0..<columns
        where Self.contains(zone.polygon, (Double(x) + 0.5) / Double(columns), (Double(y) + 0.5) / Double(rows)) {
          drawn[y * columns + x] |= 1 << UInt32(index)
          if let level { levels[y * columns + x] = level }
        }
      }
    }
    self.bits = drawn
    self.levels = levels
    self.demands = demands
    self.limits = limits.cells
    least = limits.cells.least(of: columns * rows)
  }

  /// Nothing is drawn: motion counts everywhere.
  var isWhole: Bool { zones.isEmpty }

  func name(_ zone: Int) -> String { zones[zone].name }

  /// How plainly a cell must differ to count.
  func plainness(at cell: Int) -> Float { demands[levels.isEmpty ? 0 : Int(levels[cell])].plainness }

  /// What counts in the middle of the box.
  func demand(at box: CellBox) -> Demand {
    demands[levels.isEmpty ? 0 : Int(levels[(box.top + box.bottom) / 2 * columns + (box.left + box.right) / 2])]
  }

  /// - Parameter largest: The most cells that the object covered lately.
  func standing(_ box: CellBox, changed: [Bool], largest: Int) -> Standing {
    var counts = [Int](repeating: 0, count: zones.count)
    // Cells that no mask hides, and those of them that no zone excludes.
    var (all, open, outside) = (0, 0, 0)
    for y in box.top...box.bottom {
      for x in box.left...box.right where changed[y * columns + x] {
        var left = bits[y * columns + x]
        all += 1
        if left & masking == 0 {
          open += 1
          if left & excluding == 0 { outside += 1 }
        }
        while left != 0 {
          counts[left.trailingZeroBitCount] += 1
          left &= left - 1
        }
      }
    }
    if masking != 0, open < least || open * 5 < all { return refused("changed behind", masking, counts) }
    let enough = least * 4
    if excluding != 0, outside * 5 < open, outside < enough { return refused("stayed in", excluding, counts) }
    guard including != 0 else { return Standing() }
    var standing = Standing()
    for zone in zones.indices where including & 1 << UInt32(zone) != 0 && counts[zone] > 0 {
      guard counts[zone] * 5 >= open || counts[zone] >= enough else { continue }
      if let size = zones[zone].minimumSize, Double(largest) < size * Double(bits.count) {
        standing.refusal =
          "covers at most \(Text.percent(Double(largest) / Double(bits.count))), less than \(zones[zone].name) asks for"
      } else {
        standing.zones.append(zone)
      }
    }
    standing.counts = !standing.zones.isEmpty
    if !standing.counts, standing.refusal.isEmpty { standing.refusal = "moved outside every zone" }
    return standing
  }

  private func refused(_ what: String, _ kind: UInt32, _ counts: [Int]) -> Standing {
    let most = zones.indices.filter { kind & 1 << UInt32($0) != 0 }.max { counts[$0] < counts[$1] }
    return Standing(counts: false, refusal: "\(what) \(most.map(name) ?? "")")
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
