/// A generated scene: a textured still picture with sensor noise, in which a test lets things happen. The same seed gives
/// the same pixels.
package struct Stage: Sendable {
  package struct Dice: RandomNumberGenerator, Sendable {
    var state: UInt64

    package init(state: UInt64) { self.state = state }

    package mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
    /// About normal, with a deviation of 1.
    package mutating func noise() -> Double {
      let bits = next()
      let sum = (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + bits >> 48
      return (Double(sum) / 65536 - 2) * 1.732
    }
  }

  package let width: Int
  package let height: Int
  package var noise = 2.0
  package private(set) var still: [Double]
  private var dice: Dice

  package init(width: Int = 320, height: Int = 180, seed: UInt64 = 7) {
    self.width = width
    self.height = height
    var dice = Dice(state: seed)
    var plane = [Double](repeating: 0, count: width * height)
    for y in 0..<height {
      for x in 0..<width { plane[y * width + x] = 130 - 30 * Double(y) / Double(height) }
    }
    // Patches from coarse to fine, as walls, windows, bushes and gravel have.
    for (side, strength) in [(48, 14.0), (20, 9.0), (7, 6.0), (3, 4.0)] {
      let across = width / side + 1
      let patches = (0..<across * (height / side + 1)).map { _ in dice.noise() * strength }
      for y in 0..<height {
        for x in 0..<width { plane[y * width + x] += patches[y / side * across + x / side] }
      }
    }
    still = plane
    self.dice = dice
  }

  /// One frame: the still picture changed by `paint`, with fresh noise.
  package mutating func frame(_ paint: (inout [Double]) -> Void = { _ in }) -> [UInt8] {
    var plane = still
    paint(&plane)
    return plane.map { UInt8(min(max($0 + dice.noise() * noise, 0), 255)) }
  }

  /// A figure with swinging legs, darker by `dark` than most of the picture; `height` in pixels, `x` of its middle, `foot`
  /// of its feet.
  package func person(_ plane: inout [Double], x: Double, foot: Int, height tall: Int, dark: Double, time: Double) {
    let half = max(1, Double(tall) * 0.14)
    let swing = 0.16 * Double(tall) * sine(time * 1.1)
    for row in 0..<tall {
      let y = foot - tall + row
      guard y >= 0, y < height else { continue }
      let part = Double(row) / Double(tall)
      let low = max(0, part - 0.5) * 2
      let middles = part < 0.5 ? [x] : [x - swing * low, x + swing * low]
      let wide = part < 0.17 ? half * 0.6 : part < 0.5 ? half : half * 0.6
      for middle in middles {
        for column in Int((middle - wide).rounded())...Int((middle + wide).rounded())
        where column >= 0 && column < width {
          plane[y * width + column] = 112 - dark - (part < 0.5 ? 6 : -6) + Double((row / 5 * 7 + column / 40) % 5)
        }
      }
    }
  }

  /// A smooth swing from -1 to 1, once for each whole number.
  package func sine(_ turns: Double) -> Double { Self.wave(turns) }

  /// The same.
  package static func wave(_ turns: Double) -> Double {
    let phase = turns - turns.rounded(.down)
    let half = phase < 0.5 ? phase * 2 : (phase - 0.5) * 2
    let hump = 4 * half * (1 - half)
    return phase < 0.5 ? hump : -hump
  }
}
