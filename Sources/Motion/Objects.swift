import Domain

/// The things that changed, followed from frame to frame.
struct Objects: Sendable {
  /// What a frame is judged by.
  struct View {
    var now: [Float]
    /// A frame a moment earlier.
    var past: [Float]
    /// What the light has done since.
    var pastLight: Lighting
    var background: Background
    var comparison: Comparison
    var zones: ZoneMap
    /// See `Surroundings`.
    var isYoung: Bool
    var isDappled: Bool
    var isLighting: Bool
    var lightBegan: Double
  }

  let columns: Int
  let rows: Int
  private var tracks: [Track] = []
  private var nextTrack = 0
  /// How many candidates are about: rises at once, falls within a second.
  private var crowd: Float = 0
  private var lastTime = 0.0

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
  }

  mutating func follow(_ view: View, time: Double) -> [SuppressedCandidate] {
    let zones = view.zones
    let blobs = find(view)
    assign(blobs, time: time)
    let candidates = tracks.filter { $0.seenNow && !$0.confirmed && $0.hits > 1 }.map(\.blob.area).sorted()
    let about = Float(max(candidates.count - 1, 0))
    // One among many alike is weather, not a visitor.
    let common = candidates.count >= 8 ? candidates[candidates.count / 2] : 0
    crowd = max(about, crowd * max(0, 1 - Float(time - lastTime)))
    lastTime = time
    let quiet = view.background.quietNoise
    for i in tracks.indices where tracks[i].seenNow {
      tracks[i].judge(
        Surroundings(
          columns: columns, rows: rows, quietNoise: quiet, crowd: crowd, isYoung: view.isYoung,
          isDappled: view.isDappled, isLighting: view.isLighting, lightBegan: view.lightBegan,
          commonArea: common), time: time,
        limits: zones.limits)
      tracks[i].show(plain: zones.demand(at: tracks[i].blob.box).least(of: columns * rows))
      if !zones.isWhole {
        let box = tracks[i].blob.box
        tracks[i].stand(
          zones.standing(box, changed: view.comparison.changed, largest: tracks[i].peakArea), time: time)
      } else if tracks[i].hasStood {
        // The zones were removed while it was followed: what it was told of them names none that exists.
        tracks[i].stand(ZoneMap.Standing(), time: time)
      }
    }
    let over = tracks.filter { time - $0.last > patience($0) }
    guard !over.isEmpty else { return [] }
    let gone = Set(over.map(\.id))
    tracks.removeAll { gone.contains($0.id) }
    let least = zones.least
    return over.filter { isUnreported($0) && $0.isWorthNoting(least: least, cells: columns * rows) }.map {
      describe($0)
    }
  }

  /// Marks the cells of objects that move or did so lately.
  func hold(_ held: inout [Bool], time: Double) {
    for track in tracks where track.seenNow && (track.confirmed && track.lastGoing > time - 4 || track.isBeam) {
      let box = track.blob.box
      for y in box.top...box.bottom {
        for x in box.left...box.right { held[y * columns + x] = true }
      }
    }
  }

  func report(time: Double, regime: MotionRegime, zones: ZoneMap) -> MotionActivity {
    var activity = MotionActivity(regime: regime)
    activity.hasCandidates = tracks.contains { $0.seenNow && $0.hits > 1 }
    guard regime != .learning else { return activity }
    let active = tracks.filter {
      $0.confirmed && $0.seenNow && time - $0.lastMoved <= 0.5 && $0.isPlain && $0.standing.counts
    }.sorted { $0.blob.area > $1.blob.area }
    guard let main = active.first else { return activity }
    activity.isActive = true
    activity.since = .seconds(active.compactMap(\.reportedSince).min() ?? time)
    activity.share = Double(active.reduce(0) { $0 + $1.blob.area }) / Double(columns * rows)
    activity.boxes = active.map { relative($0.blob.box) }
    let hit = Set(active.flatMap(\.standing.zones)).sorted()
    activity.zones = hit.map(zones.name)
    activity.reasons = main.reasons(columns: columns, cells: columns * rows)
    activity.reasons.append(Self.words(regime))
    if !activity.zones.isEmpty { activity.reasons.append("in " + activity.zones.joined(separator: ", ")) }
    return activity
  }

  var trace: String {
    tracks.filter { $0.seenNow && $0.hits > 1 }.map { "\n    " + $0.trace }.joined()
  }

  private static func words(_ regime: MotionRegime) -> String {
    switch regime {
    case .learning: "the background is being learned"
    case .steady: "the light is steady"
    case .lighting: "the light is changing"
    case .shaking: "the camera shakes"
    }
  }

  private func find(_ view: View) -> [Blob] {
    let now = view.now.span
    let past = view.past.span
    let base = view.background.mean.span
    let restless = view.background.restless.span
    let other = view.background.other.span
    let changed = view.comparison.changed.span
    let light = view.pastLight
    let threshold = view.comparison.threshold.span
    let columns = columns
    guard view.comparison.changedCount > 0 else { return [] }
    let (runs, parts) = Labels.connect(view.comparison.changed.span, columns: columns, rows: rows)
    var blobs = [Blob?](repeating: nil, count: parts)
    for run in runs {
      var blob = Blob(box: CellBox(left: run.from, top: run.row, right: run.to, bottom: run.row))
      for x in run.from...run.to where changed[run.row * columns + x] {
        let cell = run.row * columns + x
        blob.add(
          cell, x: x, y: run.row, columns: columns, now: now, past: past[cell] * light.gain + light.offset, base: base,
          other: other[cell], restless: restless[cell], threshold: threshold[cell],
          plainness: view.zones.plainness(at: cell))
      }
      if blobs[run.label] == nil { blobs[run.label] = blob } else { blobs[run.label]?.add(blob) }
    }
    let least = view.zones.least
    return blobs.compactMap { $0 }.filter { $0.area >= least || $0.strength > Float(least) * 3 }
  }

  /// Gives each blob to the track that it continues, or to a new one.
  private mutating func assign(_ blobs: [Blob], time: Double) {
    for i in tracks.indices { tracks[i].expect() }
    let expected = tracks.map { $0.predicted(time) }
    var gathered = [Blob?](repeating: nil, count: tracks.count)
    for blob in blobs.sorted(by: { $0.area > $1.area }) {
      var best = -1
      var bestCost = Float.infinity
      for (i, box) in expected.enumerated() {
        let gap = box.gap(to: blob.box)
        // What slept for a while must wake where it was.
        let reach = time - tracks[i].last > 1 ? 0 : 2 + max(box.width, box.height) / 3
        guard gap <= reach else { continue }
        let dx = Float(box.left + box.right) * 0.5 - blob.centreX
        let dy = Float(box.top + box.bottom) * 0.5 - blob.centreY
        let far = (dx * dx + dy * dy).squareRoot() / Float(box.width + box.height)
        let cost = far + Float(gap) - (tracks[i].confirmed ? 0.5 : 0)
        if cost < bestCost {
          best = i
          bestCost = cost
        }
      }
      if best < 0 {
        tracks.append(Track(id: nextTrack, blob: blob, time: time))
        nextTrack += 1
      } else if let already = gathered[best] {
        // A further piece of it, when it lies close by or where the object was expected.
        var joined = already
        joined.add(blob)
        // Not the drops or flakes around it: what fills so little of its box is many things.
        let isOne = joined.box.width * joined.box.height <= 8 * joined.area
        if isOne, already.box.gap(to: blob.box) <= 3 || expected[best].gap(to: blob.box) == 0 {
          gathered[best] = joined
        }
      } else {
        gathered[best] = blob
      }
    }
    for (i, blob) in gathered.enumerated() {
      if let blob { tracks[i].take(blob, time: time) }
    }
  }

  private func isUnreported(_ track: Track) -> Bool {
    !track.confirmed || !track.hasCounted || !track.isPlain
  }

  /// For how long a track is kept unseen. Something confirmed that didn't leave over the border is still there, and may
  /// move again without having to travel first.
  private func patience(_ track: Track) -> Double {
    guard track.confirmed else { return 0.5 }
    let box = track.blob.box
    let leaving = box.left <= 1 || box.top <= 1 || box.right >= columns - 2 || box.bottom >= rows - 2
    return leaving ? 1 : 20
  }

  private func describe(_ track: Track) -> SuppressedCandidate {
    let (cause, why) = track.refusal()
    return SuppressedCandidate(
      cause: cause, from: .seconds(track.first), to: .seconds(track.last), box: relative(track.peakBox),
      share: Double(track.peakArea) / Double(columns * rows), why: why)
  }

  private func relative(_ box: CellBox) -> RelativeBox {
    RelativeBox(
      x: Double(box.left) / Double(columns), y: Double(box.top) / Double(rows),
      width: Double(box.width) / Double(columns), height: Double(box.height) / Double(rows))
  }
}
