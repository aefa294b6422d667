import Domain
import Motion

/// A generated scene: a textured still picture with sensor noise, in which a test lets things happen. The same seed gives
/// the same pixels.
struct Stage {
  struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
    /// About normal, with a deviation of 1.
    mutating func noise() -> Double {
      let bits = next()
      let sum = (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + bits >> 48
      return (Double(sum) / 65536 - 2) * 1.732
    }
  }

  let width: Int
  let height: Int
  var noise = 2.0
  private(set) var still: [Double]
  private var dice: Dice

  init(width: Int = 320, height: Int = 180, seed: UInt64 = 7) {
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
  mutating func frame(_ paint: (inout [Double]) -> Void = { _ in }) -> [UInt8] {
    var plane = still
    paint(&plane)
    return plane.map { UInt8(min(max($0 + dice.noise() * noise, 0), 255)) }
  }

  /// A figure with swinging legs, darker by `dark` than most of the picture; `height` in pixels, `x` of its middle, `foot`
  /// of its feet.
  func person(_ plane: inout [Double], x: Double, foot: Int, height tall: Int, dark: Double, time: Double) {
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
  func sine(_ turns: Double) -> Double {
    let phase = turns - turns.rounded(.down)
    let half = phase < 0.5 ? phase * 2 : (phase - 0.5) * 2
    let hump = 4 * half * (1 - half)
    return phase < 0.5 ? hump : -hump
  }
}

/// What a detector said over a run of frames.
struct Run {
  var activities: [(time: Double, activity: MotionActivity)] = []

  var active: [Double] { activities.filter(\.activity.isActive).map(\.time) }
  var suppressed: [SuppressedCandidate] { activities.flatMap(\.activity.suppressed) }

  /// Shows `seconds` of frames at 10 a second to `detector`; `paint` gets the frame's time.
  init(
    _ detector: inout MotionDetector, stage: inout Stage, seconds: Double, from start: Double = 0,
    paint: (Stage, inout [Double], Double) -> Void = { _, _, _ in }
  ) {
    for n in 0..<Int(seconds * 10) {
      let time = start + Double(n) / 10
      let stageNow = stage
      let pixels = stage.frame { paint(stageNow, &$0, time) }
      activities.append(
        (
          time,
          detector.look(
            at: pixels.span, width: stage.width, height: stage.height, stride: stage.width, time: .seconds(time))
        ))
    }
  }
}
