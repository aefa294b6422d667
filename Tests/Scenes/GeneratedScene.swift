/// An everyday scene of a fixed camera, made up: something goes on that is no motion, and people may walk through it. Each
/// seed is another place, another time and another strength of it; the same seed gives the same pixels.
package struct GeneratedScene: Sendable {
  package enum Kind: String, CaseIterable, Sendable, Codable {
    /// Nothing but daylight that changes slowly, a clock in the picture, and keyframes that look a little different.
    case nothing
    /// Darkness, with all the noise of it.
    case night
    /// The camera switches to infrared, and back.
    case infrared
    case headlights
    /// The whole picture darkens and brightens.
    case clouds
    /// Shadows of small clouds drift over the picture.
    case dappled
    case rain
    case snow
    case trees
    case shake
    /// A light in the room is switched on and off.
    case lamp
    /// Near the lens, in infrared light.
    case insects
    case water
  }

  /// Somebody walks through the picture, or a part of it.
  package struct Walk: Hashable, Sendable {
    package var start: Double
    package var end: Double
    /// Pixels, of a picture 180 high.
    package var tall: Int
    package var foot: Int
    package var from: Double
    /// Pixels a second; below zero to the left.
    package var speed: Double
    package var dark: Double
  }

  package let kind: Kind
  package let seed: UInt64
  package let seconds: Double
  package let walks: [Walk]
  package let stage: Stage
  private let layers: Layers

  /// What is done to the still picture: before and after the walkers.
  struct Layers: Sendable {
    typealias Paint = @Sendable (_ stage: Stage, _ plane: inout [Double], _ time: Double) -> Void
    var noise = 2.0
    /// Where far walkers have their feet.
    var farFeet = 70.0...150
    var behind: Paint = { _, _, _ in }
    var front: Paint = { _, _, _ in }
    /// Whether walkers are brighter than what is behind them.
    var isInfrared: @Sendable (Double) -> Bool = { _ in false }
  }

  /// - Parameter walkers: Whether a near and a far walk cross the picture, at 18 to 22 s and at 36 to 42 s.
  package init(_ kind: Kind, seed: UInt64, walkers: Bool, seconds: Double = 60) {
    self.kind = kind
    self.seed = seed
    self.seconds = seconds
    var dice = Stage.Dice(state: seed &* 977 &+ 13)
    stage = Stage(seed: seed &* 31 &+ 7)
    layers = Layers(kind, seconds: seconds, &dice)
    walks = walkers ? Self.walks(&dice, in: stage, layers) : []
  }

  /// Shows frame after frame, ten a second.
  package func play(_ show: (_ time: Double, _ pixels: [UInt8]) -> Void) {
    var stage = stage
    stage.noise = layers.noise
    for n in 0..<Int(seconds * 10) {
      let time = Double(n) / 10
      let scenery = stage
      show(time, stage.frame { paint(scenery, &$0, time) })
    }
  }

  private func paint(_ stage: Stage, _ plane: inout [Double], _ time: Double) {
    layers.behind(stage, &plane, time)
    for walk in walks where time >= walk.start && time <= walk.end {
      let dark = layers.isInfrared(time) ? -abs(walk.dark) : walk.dark
      stage.person(
        &plane, x: walk.from + (time - walk.start) * walk.speed, foot: walk.foot, height: walk.tall, dark: dark,
        time: time)
    }
    layers.front(stage, &plane, time)
  }

  private static func walks(_ dice: inout Stage.Dice, in stage: Stage, _ layers: Layers) -> [Walk] {
    var walks: [Walk] = []
    for isNear in [true, false] {
      let tall = isNear ? dice.pick(60...120) : dice.pick(15...26)
      // Four to nine tenths of one's height in a second.
      let speed = tall * dice.pick(isNear ? 0.45...0.8 : 0.6...0.95)
      let isLeftwards = dice.pick(0...1) < 0.5
      let wide = Double(stage.width)
      let edge = tall * 0.14
      // The near one comes in over the border, the far one from behind something.
      let from = isNear ? -edge : dice.pick(20...100)
      let start = isNear ? dice.pick(18...22) : dice.pick(36...42)
      let long = isNear ? min((wide + 2 * edge) / speed, 12) : 11
      let dark = max(28, layers.noise * 8) + dice.pick(0...22)
      walks.append(
        Walk(
          start: start, end: start + long, tall: Int(tall),
          foot: isNear ? Int(dice.pick(130...175)) : Int(dice.pick(layers.farFeet)),
          from: isLeftwards ? wide - from : from, speed: isLeftwards ? -speed : speed,
          dark: dice.pick(0...1) < 0.75 ? dark : -dark))
    }
    return walks
  }
}

extension Stage.Dice {
  package mutating func pick(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + Double(next() >> 11) / Double(1 << 53) * (range.upperBound - range.lowerBound)
  }
}
