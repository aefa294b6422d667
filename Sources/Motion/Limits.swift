import Domain

/// Numbers that follow from the settings.
struct Limits: Hashable, Sendable {
  let cells: CellLimits
  let zones: [Zone]

  init(_ settings: MotionSettings) {
    cells = CellLimits(sensitivity: settings.sensitivity)
    zones = settings.zones
  }
}

/// What counts at a cell: the numbers behind a sensitivity.
struct CellLimits: Hashable, Sendable {
  /// Cells that a blob must have at least, in a picture of 14,400 cells.
  let leastArea: Float
  /// The least difference that counts, in luma.
  let floor: Float
  /// The least difference in multiples of the cell's own noise.
  let noiseFactor: Float

  init(sensitivity: Int) {
    let calm = (50 - Float(min(max(sensitivity, 0), 100))) / 50
    leastArea = 4 * Self.power2(calm * 4)
    floor = 5 * Self.power2(calm * 1.3)
    noiseFactor = 4.5 * Self.power2(calm * 0.5)
  }

  /// For a picture of this many cells.
  func least(of cells: Int) -> Int { max(1, Int(leastArea * Float(cells) / 14_400)) }

  /// 2 to the power of a small number, without Foundation.
  private static func power2(_ exponent: Float) -> Float {
    let whole = exponent.rounded(.down)
    let rest = exponent - whole
    let fraction = 1 + rest * (0.6931472 + rest * (0.2402265 + rest * (0.0555041 + rest * 0.0096181)))
    return Float(sign: .plus, exponent: Int(whole), significand: 1) * fraction
  }
}
