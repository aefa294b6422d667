import Domain

/// One camera's view: what the whole picture does, what lies still, what moves.
struct Scene: Sendable {
  let columns: Int
  let rows: Int
  private var background: Background
  private var comparison: Comparison
  private var objects: Objects
  private var zones: ZoneMap
  private var zonesDrawn: Limits?
  private var field: LightField
  private var regimes = LightRegimes()
  /// Whether the whole picture has changed, and it hasn't been asked yet whether this light is known.
  private var isNewLight = false
  /// The frame before, aligned and as it was lit.
  private var last: [Float]
  private var shift = Shift()
  private var shiftSince: Double
  /// Cells of objects that move; see `Background.learn`.
  private var held: [Bool]
  /// Frames of the last moments, aligned and relit, newest last: what has changed against the oldest one moves.
  private var recent: [Former]
  private let began: Double
  private var learnUntil: Double
  private var shakeUntil = -Double.infinity
  private var lightUntil = -Double.infinity
  /// When the light began to change, the last time that it did.
  private var lightBegan = -Double.infinity
  private var lastShare: Float = 0
  private var wideFrames = 0
  private var usualCost: Float = 0
  private var lastShift = -Double.infinity
  private var framesSeen = 0

  private struct Former {
    let time: Double
    let cells: [Float]
    /// What the light has done since.
    var light = Lighting()
  }

  /// How far back a frame is compared to tell what moves from what merely differs: the slow need this long.
  private static let lookBack = 0.4
  /// How long the background is learned from nothing, and after a change of the whole picture: nothing is reported then.
  private static let firstLearning = 0.9
  private static let learningAgain = 0.5
  /// Where much is restless from the start, learning goes on for up to this long.
  private static let longestLearning = 4.0
  /// A camera's own clock changes some cells each second, and only repetition tells it from something small that moves:
  /// for so long after the first picture nothing is reported that covers less than `tiny` of the picture.
  private static let unknownFlicker = 15.0
  private static let tiny = 0.0005
  /// What sways is known after so long.
  private static let young: Float = 4
  /// A camera that was not shifted for so long stands firmly.
  private static let steadyAfter = 10.0
  /// Every so many frames it is asked whether the light has become patchy.
  private static let fieldEvery = 8

  init(_ grid: LumaGrid, time: Double) {
    columns = grid.columns
    rows = grid.rows
    background = Background(grid)
    comparison = Comparison(count: grid.cells.count)
    objects = Objects(columns: grid.columns, rows: grid.rows)
    zones = ZoneMap(Limits(MotionSettings(), .usual), columns: grid.columns, rows: grid.rows)
    last = grid.cells
    field = LightField(columns: grid.columns, rows: grid.rows)
    held = [Bool](repeating: false, count: grid.cells.count)
    recent = [Former(time: time, cells: grid.cells)]
    began = time
    shiftSince = time
    learnUntil = time + Self.firstLearning
  }

  mutating func look(at grid: LumaGrid, time: Double, step: Float, limits: Limits) -> MotionActivity {
    var now = grid.cells
    framesSeen += 1
    if limits != zonesDrawn {
      zones = ZoneMap(limits, columns: columns, rows: rows)
      zonesDrawn = limits
    }
    let moved = align(&now, time: time)
    relight(now, time: time)
    let tolerance: Float = time < shakeUntil ? 0.45 : 0.15
    comparison.compare(now, with: background, limits.cells, tolerance: tolerance)
    let before = last
    last = now
    if !moved, time >= learnUntil, framesSeen % Self.fieldEvery == 0 || field.isActive(time),
      field.takeBack(
        from: &now, &background, noise: LightField.noise(now.span, before.span), time: time, step: step)
    {
      noteLight(time)
      comparison.compare(now, with: background, limits.cells, tolerance: tolerance)
    }
    if moved || wholePictureChanged() { return startOver(grid.cells, time: time, limits: limits) }
    lastShare = comparison.share
    if comparison.unrest > 2, time < began + Self.longestLearning, time >= learnUntil - 0.3 {
      learnUntil = min(time + 0.5, began + Self.longestLearning)
    }
    var suppressed: [SuppressedCandidate] = []
    if time >= learnUntil {
      recogniseLight()
      let view = Objects.View(
        now: now, past: recent.first?.cells ?? now, pastLight: recent.first?.light ?? Lighting(),
        background: background, comparison: comparison, zones: zones, isYoung: background.age < Self.young,
        isDappled: field.isActive(time), isLighting: time < lightUntil, lightBegan: lightBegan)
      suppressed = objects.follow(view, time: time)
    }
    for i in 0..<held.count { held[i] = false }
    objects.hold(&held, time: time)
    background.learn(now, changed: comparison.changed, held: held, threshold: comparison.threshold, step: step)
    recent.append(Former(time: time, cells: now))
    while recent.count > 1, recent[1].time <= time - Self.lookBack { recent.removeFirst() }
    var activity = objects.report(time: time, regime: regime(time), zones: zones)
    if time < began + Self.unknownFlicker, activity.share < Self.tiny {
      activity = MotionActivity(regime: activity.regime, hasCandidates: activity.hasCandidates)
    }
    activity.suppressed = suppressed
    return activity
  }

  private func regime(_ time: Double) -> MotionRegime {
    time < learnUntil ? .learning : time < shakeUntil ? .shaking : time < lightUntil ? .lighting : .steady
  }

  var changedCells: Int { comparison.changedCount }

  func trace(_ time: Double) -> String {
    "t=\(time) share=\(comparison.share) unrest=\(comparison.unrest) shift=\(shift.x),\(shift.y) \(regime(time))"
      + objects.trace
  }

  // MARK: the whole picture

  /// Takes a shift of the whole picture back, so that the frame lies on the background.
  ///
  /// - Returns: `true` when the camera stays where it was turned to: then the background is to be learned anew.
  private mutating func align(_ now: inout [Float], time: Double) -> Bool {
    let cost = Registration.cost(now.span, background.mean.span, columns, rows, Shift())
    // Looking for a shift costs more than the rest: only when the picture fits worse than usual, and now and then.
    let usual = cost < usualCost * 1.12 + 0.03
    usualCost += (cost - usualCost) * (cost < usualCost ? 0.2 : 0.03)
    if usual, shift == Shift(), framesSeen % 8 != 0 { return false }
    guard
      let found = Registration.estimate(
        now.span, against: background.mean.span, columns: columns, rows: rows, last: shift, still: cost)
    else {
      shift = Shift()
      shiftSince = time
      // What fits worse without being shifted is in the picture: it is usual for as long as it is there. A camera that
      // shakes lies still between, so that is not said of one that has shaken of late.
      if time > lastShift + Self.steadyAfter { usualCost = max(usualCost, cost) }
      return false
    }
    lastShift = time
    let change = Shift(x: found.x - shift.x, y: found.y - shift.y)
    if change.length > 0.3 {
      shakeUntil = time + 1
      shiftSince = time
    }
    shift = found
    now = Registration.move(now, by: found, fill: background.mean, columns: columns, rows: rows)
    return found.length > 1 && time - shiftSince > 8
  }

  private mutating func relight(_ now: [Float], time: Double) {
    guard
      let light = Lighting.fit(now.span, background.mean.span, skip: comparison.changed.span),
      abs(light.gain - 1) > 0.004 || abs(light.offset) > 0.3
    else { return }
    if light.size > 0.8 { noteLight(time) }
    background.relight(light)
    for i in recent.indices { recent[i].light = recent[i].light.then(light) }
  }

  private mutating func noteLight(_ time: Double) {
    if time >= lightUntil { lightBegan = time }
    lightUntil = time + 1
  }

  private mutating func wholePictureChanged() -> Bool {
    let share = comparison.share
    guard share > 0.35 else {
      wideFrames = 0
      return false
    }
    // An object, however near, leaves some of the picture's sixteen parts alone.
    var parts = [Int](repeating: 0, count: 16)
    for y in 0..<rows {
      for x in 0..<columns where comparison.changed[y * columns + x] { parts[y * 4 / rows * 4 + x * 4 / columns] += 1 }
    }
    guard parts.count(where: { $0 * 16 * 5 > columns * rows }) >= 13 else { return false }
    wideFrames += 1
    return share - lastShare > 0.25 || wideFrames >= 4
  }

  /// Asked when the learning after a change is over: a camera that switches takes a moment to find its exposure.
  private mutating func recogniseLight() {
    guard isNewLight else { return }
    isNewLight = false
    if let noise = regimes.recognise(background.mean) { background.recall(noise: noise) }
  }

  private mutating func startOver(_ cells: [Float], time: Double, limits: Limits) -> MotionActivity {
    let share = comparison.share
    let suppressed = [
      SuppressedCandidate(
        cause: .wholePicture, from: .seconds(time), to: .seconds(time),
        box: RelativeBox(x: 0, y: 0, width: 1, height: 1), share: Double(share),
        why: "\(Text.percent(Double(share))) of the picture changed at once")
    ]
    regimes.keep(background)
    isNewLight = true
    let noise = background.noise.map { max($0, 1.2) }
    background = Background(LumaGrid(columns: columns, rows: rows, cells: cells), noise: noise)
    objects = Objects(columns: columns, rows: rows)
    comparison.forget()
    shift = Shift()
    shiftSince = time
    recent = [Former(time: time, cells: cells)]
    lastShare = 0
    wideFrames = 0
    usualCost = 0
    learnUntil = time + Self.learningAgain
    return MotionActivity(suppressed: suppressed, regime: .learning)
  }
}
