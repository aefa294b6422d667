public import Domain

/// A stretch of footage and the boot that it was written in.
public struct FootageSpan: Hashable, Sendable {
  public var span: TimeSpan
  public var boot: RandomID

  public init(span: TimeSpan, boot: RandomID) {
    self.span = span
    self.boot = boot
  }
}

/// A stretch of one class, with its cause in words if one was noted.
public struct CoverageSpan: Hashable, Sendable {
  public var span: TimeSpan
  public var `class`: CoverageClass
  public var cause: String?

  public init(span: TimeSpan, class: CoverageClass, cause: String? = nil) {
    self.span = span
    self.class = `class`
    self.cause = cause
  }
}

/// The coverage ledger: footage and notes in, a class for every moment out. No I/O.
public enum Coverage {
  /// Between two segments of one boot less than this is the cut between them, not a gap.
  public static let cut = Duration.seconds(1)

  /// A silent camera is noticed after 10 s, and what comes first from one that is back can't be kept before its first
  /// keyframe: for so long a stretch may go unexplained and still be the business of the note at its edge.
  public static let notice = Duration.seconds(20)

  /// Covers `span` exactly: the first stretch begins with it, the last ends with it, each begins where the one before
  /// ends, and no two neighbours are alike.
  ///
  /// Footage wins over notes. Where there is none, a note with an end that holds there tells why, else the newest state
  /// that is not later; when that says that footage was being written, or there is none, the stretch is `unknown`,
  /// unless it is short (`notice`): then what came of it tells why, or else what went before. A state of trouble
  /// (`dropped`, `disk`, `clock`) is over when footage begins after it.
  ///
  /// - Parameters:
  ///   - footage: segments of the main stream that share time with `reach(of: span)` or come before; in any order, and
  ///     they may overlap.
  ///   - notes: those that bear on `reach(of: span)`, in any order; later ones don't matter.
  public static func spans(over span: TimeSpan, footage: [FootageSpan], notes: [StateNote]) -> [CoverageSpan] {
    let wide = reach(of: span)
    var sweep = Sweep(recorded: joined(footage), starts: footage.map(\.span.from), notes: notes)
    let found = merged(sweep.stretches(of: wide).map { sweep.classify($0) })
    return merged(
      explained(found).compactMap { stretch in
        stretch.span.intersection(span).map {
          CoverageSpan(span: $0, class: stretch.class, cause: stretch.cause)
        }
      })
  }

  /// What bears on a span: a bit more than `notice` around it, so that asking for a part answers as asking for the whole.
  public static func reach(of span: TimeSpan) -> TimeSpan {
    let more = notice + cut
    return TimeSpan(from: span.from - more, to: span.to + more) ?? span
  }

  /// How many milliseconds of each class there are, of times as the API shows them: they sum to what the whole has.
  public static func milliseconds(of spans: [CoverageSpan]) -> [CoverageClass: Int64] {
    spans.reduce(into: [:]) { sums, each in
      sums[each.class, default: 0] += each.span.to.milliseconds - each.span.from.milliseconds
    }
  }

  /// Neighbours that are alike made one.
  private static func merged(_ stretches: [CoverageSpan]) -> [CoverageSpan] {
    var ledger: [CoverageSpan] = []
    for next in stretches {
      if let last = ledger.last, last.class == next.class, last.cause == next.cause,
        let both = TimeSpan(from: last.span.from, to: next.span.to)
      {
        ledger[ledger.count - 1].span = both
      } else {
        ledger.append(next)
      }
    }
    return ledger
  }

  private static func explained(_ ledger: [CoverageSpan]) -> [CoverageSpan] {
    func tells(_ index: Int) -> CoverageSpan? {
      guard ledger.indices.contains(index), ledger[index].class != .recorded, ledger[index].class != .unknown else {
        return nil
      }
      return ledger[index]
    }
    return ledger.enumerated().map { index, stretch in
      guard stretch.class == .unknown, stretch.span.duration <= notice, let known = tells(index + 1) ?? tells(index - 1)
      else { return stretch }
      return CoverageSpan(span: stretch.span, class: known.class, cause: known.cause)
    }
  }

  /// Footage as separate stretches in order: overlaps made one, and the cuts within a boot closed.
  static func joined(_ footage: [FootageSpan]) -> [TimeSpan] {
    var stretches: [TimeSpan] = []
    var boot: RandomID?
    for next in footage.sorted(by: { ($0.span.from, $0.span.to) < ($1.span.from, $1.span.to) }) {
      let isCut = stretches.last.map { last in
        next.span.from <= last.to || (next.boot == boot && next.span.from - last.to < cut)
      }
      if let last = stretches.last, isCut == true {
        if next.span.to > last.to { boot = next.boot }
        stretches[stretches.count - 1] = TimeSpan(from: last.from, to: max(last.to, next.span.to)) ?? last
      } else {
        stretches.append(next.span)
        boot = next.boot
      }
    }
    return stretches
  }
}

/// Goes through time once, from edge to edge, keeping what holds at the moment.
private struct Sweep {
  /// Separate stretches in order.
  private var recorded: ArraySlice<TimeSpan>
  /// The starts of all segments in order.
  private var starts: ArraySlice<WallTime>
  private var states: ArraySlice<StateNote>
  private var gaps: ArraySlice<StateNote>
  private let edges: [WallTime]

  private var lasting: StateNote?
  private var trouble: StateNote?
  private var hasFootage = false
  private var open: [StateNote] = []

  init(recorded: [TimeSpan], starts: [WallTime], notes: [StateNote]) {
    let notes = notes.sorted { $0.from < $1.from }
    self.recorded = recorded[...]
    self.starts = starts.sorted()[...]
    states = notes.filter { $0.until == nil }[...]
    gaps = notes.filter { $0.until != nil }[...]
    edges = recorded.flatMap { [$0.from, $0.to] } + notes.map(\.from) + notes.compactMap(\.until)
  }

  /// `span` cut wherever anything begins or ends.
  func stretches(of span: TimeSpan) -> [TimeSpan] {
    let inner = Set(edges.filter { span.from < $0 && $0 < span.to }).sorted()
    return zip([span.from] + inner, inner + [span.to]).compactMap { TimeSpan(from: $0, to: $1) }
  }

  /// What holds over a stretch without an edge; must be asked in the order of time.
  mutating func classify(_ stretch: TimeSpan) -> CoverageSpan {
    let now = stretch.from
    advance(to: now)
    if let kept = recorded.first, kept.contains(now) { return CoverageSpan(span: stretch, class: .recorded) }
    // Pictures that were dropped since the disk was full or failed are the disk's doing, and its cause says more.
    let gap = open.last.flatMap { $0.class == .dropped && trouble?.class == .disk ? nil : $0 }
    guard let note = gap ?? trouble ?? lasting, note.class != .recorded else {
      let isBefore = lasting == nil && !hasFootage
      return CoverageSpan(span: stretch, class: .unknown, cause: isBefore ? "before anything is known of it" : nil)
    }
    return CoverageSpan(span: stretch, class: note.class, cause: note.cause)
  }

  private mutating func advance(to now: WallTime) {
    while let first = recorded.first, first.to <= now { recorded.removeFirst() }
    while let note = states.first, note.from <= now {
      states.removeFirst()
      switch note.class {
      case .dropped, .disk, .clock:
        trouble = note
      case .recorded, .quiet, .offline, .wrongDevice, .off, .unknown:
        lasting = note
        trouble = nil
      }
    }
    while let note = gaps.first, note.from <= now {
      gaps.removeFirst()
      open.append(note)
    }
    open.removeAll { ($0.until ?? $0.from) <= now }
    while let start = starts.first, start <= now {
      starts.removeFirst()
      hasFootage = true
      if let since = trouble?.from, since < start { trouble = nil }
    }
  }
}
