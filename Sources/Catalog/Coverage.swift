public import Domain

/// What one stretch of one camera's time is: footage, or the reason why there is none.
public enum CoverageClass: String, Sendable, CaseIterable, Codable {
  /// Footage of the main stream is kept.
  case recorded
  /// Pictures arrived; policy said that nothing was to be kept.
  case quiet
  /// The camera gave no pictures.
  case offline
  /// Another device answered at the camera's address.
  case wrongDevice
  /// Pictures arrived and were lost on the way to the disk.
  case dropped
  /// The disk was full, failing or gone.
  case disk
  /// The clock was set back over this stretch, or could not be believed.
  case clock
  /// Recording was switched off.
  case off
  /// Nothing says why there is no footage.
  case unknown

  /// What a camera's state means for the time in which it lasts.
  public init(of state: CameraState) {
    self =
      switch state {
      case .recording: .recorded
      case .watching: .quiet
      case .connecting, .offline, .wrongPassword: .offline
      case .wrongDevice: .wrongDevice
      case .off: .off
      }
  }
}

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

  /// Covers `span` exactly: the first stretch begins with it, the last ends with it, each begins where the one before
  /// ends, and no two neighbours are alike.
  ///
  /// Footage wins over notes. Where there is none, a note with an end that holds there tells why, else the newest state
  /// that is not later; when that says that footage was being written, or there is none, the stretch is `unknown`. A
  /// state of trouble (`dropped`, `disk`, `clock`) is over when footage begins after it.
  ///
  /// - Parameters:
  ///   - footage: segments of the main stream that share time with `span` or come before; in any order, and they may
  ///     overlap.
  ///   - notes: in any order; those after `span` don't matter.
  public static func spans(over span: TimeSpan, footage: [FootageSpan], notes: [StateNote]) -> [CoverageSpan] {
    var sweep = Sweep(recorded: joined(footage), starts: footage.map(\.span.from), notes: notes)
    var ledger: [CoverageSpan] = []
    for stretch in sweep.stretches(of: span) {
      let next = sweep.classify(stretch)
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
    guard let note = open.last ?? trouble ?? lasting, note.class != .recorded else {
      return CoverageSpan(span: stretch, class: .unknown)
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
      if let since = trouble?.from, since < start { trouble = nil }
    }
  }
}
