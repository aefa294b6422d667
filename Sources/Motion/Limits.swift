import Domain

/// Numbers that follow from the settings, for one look at the picture.
struct Limits: Hashable, Sendable {
  let cells: CellLimits
  let zones: [Zone]
  private let keenness: Keenness
  private let sensitivity: Int

  init(_ settings: MotionSettings, _ keenness: Keenness) {
    cells = keenness.limits
    zones = settings.zones
    self.keenness = keenness
    sensitivity = settings.sensitivity
  }

  /// What counts where no zone says otherwise.
  var demand: Demand { Demand(sensitivity: sensitivity, keenness) }

  func demand(of zone: Zone) -> Demand? {
    zone.kind == .include ? zone.sensitivity.map { Demand(sensitivity: $0, keenness) } : nil
  }
}

/// How the picture is looked at. What is found and followed depends on this alone, and a sensitivity chooses among it: so more
/// of it never shows less.
enum Keenness: Sendable {
  /// For what the usual sensitivity shows.
  case usual
  /// For what only more than that shows.
  case keen

  var limits: CellLimits {
    switch self {
    case .usual: CellLimits(leastArea: 4, floor: 5, noiseFactor: 4.5)
    case .keen: CellLimits(leastArea: 0.25, floor: 2, noiseFactor: 3.2)
    }
  }

  /// The least sensitivity that shows all that is found.
  fileprivate var sensitivity: Int {
    switch self {
    case .usual: MotionSettings.usualSensitivity
    case .keen: 100
    }
  }
}

/// What is looked for.
struct CellLimits: Hashable, Sendable {
  /// Cells that a blob must have at least, in a picture of 14,400 cells.
  let leastArea: Float
  /// The least difference that counts, in luma.
  let floor: Float
  /// The least difference in multiples of the cell's own noise.
  let noiseFactor: Float

  /// For a picture of this many cells.
  func least(of cells: Int) -> Int { max(1, Int(leastArea * Float(cells) / 14_400)) }
}

/// What an object must have shown at one time to count: the numbers behind a sensitivity.
struct Demand: Hashable, Sendable {
  /// Cells, in a picture of 14,400, that differ plainly.
  private let area: Float
  /// How plainly, in multiples of the least difference that is looked for. Infinite: nothing counts.
  let plainness: Float

  init(sensitivity: Int, _ keenness: Keenness) {
    // One that the usual look serves asks nothing of the keen one.
    guard keenness == .usual || sensitivity > MotionSettings.usualSensitivity else {
      (area, plainness) = (0, .infinity)
      return
    }
    let held = min(max(sensitivity, 0), keenness.sensitivity)
    plainness = Self.power2(Float(keenness.sensitivity - held) / 50)
    area = 4 * Self.power2(Float(MotionSettings.usualSensitivity - held) * 4 / 50)
  }

  /// Plain cells of a picture of so many.
  func least(of cells: Int) -> Int { max(1, Int(area * Float(cells) / 14_400)) }

  /// 2 to the power of a small number, without Foundation.
  private static func power2(_ exponent: Float) -> Float {
    let whole = exponent.rounded(.down)
    let rest = exponent - whole
    let fraction = 1 + rest * (0.6931472 + rest * (0.2402265 + rest * (0.0555041 + rest * 0.0096181)))
    return Float(sign: .plus, exponent: Int(whole), significand: 1) * fraction
  }
}
