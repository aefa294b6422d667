/// The lights that a camera has been seen in (day, infrared, dusk, a lamp), each with what every cell varied by in it: when one
/// returns, its noise is known at once instead of being learned for half a minute from that of another.
///
/// A regime begins and ends with a change of the whole picture; what changes little by little is one regime. They are told
/// apart by their look alone, since a camera doesn't say that it switched.
struct LightRegimes: Sendable {
  /// Day, infrared and dusk.
  private static let most = 3
  /// Seconds after which a background has seen enough to be worth remembering.
  private static let known: Float = 20
  /// By how much a picture may differ from a remembered one, as a mean over the cells and beyond what the cells vary by; another
  /// light moves shadows and drowns or raises textures by tens of levels.
  private static let likeness: Float = 5
  /// A cell that differs by more has something else in it: it counts so much and no more.
  private static let farthest: Float = 30

  /// One byte for each cell keeps a regime at some 30 kB.
  private struct Regime: Sendable {
    var mean: [UInt8]
    /// In sixteenths of a level.
    var noise: [UInt8]
  }

  /// The latest used last.
  private var regimes: [Regime] = []
  /// Whether the last of them is the one that is there now.
  private var isRecognised = false

  /// Remembers a light that ends.
  mutating func keep(_ background: Background) {
    defer { isRecognised = false }
    guard background.age >= Self.known else { return }
    if isRecognised { regimes.removeLast() }
    if regimes.count == Self.most { regimes.removeFirst() }
    regimes.append(
      Regime(
        mean: background.mean.map { UInt8(min(max($0, 0), 255)) },
        noise: background.noise.map { UInt8(min($0 * 16, 255)) }))
  }

  /// What each cell varies by in this light; `nil` when it is a new one.
  ///
  /// - Parameter mean: the cells once the change is over.
  mutating func recognise(_ mean: [Float]) -> [Float]? {
    let none = [Bool](repeating: false, count: mean.count)
    var best: (index: Int, difference: Float)?
    for (index, regime) in regimes.enumerated() where regime.mean.count == mean.count {
      let before = regime.mean.map { Float($0) }
      // The same light is a little brighter or darker than the last time.
      let light = Lighting.fit(mean.span, before.span, skip: none.span) ?? Lighting()
      var sum: Float = 0
      for i in mean.indices {
        let difference = abs(mean[i] - (light.gain * before[i] + light.offset)) - Float(regime.noise[i]) / 16
        sum += min(max(difference, 0), Self.farthest)
      }
      let difference = sum / Float(mean.count)
      if difference < best?.difference ?? Self.likeness { best = (index, difference) }
    }
    guard let best else { return nil }
    let regime = regimes.remove(at: best.index)
    regimes.append(regime)
    isRecognised = true
    return regime.noise.map { Float($0) / 16 }
  }
}
