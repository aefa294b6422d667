import Domain

/// What a track is judged by besides itself.
struct Surroundings {
  let columns: Int
  let rows: Int
  /// The noise of the middle cell of the picture.
  let quietNoise: Float
  /// How many other candidates are about: where everything moves, one must show more.
  let crowd: Float
  /// The background is so young that what sways in it is not known yet.
  let isYoung: Bool
  /// Shadows drift over it.
  let isDappled: Bool
  /// The light of the whole picture is changing.
  let isLighting: Bool
  /// When that began, the last time that it did.
  let lightBegan: Double
  /// What the candidates' areas are like, when there are many; 0 otherwise.
  let commonArea: Int
}

/// Something that changed, followed from frame to frame: a candidate until it has persisted and travelled.
struct Track: Sendable {
  private struct Point: Sendable {
    let time: Double
    let x: Float
    let y: Float
    let box: CellBox
  }

  let id: Int
  let first: Double
  private(set) var last: Double
  private(set) var hits = 0
  /// Frames since it was first seen.
  private var frames = 1
  private(set) var blob: Blob
  private(set) var seenNow = true
  private var x: Float
  private var y: Float
  private var speedX: Float = 0
  private var speedY: Float = 0
  private var path: [Point] = []
  private(set) var peakArea = 0
  /// The same, fading: what shrinks away is not on its way.
  private var recentPeak: Float = 0
  private(set) var peakBox: CellBox
  /// The most cells at one time that differed as plainly as the sensitivity asks for, and whether they ever were enough.
  private var peakPlain = 0
  private(set) var isPlain = false
  private var movingHits = 0
  private var lightHits = 0
  /// The share of the last sightings that showed light, and of those without a hard outline, smoothed.
  private var lightShare: Float = 0
  private var softShare: Float = 0
  /// How well each sighting lies where the one before said, 0 to 1, smoothed.
  private var steady: Float = 0.5
  /// The share of the last frames in which it was seen, smoothed.
  private var seenShare: Float = 1
  /// How restless its cells are by themselves, against the picture's quieter half.
  private var busyness: Float = 1
  /// The best way lately: how far it got, how long its way was, since when; in cells.
  private var best: (net: Float, length: Float, since: Double)
  private var tooFast = false

  private(set) var confirmed = false
  private var wasYoung = false
  /// Since when it has been moving, once confirmed.
  private var movingSince: Double?
  private(set) var lastMoved = -Double.infinity
  /// When it last was on its way.
  private(set) var lastGoing = -Double.infinity
  /// What the zones make of it, since when it has counted without a break, and whether it ever did.
  private(set) var standing = ZoneMap.Standing()
  private var countsSince: Double?
  private(set) var hasCounted = true
  private(set) var hasStood = false

  private enum Need {
    /// Sightings before anything is confirmed, and the least time from the first to the last of them, in seconds.
    static let hits = 4
    static let age = 0.19
    /// What each further candidate in the picture adds to that time.
    static let agePerCandidate = 0.08
    /// The way that counts lies within so many seconds.
    static let window = 3.0
    /// After so long without moving it moves anew.
    static let pause = 0.5
    /// After so long without getting anywhere, what moves in a restless place is no longer believed.
    static let stay = 8.0
  }

  init(id: Int, blob: Blob, time: Double) {
    self.id = id
    self.blob = blob
    first = time
    last = time
    x = blob.centreX
    y = blob.centreY
    peakBox = blob.box
    best = (0, 0, time)
    take(blob, time: time)
  }

  /// - Parameter least: So many plain cells are enough.
  mutating func show(plain least: Int) {
    peakPlain = max(peakPlain, blob.plain)
    if peakPlain >= least { isPlain = true }
  }

  var reportedSince: Double? {
    guard let movingSince else { return nil }
    return countsSince.map { max($0, movingSince) } ?? movingSince
  }

  mutating func stand(_ standing: ZoneMap.Standing, time: Double) {
    self.standing = standing
    hasCounted = standing.counts || (hasStood && hasCounted)
    hasStood = true
    countsSince = standing.counts ? countsSince ?? time : nil
  }

  /// A light that passes: its way is long, and what it lights up is no more restless than before.
  var isBeam: Bool {
    let need = max(8, Float(max(blob.box.width, blob.box.height)) * 0.3)
    return !confirmed && hits >= 3 && lightHits * 2 >= hits && blob.area >= 60 && best.net >= need
      && best.net >= best.length * 0.6
  }

  func predicted(_ time: Double) -> CellBox {
    let dt = Float(min(time - last, 0.5))
    return blob.box.moved(speedX * dt, speedY * dt)
  }

  /// A frame begins.
  mutating func expect() {
    seenNow = false
    frames += 1
    seenShare *= 0.85
  }

  mutating func take(_ seen: Blob, time: Double) {
    if hits > 0 {
      let dt = Float(max(time - last, 0.001))
      speedX += ((seen.centreX - x) / dt - speedX) * 0.5
      speedY += ((seen.centreY - y) / dt - speedY) * 0.5
      steady += (seen.box.likeness(predicted(time)) - steady) * 0.3
    }
    x = seen.centreX
    y = seen.centreY
    blob = seen
    last = time
    hits += 1
    seenNow = true
    seenShare += (1 - seenShare) * 0.15
    recentPeak = max(Float(seen.area), recentPeak * 0.93)
    if seen.area > peakArea {
      peakArea = seen.area
      peakBox = seen.box
    }
    path.append(Point(time: time, x: x, y: y, box: seen.box))
    if path.count > 64 { path.removeFirst(16) }
  }

  // MARK: judging

  mutating func judge(_ around: Surroundings, time: Double, limits: CellLimits) {
    let moved = blob.isMoving
    let light = blob.isLight(wide: around.columns * around.rows / 100)
    if moved { movingHits += 1 }
    if light { lightHits += 1 }
    let rate: Float = max(0.1, 1 / Float(hits))
    lightShare += ((light ? 1 : 0) - lightShare) * rate
    softShare += ((blob.area >= 60 && blob.outline < 0.5 ? 1 : 0) - softShare) * rate
    busyness = blob.restless / Float(blob.area) / around.quietNoise
    best = travelled(columns: around.columns, rows: around.rows)
    // What sways in a restless part of the picture gets less far than what passes through.
    let extra = min(max(busyness / 3, 1), 4)
    // What lies each time where it was expected stands out from any crowd.
    let crowd = min(around.crowd, 12) * min(max((0.85 - steady) / 0.35, 0), 1)
    let long = Float(max(blob.box.width, blob.box.height))
    let need = max(2, min(long * 0.3, 8)) * (1 + 0.15 * min(crowd, 10)) * extra
    tooFast = isTooFast(around)
    let going = best.net >= need && best.net >= best.length * 0.4 && !tooFast
    guard confirmed else {
      let scaled = Float(around.columns * around.rows) / 14_400
      if going, moved, hits >= Need.hits, hits * 10 >= frames * (steady > 0.6 ? 5 : 7), movingHits * 2 >= hits,
        lightHits * 2 < hits || lightShare < 0.2,
        last - first >= Need.age + Need.agePerCandidate * Double(crowd), steady > 0.45,
        isBeyondDoubt(around),
        Float(blob.area) * 3 >= recentPeak, blob.area * 2 > around.commonArea * 5 || around.commonArea == 0,
        Float(blob.area) >= limits.leastArea * scaled * (extra * 2 - 1)
      {
        confirmed = true
        wasYoung = around.isYoung
        seenShare = 1
        movingSince = min(best.since, last)
        lastMoved = time
        lastGoing = time
      }
      return
    }
    if going { lastGoing = time }
    // What has not got anywhere for long, where things always move, was one of them.
    if busyness > (wasYoung ? 6 : 3), time - lastGoing > (wasYoung ? Need.stay / 2 : Need.stay) {
      confirmed = false
      return
    }
    let wakes = time - lastMoved > Need.pause
    if moved, !light, seenShare > 0.5, !wakes || !around.isLighting || isOnItsWay(around) {
      if wakes { movingSince = time }
      lastMoved = time
    }
  }

  /// What has paused is not woken by a change of the light alone: then it must have gone somewhere within a second.
  private func isOnItsWay(_ around: Surroundings) -> Bool {
    guard let past = path.first(where: { last - $0.time <= 1 }) else { return false }
    let (x, y) = Self.way(from: past.box, to: blob.box, columns: around.columns, rows: around.rows)
    return min(Self.distance(x, y), Self.distance(self.x - past.x, self.y - past.y)) >= max(3, min(length * 0.3, 8))
  }

  /// Where something else than a visitor is likely, more is asked for.
  private func isBeyondDoubt(_ around: Surroundings) -> Bool {
    let isSmall = blob.area * 100 < around.columns * around.rows
    let age = last - first
    // Insects, flakes and drops are quick for their size.
    if isSmall, isQuick {
      if hits * 10 < frames * 8 || !isStraight(for: 0.8) || isFalling { return false }
      // An insect that holds a line so long is not as quick.
      if speed > 4 * length, !isStraight(for: 1.3) { return false }
    }
    if isSmall, hits * 10 < frames * 8, age < 3 { return false }
    if softShare >= 0.5, age < 5 { return false }
    if around.isDappled, age < 0.6 || best.net < 4 { return false }
    // Remains of a light that was switched, just above the threshold.
    if around.isLighting, blob.strength < (isSmall ? 1.75 : 1.25) * Float(blob.area), age < 1 || best.net < 6 {
      return false
    }
    // Large parts of it, which come with it, shift as they fade, but not far.
    if around.isLighting, !isSmall, first < around.lightBegan + 0.5, age < 1, best.net < 12 { return false }
    guard around.isYoung else { return true }
    let isLarge = blob.area * 33 > around.columns * around.rows
    let isLongSeen = age >= (hits * 10 >= frames * 9 ? 1.5 : 2.5)
    return isLarge || (isStraight(for: 0.8) && best.net >= best.length * 0.8 && (isLongSeen || !isSmall))
  }

  /// It crosses more than twice its length in a second.
  private var isQuick: Bool { speed > min(2 * length, 3 * Float(max(blob.area, 8)).squareRoot()) }

  /// Cells a second, on its best way.
  private var speed: Float { best.net / Float(max(last - best.since, 0.05)) }

  /// Of its box, the longer side; what is tiny counts as a little longer.
  private var length: Float { Float(max(blob.box.width, blob.box.height, 4)) }

  /// Snow, drops and leaves fall; nobody who is quick does.
  private var isFalling: Bool {
    guard let end = path.last, let start = path.first(where: { $0.time >= best.since }) else { return false }
    let (dx, dy) = (end.x - start.x, end.y - start.y)
    return dy > 0.7 * Self.distance(dx, dy)
  }

  /// Its way of the last `seconds` lies along a line, as that of what drives or runs does, and an insect's does not.
  private func isStraight(for seconds: Double) -> Bool {
    guard let end = path.last, let start = path.last(where: { end.time - $0.time >= seconds }) else { return false }
    let (dx, dy) = (end.x - start.x, end.y - start.y)
    let length = Self.distance(dx, dy)
    guard length > 0 else { return false }
    return path.reversed().prefix { $0.time >= start.time }.allSatisfy { point in
      abs((point.x - start.x) * dy - (point.y - start.y) * dx) / length < max(1, length * 0.06)
    }
  }

  /// Nothing that matters crosses many of its own lengths in a second, and what is small is far and crosses the picture
  /// slowly: an insect near the lens does neither.
  private func isTooFast(_ around: Surroundings) -> Bool {
    let part = (Float(blob.area) / Float(around.columns * around.rows)).squareRoot()
    let fastest = Float(max(around.columns, around.rows)) * (0.1 + 4 * part)
    return speed >= min(length * 8, fastest)
  }

  /// How far it came from where it was lately, how long its way was, and since when.
  ///
  /// A thing that moves takes both its edges along; one that only changes its shape doesn't, and its centre counts less.
  private func travelled(columns: Int, rows: Int) -> (net: Float, length: Float, since: Double) {
    guard let end = path.last else { return (0, 0, last) }
    var best: (net: Float, length: Float, since: Double) = (0, 0, end.time)
    var length: Float = 0
    var after = end
    for point in path.dropLast().reversed() {
      guard end.time - point.time <= Need.window else { break }
      length += Self.distance(point.x - after.x, point.y - after.y)
      after = point
      let centre = Self.distance(point.x - end.x, point.y - end.y)
      let (x, y) = Self.way(from: point.box, to: end.box, columns: columns, rows: rows)
      let net = max(min(Self.distance(x, y), centre * 1.5), centre * 0.4)
      if net > best.net { best = (net, length, point.time) }
    }
    return best
  }

  private static func distance(_ x: Float, _ y: Float) -> Float { (x * x + y * y).squareRoot() }

  /// How far it came across and down.
  private static func way(from start: CellBox, to end: CellBox, columns: Int, rows: Int) -> (x: Float, y: Float) {
    (
      common(
        end.left - start.left, end.right - start.right, lowPinned: min(start.left, end.left) <= 0,
        highPinned: max(start.right, end.right) >= columns - 1),
      common(
        end.top - start.top, end.bottom - start.bottom, lowPinned: min(start.top, end.top) <= 0,
        highPinned: max(start.bottom, end.bottom) >= rows - 1)
    )
  }

  /// How far both edges went the same way; at the picture's border only the free edge can tell.
  private static func common(_ low: Int, _ high: Int, lowPinned: Bool, highPinned: Bool) -> Float {
    if lowPinned && highPinned { return 0 }
    if lowPinned { return Float(abs(high)) }
    if highPinned { return Float(abs(low)) }
    guard (low > 0) == (high > 0) else { return 0 }
    return Float(min(abs(low), abs(high)))
  }

  // MARK: words

  /// Too small or too short-lived candidates would only fill the list.
  func isWorthNoting(least: Int, cells: Int) -> Bool {
    hits >= 3 && peakArea >= least && (last - first >= 0.3 || peakArea * 200 >= cells)
  }

  func reasons(columns: Int, cells: Int) -> [String] {
    [
      "covers \(Text.percent(Double(blob.area) / Double(cells)))",
      "seen for \(Text.number(last - first)) s, in \(hits) of \(frames) frames",
      "came \(Text.percent(Double(best.net) / Double(columns))) of the picture's width in "
        + "\(Text.number(last - best.since)) s",
    ]
  }

  func refusal() -> (SuppressedCandidate.Cause, String) {
    let seen = "seen for \(Text.number(last - first)) s"
    if confirmed, !hasCounted { return (.outside, "\(standing.refusal), \(seen)") }
    if confirmed, !isPlain {
      return (.small, "at most \(peakPlain) cells as plain as the sensitivity asks for, \(seen)")
    }
    if lightHits * 2 >= hits { return (.light, "the same texture in another light in \(lightHits) of \(hits) frames") }
    if busyness > 3 {
      return (.busy, "where it is \(Text.number(Double(busyness))) times as restless as elsewhere, \(seen)")
    }
    if tooFast {
      return (
        .fast, "too fast for its size: \(Text.number(Double(best.net))) cells in \(Text.number(last - best.since)) s"
      )
    }
    if hits < Need.hits || hits * 10 < frames * 7 || last - first < 0.3 {
      return (.brief, "\(seen), in \(hits) of \(frames) frames")
    }
    if best.length > 4, best.net < best.length * 0.4 || steady <= 0.45 {
      return (
        .busy, "to and fro: \(Text.number(Double(best.net))) cells far on a way of \(Text.number(Double(best.length)))"
      )
    }
    if movingHits * 2 < hits || best.net < 2 {
      return (.still, "came \(Text.number(Double(best.net))) cells far, \(seen)")
    }
    return (.small, "at most \(peakArea) cells, \(seen)")
  }

  var trace: String {
    "#\(id)\(confirmed ? "*" : "") age=\(last - first) hits=\(hits)/\(frames) box=\(blob.box.left),\(blob.box.top) "
      + "\(blob.box.width)x\(blob.box.height) area=\(blob.area) str=\(blob.strength / Float(blob.area)) mov=\(blob.moving) "
      + "light=\(blob.isLight(wide: 150)) \(lightHits) edge=\(blob.sharpness) busy=\(busyness) net=\(best.net)/\(best.length) steady=\(steady) fast=\(tooFast)"
  }
}
