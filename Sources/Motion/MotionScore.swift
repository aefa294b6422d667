/// How well reports of motion fit what a person wrote down about a clip.
///
/// A report touches an event when the two overlap or lie within the tolerance of each other. What lies for the greater part
/// in an ignored span counts neither way. Around each event's borders (the tolerance outside, at most a quarter of the
/// event inside) and in ignored spans no time is counted.
public struct MotionScore: Hashable, Sendable {
  /// Seconds from a clip's first picture.
  public struct Span: Hashable, Sendable {
    public var start: Double
    public var end: Double

    public init(_ start: Double, _ end: Double) {
      self.start = start
      self.end = max(start, end)
    }

    var length: Double { end - start }
  }

  /// What a person wrote down about a clip.
  public struct Truth: Hashable, Sendable {
    public var seconds: Double
    public var motion: [Span]
    public var nuisance: [Span]
    public var ignored: [Span]

    public init(seconds: Double, motion: [Span], nuisance: [Span] = [], ignored: [Span] = []) {
      self.seconds = seconds
      self.motion = motion
      self.nuisance = nuisance
      self.ignored = ignored
    }
  }

  public var events = 0
  /// Events that a report touches.
  public var found = 0
  public var reports = 0
  /// Reports that touch an event.
  public var right = 0
  /// Reports that touch none, and how many of those lie where a nuisance was written down.
  public var falseAlarms = 0
  public var falseAlarmsAtNuisance = 0
  /// Seconds without motion, of these with a report, and seconds of written-down nuisance among them.
  public var quietSeconds = 0.0
  public var falseSeconds = 0.0
  public var nuisanceSeconds = 0.0
  /// Seconds of motion and report together, and of either.
  public var sharedSeconds = 0.0
  public var unitedSeconds = 0.0
  /// For each found event how long after its start the first report that touches it began.
  public var delays: [Double] = []

  public init() {}

  public init(of reports: [Span], against truth: Truth, tolerance: Double = 0.5) {
    let whole = Span(0, truth.seconds)
    let reported = Self.merged(
      reports.filter { $0.end >= 0 && $0.start <= whole.end }.map { Span(max(0, $0.start), min(whole.end, $0.end)) })
    func touches(_ one: Span, _ other: Span, _ tolerance: Double) -> Bool {
      one.start <= other.end + tolerance && one.end >= other.start - tolerance
    }
    events = truth.motion.count
    self.reports = reported.count
    for event in truth.motion {
      guard let first = reported.first(where: { touches($0, event, tolerance) }) else { continue }
      found += 1
      delays.append(max(0, first.start - event.start))
    }
    for report in reported {
      if truth.motion.contains(where: { touches(report, $0, tolerance) }) {
        right += 1
      } else if !Self.isIgnored(report, truth.ignored) {
        falseAlarms += 1
        if truth.nuisance.contains(where: { touches(report, $0, 0) }) { falseAlarmsAtNuisance += 1 }
      }
    }
    let borders = truth.motion.flatMap { event in
      let inside = min(tolerance, event.length / 4)
      return [
        Span(event.start - tolerance, event.start + inside), Span(event.end - inside, event.end + tolerance),
      ]
    }
    let uncounted = truth.ignored + borders
    let moving = Self.cut(truth.motion, uncounted)
    let seen = Self.cut(reported, uncounted)
    let quiet = Self.cut([whole], truth.motion + uncounted)
    quietSeconds = Self.seconds(quiet)
    falseSeconds = Self.shared(seen, quiet)
    nuisanceSeconds = Self.shared(Self.merged(truth.nuisance), quiet)
    sharedSeconds = Self.shared(moving, seen)
    unitedSeconds = Self.seconds(moving) + Self.seconds(seen) - sharedSeconds
  }

  /// `nil` where there is nothing to divide by.
  public var recall: Double? { Self.share(Double(found), of: Double(events)) }
  public var precision: Double? { Self.share(Double(right), of: Double(right + falseAlarms)) }
  /// The share of the time without motion that is covered by reports.
  public var falseTime: Double? { Self.share(falseSeconds, of: quietSeconds) }
  public var overlap: Double? { Self.share(sharedSeconds, of: unitedSeconds) }
  public var falseAlarmsPerHourOfNuisance: Double? {
    Self.share(Double(falseAlarmsAtNuisance) * 3600, of: nuisanceSeconds)
  }
  public var medianDelay: Double? {
    guard !delays.isEmpty else { return nil }
    let sorted = delays.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// The figures of several clips together.
  public static func + (one: MotionScore, other: MotionScore) -> MotionScore {
    var sum = one
    sum.events += other.events
    sum.found += other.found
    sum.reports += other.reports
    sum.right += other.right
    sum.falseAlarms += other.falseAlarms
    sum.falseAlarmsAtNuisance += other.falseAlarmsAtNuisance
    sum.quietSeconds += other.quietSeconds
    sum.falseSeconds += other.falseSeconds
    sum.nuisanceSeconds += other.nuisanceSeconds
    sum.sharedSeconds += other.sharedSeconds
    sum.unitedSeconds += other.unitedSeconds
    sum.delays += other.delays
    return sum
  }

  // MARK: Spans

  private static func share(_ part: Double, of whole: Double) -> Double? { whole > 0 ? part / whole : nil }

  private static func isIgnored(_ report: Span, _ ignored: [Span]) -> Bool {
    guard report.length > 0 else { return ignored.contains { $0.start <= report.start && report.start <= $0.end } }
    return shared([report], merged(ignored)) >= report.length / 2
  }

  static func merged(_ spans: [Span]) -> [Span] {
    spans.sorted { ($0.start, $0.end) < ($1.start, $1.end) }.reduce(into: []) { merged, span in
      if let last = merged.last, span.start <= last.end {
        merged[merged.count - 1].end = max(last.end, span.end)
      } else {
        merged.append(span)
      }
    }
  }

  static func cut(_ spans: [Span], _ holes: [Span]) -> [Span] {
    merged(
      merged(holes).reduce(spans) { left, hole in
        left.flatMap { span in
          [
            (span.start, min(span.end, hole.start)), (max(span.start, hole.end), span.end),
          ].filter { $0.1 > $0.0 }.map { Span($0.0, $0.1) }
        }
      })
  }

  private static func shared(_ one: [Span], _ other: [Span]) -> Double {
    one.reduce(0) { sum, span in
      sum + other.reduce(0) { $0 + max(0, min(span.end, $1.end) - max(span.start, $1.start)) }
    }
  }

  private static func seconds(_ spans: [Span]) -> Double { spans.reduce(0) { $0 + $1.length } }
}
