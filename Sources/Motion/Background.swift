/// What each cell looks like when nothing is there, and how much it varies by itself.
struct Background: Sendable {
  /// How fast things are learned: seconds.
  private enum Pace {
    /// The usual value follows a cell that shows nothing.
    static let follow: Float = 6
    static let noise: Float = 10
    /// A cell that always changes becomes a busy one.
    static let busy: Float = 12
    /// While it is young: what sways from the first picture on has no history.
    static let busyYoung: Float = 2
    /// A changed cell that keeps its new value is taken for background.
    static let absorb: Float = 4
    static let absorbHeld: Float = 10
    static let absorbYoung: Float = 0.6
    static let young: Float = 4
    /// A former value is remembered.
    static let remember: Float = 60
  }
  /// Stands in `other` where no second value is known: so far off that it never matches.
  private static let none: Float = -1000

  let columns: Int
  let rows: Int
  /// The usual value.
  private(set) var mean: [Float]
  /// A second value that the cell also takes when nothing is there: behind a parked car, between swaying leaves.
  private(set) var other: [Float]
  private var otherLife: [Float]
  /// A value that may become the usual one, and for how long it has held.
  private var candidate: [Float]
  private var candidateAge: [Float]
  /// Mean absolute deviation from the usual value.
  private(set) var noise: [Float]
  /// Noise that counts: the cell's own, or what its neighbours have on average when that is more, since what sways reaches
  /// a little further now and then.
  private(set) var restless: [Float]
  /// How much the usual value changes from cell to cell: there the smallest shift shows.
  private(set) var slope: [Float]
  /// The noise of the middle cell of all.
  private(set) var quietNoise: Float = 1.2
  /// Seconds since the background was taken.
  private(set) var age: Float = 0
  private var turns = 0
  private var owed: Float = 0

  init(_ grid: LumaGrid, noise known: [Float]? = nil) {
    columns = grid.columns
    rows = grid.rows
    let count = grid.cells.count
    mean = grid.cells
    candidate = grid.cells
    other = [Float](repeating: Self.none, count: count)
    otherLife = [Float](repeating: 0, count: count)
    candidateAge = otherLife
    noise = known ?? [Float](repeating: 1.2, count: count)
    restless = noise
    slope = otherLife
    survey()
  }

  /// Carries everything over to a new light, so that the next frame compares like with like.
  mutating func relight(_ light: Lighting) {
    for i in 0..<mean.count {
      mean[i] = min(max(mean[i] * light.gain + light.offset, 0), 255)
      candidate[i] = min(max(candidate[i] * light.gain + light.offset, 0), 255)
      if otherLife[i] > 0 { other[i] = min(max(other[i] * light.gain + light.offset, 0), 255) }
    }
  }

  /// Takes over what each cell looks like in the light of now.
  mutating func relight(along usual: [Float]) { mean = usual }

  /// Takes over what each cell varies by, from another time with this light: it is no longer young, for what sways is known.
  mutating func recall(noise known: [Float]) {
    noise = known
    age = max(age, Pace.young)
    survey()
  }

  /// Learns from a frame; every second row in turn, which halves the work and loses nothing at these paces.
  ///
  /// - Parameters:
  ///   - changed: Cells that differ from the background.
  ///   - held: Cells of an object that moves: they teach nothing about the background.
  mutating func learn(_ now: [Float], changed: [Bool], held: [Bool], threshold: [Float], step: Float) {
    age += step
    turns += 1
    let turn = turns
    if turn % 8 == 0 { survey() }
    // A row's turn comes every second frame: it learns the time of both.
    let due = step + owed
    owed = step
    let young = age < Pace.young
    let pace = RowPace(
      step: due, follow: age < 2 ? max(due / (age + due), due / Pace.follow) : due / Pace.follow, young: young,
      absorb: young ? Pace.absorbYoung : Pace.absorb, noise: due / Pace.noise,
      busy: due / (young ? Pace.busyYoung : Pace.busy))
    var y = turn & 1
    while y < rows {
      Self.learn(
        y * columns..<(y + 1) * columns, now.span, changed.span, held.span, threshold.span, pace, mean: &mean,
        other: &other, otherLife: &otherLife, candidate: &candidate, candidateAge: &candidateAge, noise: &noise)
      y += 2
    }
  }

  private struct RowPace {
    let step: Float
    let follow: Float
    let young: Bool
    let absorb: Float
    let noise: Float
    let busy: Float
  }

  // The planes come as separate arguments, since two mutable spans can't be taken of one `self`.
  private static func learn(
    _ range: Range<Int>, _ now: Span<Float>, _ changed: Span<Bool>, _ held: Span<Bool>, _ threshold: Span<Float>,
    _ pace: RowPace, mean: inout [Float], other: inout [Float], otherLife: inout [Float], candidate: inout [Float],
    candidateAge: inout [Float], noise: inout [Float]
  ) {
    let now = now.extracting(range)
    let changed = changed.extracting(range)
    let held = held.extracting(range)
    let threshold = threshold.extracting(range)
    var mean = mean.mutableSpan
    var other = other.mutableSpan
    var otherLife = otherLife.mutableSpan
    var candidate = candidate.mutableSpan
    var candidateAge = candidateAge.mutableSpan
    var noise = noise.mutableSpan
    let count = range.count
    precondition(now.count == count && changed.count == count && threshold.count == count)
    precondition(
      range.upperBound <= mean.count && mean.count == noise.count && mean.count == otherLife.count
        && mean.count == candidateAge.count)
    var from = 0
    while from < count {
      let piece = from..<min(from + pieceLength, count)
      from = piece.upperBound
      if isQuiet(piece, changed, otherLife, at: range.lowerBound) {
        // The same as below for each of its cells, without a branch: the compiler takes several at a time.
        for x in piece {
          let i = range.lowerBound &+ x
          let d = now[unchecked: x] - mean[unchecked: i]
          let size = abs(d)
          let limit = threshold[unchecked: x]
          let old = noise[unchecked: i]
          candidateAge[unchecked: i] = 0
          mean[unchecked: i] += d * pace.follow
          noise[unchecked: i] = old + ((limit < size ? limit : size) - old) * pace.noise
        }
        continue
      }
      for x in piece {
        let i = range.lowerBound + x
        let value = now[x]
        let limit = threshold[x]
        let d = value - mean[i]
        let size = abs(d)
        guard changed[x] else {
          candidateAge[i] = 0
          if otherLife[i] > 0 {
            if abs(value - other[i]) < size {
              other[i] += (value - other[i]) * pace.follow
              otherLife[i] = Pace.remember
              continue
            }
            otherLife[i] -= pace.step
            if otherLife[i] <= 0 { other[i] = none }
          }
          mean[i] += d * pace.follow
          noise[i] += (min(size, limit) - noise[i]) * pace.noise
          continue
        }
        if abs(value - candidate[i]) < max(limit * 0.6, 2) {
          candidateAge[i] += pace.step
          candidate[i] += (value - candidate[i]) * 0.25
        } else {
          candidate[i] = value
          candidateAge[i] = 0
        }
        if candidateAge[i] > (held[x] && !pace.young ? Pace.absorbHeld : pace.absorb) {
          // What lay there is remembered: when a parked car leaves, the street behind it is no news.
          other[i] = pace.young ? none : mean[i]
          otherLife[i] = pace.young ? 0 : Pace.remember
          mean[i] = candidate[i]
          candidateAge[i] = 0
        } else if !held[x] {
          noise[i] += (min(size, limit * 2.5) - noise[i]) * pace.busy
          mean[i] += d * (pace.step / (Pace.follow * 4))
        }
      }
    }
  }

  private static let pieceLength = 32

  /// Whether none of these cells has changed, and none knows a second value.
  private static func isQuiet(
    _ piece: Range<Int>, _ changed: Span<Bool>, _ otherLife: borrowing MutableSpan<Float>, at start: Int
  ) -> Bool {
    precondition(
      piece.lowerBound >= 0 && piece.upperBound <= changed.count && start >= 0
        && start + piece.upperBound <= otherLife.count)
    var news = SIMDMask<Eight.MaskStorage>(repeating: false)
    var x = piece.lowerBound
    while x + 8 <= piece.upperBound {
      news .|= otherLife.eight(start + x) .> 0
      if changed.bytes.unsafeLoadUnaligned(fromByteOffset: x, as: UInt64.self) != 0 { return false }
      x += 8
    }
    while x < piece.upperBound {
      if changed[x] || otherLife[start + x] > 0 { return false }
      x += 1
    }
    return !any(news)
  }

  /// Brings up to date what is derived from the planes: restlessness, slopes, the middle noise.
  private mutating func survey() {
    var histogram = [Int](repeating: 0, count: 128)
    for value in noise { histogram[min(Int(value * 16), 127)] += 1 }
    var seen = 0
    for (value, count) in histogram.enumerated() {
      seen += count
      if seen * 2 > noise.count {
        quietNoise = max((Float(value) + 0.5) / 16, 0.5)
        break
      }
    }
    // Down first, then along the row: then every row is its own.
    var down = [Float](repeating: 0, count: columns)
    // Spans of locals: one of a part of `self` keeps its other parts from being changed.
    let (noise, mean) = (noise, mean)
    for y in 0..<rows {
      let (here, above, below) = (row(y), row(y - 1), row(y + 1))
      let own = noise.span.extracting(here)
      Self.add(
        noise.span.extracting(row(y - 2)), noise.span.extracting(above), own, noise.span.extracting(below),
        noise.span.extracting(row(y + 2)), into: &down)
      Self.spread(down.span, own, into: &restless, here)
      Self.climb(
        mean.span.extracting(above), mean.span.extracting(here), mean.span.extracting(below), into: &slope, here)
    }
  }

  /// The cells of a row, or of the nearest one to it that there is.
  private func row(_ y: Int) -> Range<Int> {
    let y = min(max(y, 0), rows - 1)
    return y * columns..<(y + 1) * columns
  }

  private static func add(
    _ a: Span<Float>, _ b: Span<Float>, _ c: Span<Float>, _ d: Span<Float>, _ e: Span<Float>, into sums: inout [Float]
  ) {
    var sums = sums.mutableSpan
    let count = sums.count
    precondition(a.count == count && b.count == count && c.count == count && d.count == count && e.count == count)
    for x in 0..<count {
      sums[unchecked: x] =
        a[unchecked: x] + b[unchecked: x] + c[unchecked: x] + d[unchecked: x] + e[unchecked: x]
    }
  }

  /// The mean of five by five cells, from the sums of five each, unless the cell's own noise is more.
  private static func spread(_ sums: Span<Float>, _ noise: Span<Float>, into all: inout [Float], _ range: Range<Int>) {
    var restless = all.mutableSpan
    let start = range.lowerBound
    let count = sums.count
    precondition(noise.count == count && start >= 0 && start + count <= restless.count)
    for x in [0, 1, count - 2, count - 1] where x >= 0 && x < count {
      var sum: Float = 0
      for near in x - 2...x + 2 { sum += sums[min(max(near, 0), count - 1)] }
      restless[start + x] = max(noise[x], sum / 25)
    }
    guard count > 4 else { return }
    for x in 2..<count - 2 {
      let left = sums[unchecked: x &- 2] + sums[unchecked: x &- 1]
      let right = sums[unchecked: x &+ 1] + sums[unchecked: x &+ 2]
      let mean = (left + sums[unchecked: x] + right) / 25
      let own = noise[unchecked: x]
      restless[unchecked: start &+ x] = own < mean ? mean : own
    }
  }

  /// The steeper of the slopes to both sides, along the row and across it, added.
  private static func climb(
    _ above: Span<Float>, _ here: Span<Float>, _ below: Span<Float>, into all: inout [Float], _ range: Range<Int>
  ) {
    var slope = all.mutableSpan
    let start = range.lowerBound
    let count = here.count
    precondition(above.count == count && below.count == count && start >= 0 && start + count <= slope.count)
    for x in [0, count - 1] where x >= 0 {
      let along = max(abs(here[x] - here[max(x - 1, 0)]), abs(here[x] - here[min(x + 1, count - 1)]))
      slope[start + x] = along + max(abs(here[x] - above[x]), abs(here[x] - below[x]))
    }
    guard count > 2 else { return }
    for x in 1..<count - 1 {
      let level = here[unchecked: x]
      let left = abs(level - here[unchecked: x &- 1])
      let right = abs(level - here[unchecked: x &+ 1])
      let up = abs(level - above[unchecked: x])
      let low = abs(level - below[unchecked: x])
      slope[unchecked: start &+ x] = (left < right ? right : left) + (up < low ? low : up)
    }
  }
}
