/// What goes on in each kind of scene. Everything is drawn from the dice first, and then follows from the time alone.
extension GeneratedScene.Layers {
  typealias Kind = GeneratedScene.Kind

  init(_ kind: Kind, seconds: Double, _ dice: inout Stage.Dice) {
    switch kind {
    case .nothing: self = .nothing(seconds, &dice)
    case .night:
      self = .darkness(0.35...0.6, &dice)
      noise = dice.pick(3...6)
    case .infrared: self = .infrared(&dice)
    case .headlights: self = .headlights(seconds, &dice)
    case .clouds: self = .clouds(seconds, &dice)
    case .dappled: self = .dappled(&dice)
    case .rain: self = .rain(&dice)
    case .snow: self = .snow(&dice)
    case .trees: self = .trees(&dice)
    case .shake: self = .shake(&dice)
    case .lamp: self = .lamp(seconds, &dice)
    case .insects: self = .insects(seconds, &dice)
    case .water: self = .water(&dice)
    }
  }

  // MARK: light

  private static func nothing(_ seconds: Double, _ dice: inout Stage.Dice) -> Self {
    var layers = Self()
    layers.noise = dice.pick(0.5...3)
    let (swing, pop, seed) = (dice.pick(0.05...0.2), dice.pick(0.3...2), dice.next())
    layers.front = { stage, plane, time in
      // Half a day of light in an hour, or a part of it in less.
      let gain = 1 + swing * stage.sine(time / 7200 + 0.1)
      for i in plane.indices { plane[i] *= gain }
      var dice = Stage.Dice(state: seed &+ UInt64(time / 2))
      for y in stride(from: 0, to: stage.height, by: 8) {
        for x in stride(from: 0, to: stage.width, by: 8) {
          let level = dice.noise() * pop
          for inner in y..<min(y + 8, stage.height) {
            for across in x..<min(x + 8, stage.width) { plane[inner * stage.width + across] += level }
          }
        }
      }
      for digit in 0..<8 {
        let value = (Int(time) + 3) >> digit
        for y in 4..<16 {
          for x in 0..<7 {
            let isLit = (value * 37 + y / 4 * 11 + x / 3 * 5) % 3 == 0
            plane[y * stage.width + 8 + digit * 9 + x] = isLit ? 235 : 25
          }
        }
      }
    }
    return layers
  }

  private static func darkness(_ gains: ClosedRange<Double>, _ dice: inout Stage.Dice) -> Self {
    var layers = Self()
    let gain = dice.pick(gains)
    layers.front = { _, plane, _ in for i in plane.indices { plane[i] *= gain } }
    return layers
  }

  private static func infrared(_ dice: inout Stage.Dice) -> Self {
    var layers = Self()
    let (night, day) = (dice.pick(8...15), dice.pick(50...55))
    let (settles, over, vignette) = (dice.pick(0.2...1.5), dice.pick(-0.6...0.8), dice.pick(0.8...2))
    // Other materials are bright in infrared.
    let other = Stage(seed: dice.next()).still
    layers.noise = dice.pick(2...4)
    layers.isInfrared = { $0 >= night && $0 < day }
    layers.behind = { stage, plane, time in
      guard time >= night, time < day else { return }
      for y in 0..<stage.height {
        for x in 0..<stage.width {
          let i = y * stage.width + x
          plane[i] = plane[i] * 0.35 + other[i] * 0.4
          let (u, v) = (Double(x) / Double(stage.width) - 0.5, Double(y) / Double(stage.height) - 0.5)
          plane[i] *= 1 - vignette * (u * u + v * v)
        }
      }
    }
    layers.front = { _, plane, time in
      // The exposure needs a moment after each switch.
      let since = time >= day ? time - day : time - night
      guard since >= 0, since < settles else { return }
      let gain = 1 + over * (1 - since / settles)
      for i in plane.indices { plane[i] *= gain }
    }
    return layers
  }

  private static func headlights(_ seconds: Double, _ dice: inout Stage.Dice) -> Self {
    struct Beam { let start, long, fromX, toX, y, wide, high, gain, glare: Double }
    var layers = Self.darkness(0.3...0.5, &dice)
    layers.noise = dice.pick(2...4)
    var beams: [Beam] = []
    var time = dice.pick(4...8)
    while time < seconds {
      let isLeftwards = dice.pick(0...1) < 0.5
      beams.append(
        Beam(
          start: time, long: dice.pick(1.5...5), fromX: isLeftwards ? 400 : -80, toX: isLeftwards ? -80 : 400,
          y: dice.pick(50...130), wide: dice.pick(30...90), high: dice.pick(20...60), gain: dice.pick(0.5...2),
          glare: dice.pick(0...25)))
      time += dice.pick(3...9)
    }
    let darken = layers.front
    layers.front = { [beams] stage, plane, time in
      darken(stage, &plane, time)
      for beam in beams where time >= beam.start && time <= beam.start + beam.long {
        let middle = beam.fromX + (beam.toX - beam.fromX) * (time - beam.start) / beam.long
        for y in 0..<stage.height {
          for x in 0..<stage.width {
            let (u, v) = ((Double(x) - middle) / beam.wide, (Double(y) - beam.y) / beam.high)
            let inside = 1 - u * u - v * v
            guard inside > 0 else { continue }
            let i = y * stage.width + x
            plane[i] = plane[i] * (1 + beam.gain * inside * inside) + beam.glare * inside * inside
          }
        }
      }
    }
    return layers
  }

  private static func clouds(_ seconds: Double, _ dice: inout Stage.Dice) -> Self {
    var layers = Self()
    var ramps: [(start: Double, long: Double, from: Double, to: Double)] = []
    var (time, level) = (dice.pick(3...8), 1.0)
    while time < seconds {
      let (long, next) = (dice.pick(0.5...6), dice.pick(0.5...1.1))
      ramps.append((time, long, level, next))
      (time, level) = (time + long + dice.pick(0.5...8), next)
    }
    layers.front = { [ramps] _, plane, time in
      guard let ramp = ramps.last(where: { $0.start <= time }) else { return }
      let part = min((time - ramp.start) / ramp.long, 1)
      let gain = ramp.from + (ramp.to - ramp.from) * part
      for i in plane.indices { plane[i] *= gain }
    }
    return layers
  }

  private static func dappled(_ dice: inout Stage.Dice) -> Self {
    var layers = Self()
    let field = Field(spacing: dice.pick(30...90), &dice)
    let (across, down) = (dice.pick(-45...45), dice.pick(-15...15))
    let (deep, sharp) = (dice.pick(0.15...0.45), dice.pick(1...2.5))
    layers.front = { stage, plane, time in
      for y in 0..<stage.height {
        for x in 0..<stage.width {
          let shade = field.at(Double(x) + across * time, Double(y) + down * time)
          plane[y * stage.width + x] *= 1 - deep * min(max((shade - 0.5) * sharp + 0.5, 0), 1)
        }
      }
    }
    return layers
  }

  private static func lamp(_ seconds: Double, _ dice: inout Stage.Dice) -> Self {
    var layers = Self()
    var switches: [Double] = [dice.pick(4...10)]
    while let last = switches.last, last < seconds { switches.append(last + dice.pick(4...14)) }
    let (strength, offset) = (dice.pick(0.4...1.2), dice.pick(0...20))
    let (lampX, lampY) = (dice.pick(0...320), dice.pick(0...100))
    let startsOn = dice.pick(0...1) < 0.5
    layers.front = { [switches] stage, plane, time in
      let count = switches.count { $0 <= time }
      guard (count % 2 == 1) != startsOn else { return }
      for y in 0..<stage.height {
        for x in 0..<stage.width {
          let (u, v) = ((Double(x) - lampX) / 200, (Double(y) - lampY) / 200)
          let light = 1 / (1 + u * u + v * v)
          let i = y * stage.width + x
          plane[i] = plane[i] * (1 + strength * light) + offset * light
        }
      }
    }
    return layers
  }

  // MARK: weather

  private static func rain(_ dice: inout Stage.Dice) -> Self {
    var layers = Self()
    let (count, bright, long, slant) = (
      Int(dice.pick(30...250)), dice.pick(12...45), dice.pick(6...20), dice.pick(-0.3...0.3)
    )
    let seed = dice.next()
    layers.front = { stage, plane, time in
      var dice = Stage.Dice(state: seed &+ UInt64(time * 10 + 0.5))
      for _ in 0..<count {
        let (x, y, part) = (dice.pick(0...319), dice.pick(-10...179), dice.pick(0.5...1))
        for step in 0..<Int(long * part) {
          let (column, row) = (Int(x + slant * Double(step)), Int(y) + step)
          guard column >= 0, column < stage.width, row >= 0, row < stage.height else { continue }
          plane[row * stage.width + column] += bright * part
        }
      }
    }
    return layers
  }

  private static func snow(_ dice: inout Stage.Dice) -> Self {
    struct Flake { let x, y, speed, drift, sway, turns, radius, bright: Double }
    var layers = Self()
    let (count, largest, wind) = (Int(dice.pick(15...140)), dice.pick(1.2...5), dice.pick(-30...30))
    let flakes = (0..<count).map { _ in
      let near = dice.pick(0.2...1)
      return Flake(
        x: dice.pick(0...400), y: dice.pick(0...220), speed: 40 + 130 * near, drift: wind * near,
        sway: dice.pick(0...10), turns: dice.pick(0.2...0.8), radius: max(0.7, largest * near),
        bright: dice.pick(25...80)
      )
    }
    layers.front = { stage, plane, time in
      for flake in flakes {
        let y = (flake.y + flake.speed * time).truncatingRemainder(dividingBy: 220) - 20
        var x = flake.x + flake.drift * time + flake.sway * stage.sine(time * flake.turns + flake.x)
        x = (x.truncatingRemainder(dividingBy: 400) + 400).truncatingRemainder(dividingBy: 400) - 40
        plane.glow(stage, x: x, y: y, radius: flake.radius, bright: flake.bright, soft: 0.5)
      }
    }
    return layers
  }

  private static func insects(_ seconds: Double, _ dice: inout Stage.Dice) -> Self {
    struct Flight { let start, long, x, y, across, down, wobble, turns, radius, bright: Double }
    var layers = Self.darkness(0.4...0.7, &dice)
    layers.noise = dice.pick(2...5)
    layers.isInfrared = { _ in true }
    let every = dice.pick(0.8...4)
    var flights: [Flight] = []
    var time = dice.pick(2...5)
    while time < seconds {
      // Either they cross, or they hover and flutter.
      let hovers = dice.pick(0...1) < 0.3
      let speed = hovers ? dice.pick(5...30) : dice.pick(90...320)
      let turn = dice.pick(0...1)
      let (across, down) = (speed * Stage.wave(turn), speed * Stage.wave(turn + 0.25) * 0.6)
      flights.append(
        Flight(
          start: time, long: hovers ? dice.pick(1...5) : dice.pick(0.5...2.5), x: dice.pick(20...300),
          y: dice.pick(20...160), across: across, down: down, wobble: hovers ? dice.pick(10...25) : dice.pick(2...14),
          turns: dice.pick(0.8...3), radius: dice.pick(3...11), bright: dice.pick(35...120)))
      time += every * dice.pick(0.3...1.7)
    }
    let darken = layers.front
    layers.front = { [flights] stage, plane, time in
      darken(stage, &plane, time)
      for flight in flights where time >= flight.start && time <= flight.start + flight.long {
        let t = time - flight.start
        // From before the middle of its way to after it.
        let along = t - flight.long / 2
        plane.glow(
          stage, x: flight.x + flight.across * along + flight.wobble * stage.sine(t * flight.turns),
          y: flight.y + flight.down * along + flight.wobble * stage.sine(t * flight.turns * 1.3 + 0.3),
          radius: flight.radius, bright: flight.bright, soft: 1)
      }
    }
    return layers
  }

  // MARK: what sways

  private static func trees(_ dice: inout Stage.Dice) -> Self {
    struct Bush { let x, y, wide, high, reach, slow, fast, phase: Double }
    var layers = Self()
    let leaves = Stage(seed: dice.next()).still
    let bushes = (0..<Int(dice.pick(1...3.99))).map { _ in
      Bush(
        x: dice.pick(20...300), y: dice.pick(20...150), wide: dice.pick(20...60), high: dice.pick(20...60),
        reach: dice.pick(0.5...4), slow: dice.pick(0.2...0.5), fast: dice.pick(0.6...1.4), phase: dice.pick(0...1))
    }
    let (gust, calm) = (dice.pick(0.03...0.12), dice.pick(0.1...0.7))
    layers.behind = { stage, plane, time in
      let strength = calm + (1 - calm) * max(0, stage.sine(time * gust))
      for bush in bushes {
        for y in max(0, Int(bush.y - bush.high))..<min(stage.height, Int(bush.y + bush.high)) {
          for x in max(0, Int(bush.x - bush.wide))..<min(stage.width, Int(bush.x + bush.wide)) {
            let (u, v) = ((Double(x) - bush.x) / bush.wide, (Double(y) - bush.y) / bush.high)
            guard u * u + v * v < 1 else { continue }
            // Each branch a little later than its neighbour.
            let phase = bush.phase + u * 0.3 + v * 0.2
            let shift =
              bush.reach * strength
              * (stage.sine(time * bush.slow + phase) + 0.6 * stage.sine(time * bush.fast + phase * 2))
            let at = min(max(Double(x) - shift, 0), Double(stage.width) - 1.001)
            let column = Int(at)
            let i = y * stage.width + column
            plane[y * stage.width + x] = leaves[i] + (leaves[i + 1] - leaves[i]) * (at - Double(column)) - 15
          }
        }
      }
    }
    return layers
  }

  private static func water(_ dice: inout Stage.Dice) -> Self {
    struct Ripple { let across, down, turns, phase, high: Double }
    var layers = Self()
    let (top, left, right) = (dice.pick(60...120), dice.pick(0...100), dice.pick(220...320))
    let strength = dice.pick(5...16)
    let ripples = (0..<5).map { _ in
      let (length, turn) = (dice.pick(7...36), dice.pick(0...1))
      return Ripple(
        across: Stage.wave(turn) / length, down: Stage.wave(turn + 0.25) * 2 / length,
        turns: dice.pick(6...40) / length, phase: dice.pick(0...1), high: dice.pick(0.4...1))
    }
    let glitter = dice.pick(1.2...2.2)
    // Far people are small: they walk on the other shore, not through the waves.
    layers.farFeet = (top - 15)...top
    layers.behind = { stage, plane, time in
      for y in Int(top)..<stage.height {
        for x in Int(left)..<Int(right) {
          var sum = 0.0
          for ripple in ripples {
            sum +=
              ripple.high
              * stage.sine(ripple.across * Double(x) + ripple.down * Double(y) + ripple.turns * time + ripple.phase)
          }
          plane[y * stage.width + x] = 105 + (plane[y * stage.width + x] - 105) * 0.3 + strength * sum
          if sum > glitter { plane[y * stage.width + x] += 60 }
        }
      }
    }
    return layers
  }

  private static func shake(_ dice: inout Stage.Dice) -> Self {
    var layers = Self()
    let (reach, turns, jitter, seed) = (dice.pick(0.5...4), dice.pick(0.3...3), dice.pick(0...0.5), dice.next())
    let from = dice.pick(2...8)
    layers.front = { stage, plane, time in
      guard time >= from else { return }
      var dice = Stage.Dice(state: seed &+ UInt64(time * 10 + 0.5))
      let dx = reach * (stage.sine(time * turns) + jitter * dice.noise())
      let dy = reach * 0.5 * (stage.sine(time * turns * 1.37 + 0.2) + jitter * dice.noise())
      let source = plane
      for y in 0..<stage.height {
        let sy = min(max(Double(y) + dy, 0), Double(stage.height) - 1.001)
        for x in 0..<stage.width {
          let sx = min(max(Double(x) + dx, 0), Double(stage.width) - 1.001)
          let at = Int(sy) * stage.width + Int(sx)
          let (u, v) = (sx - Double(Int(sx)), sy - Double(Int(sy)))
          let top = source[at] + (source[at + 1] - source[at]) * u
          let bottom =
            source[at + stage.width] + (source[at + stage.width + 1] - source[at + stage.width]) * u
          plane[y * stage.width + x] = top + (bottom - top) * v
        }
      }
    }
    return layers
  }
}

/// Values from 0 to 1 that change smoothly from place to place.
private struct Field: Sendable {
  private static let side = 64
  private let spacing: Double
  private let knots: [Double]

  init(spacing: Double, _ dice: inout Stage.Dice) {
    self.spacing = spacing
    knots = (0..<Self.side * Self.side).map { _ in dice.pick(0...1) }
  }

  func at(_ x: Double, _ y: Double) -> Double {
    let (u, v) = (x / spacing, y / spacing)
    let (column, row) = (u.rounded(.down), v.rounded(.down))
    let (a, b) = (Self.smooth(u - column), Self.smooth(v - row))
    func knot(_ x: Int, _ y: Int) -> Double { knots[(y & (Self.side - 1)) * Self.side + (x & (Self.side - 1))] }
    let (i, j) = (Int(column), Int(row))
    let top = knot(i, j) + (knot(i + 1, j) - knot(i, j)) * a
    let bottom = knot(i, j + 1) + (knot(i + 1, j + 1) - knot(i, j + 1)) * a
    return top + (bottom - top) * b
  }

  private static func smooth(_ part: Double) -> Double { part * part * (3 - 2 * part) }
}

extension [Double] {
  /// A round spot of light; `soft` is the part of its radius over which it fades.
  fileprivate mutating func glow(_ stage: Stage, x: Double, y: Double, radius: Double, bright: Double, soft: Double) {
    for row in Self.reach(y, radius, stage.height) {
      for column in Self.reach(x, radius, stage.width) {
        let (u, v) = (Double(column) - x, Double(row) - y)
        let far = (u * u + v * v).squareRoot() / radius
        self[row * stage.width + column] += bright * Swift.min(Swift.max((1 - far) / soft, 0), 1)
      }
    }
  }

  private static func reach(_ middle: Double, _ radius: Double, _ side: Int) -> Range<Int> {
    let from = Swift.min(Swift.max(0, Int(middle - radius)), side)
    return from..<Swift.max(from, Swift.min(side, Int(middle + radius) + 2))
  }
}
