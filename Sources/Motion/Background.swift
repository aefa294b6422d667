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
      absorb: young ? Pace.absorbYoung : Pace.absorb, busy: due / (young ? Pace.busyYoung : Pace.busy))
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
    for x in 0..<range.count {
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
        noise[i] += (min(size, limit) - noise[i]) * (pace.step / Pace.noise)
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
    var across = [Float](repeating: 0, count: noise.count)
    var slope = across
    for y in 0..<rows {
      let row = noise.span.extracting(y * columns..<(y + 1) * columns)
      let levels = mean.span.extracting(y * columns..<(y + 1) * columns)
      var sum = row[0] * 3 + row[min(1, columns - 1)] + row[min(2, columns - 1)]
      for x in 0..<columns {
        across[y * columns + x] = sum
        sum += row[min(x + 3, columns - 1)] - row[max(x - 2, 0)]
        let left = abs(levels[x] - levels[max(x - 1, 0)])
        let right = abs(levels[x] - levels[min(x + 1, columns - 1)])
        slope[y * columns + x] = max(left, right)
      }
    }
    for y in 0..<rows {
      let above = max(y - 1, 0) * columns
      let below = min(y + 1, rows - 1) * columns
      let farAbove = max(y - 2, 0) * columns
      let farBelow = min(y + 2, rows - 1) * columns
      let here = y * columns
      for x in 0..<columns {
        let sum = across[farAbove + x] + across[above + x] + across[here + x] + across[below + x] + across[farBelow + x]
        restless[here + x] = max(noise[here + x], sum / 25)
        let level = mean[here + x]
        slope[here + x] += max(abs(level - mean[above + x]), abs(level - mean[below + x]))
      }
    }
    self.slope = slope
  }
}
