public import Domain

/// Joins what single frames show into events: spans in which something moved.
public struct EventTracker: Sendable {
  /// What one frame shows.
  public struct Frame: Hashable, Sendable {
    public var time: MonotonicTime
    public var isActive: Bool
    /// While active: when what moves was first seen.
    public var since: MonotonicTime?
    /// The share of the picture that moves, 0 to 1.
    public var share: Double
    public var boxes: [RelativeBox]
    public var reasons: [String]
    public var zones: [String]

    public init(
      time: MonotonicTime, isActive: Bool, since: MonotonicTime? = nil, share: Double = 0, boxes: [RelativeBox] = [],
      reasons: [String] = [], zones: [String] = []
    ) {
      self.time = time
      self.isActive = isActive
      self.since = since
      self.share = share
      self.boxes = boxes
      self.reasons = reasons
      self.zones = zones
    }
  }

  /// An event as known so far.
  public struct Draft: Hashable, Sendable {
    public var start: MonotonicTime
    /// The last frame that moved; the event's end once it is closed.
    public var lastActive: MonotonicTime
    public var best: MonotonicTime
    public var peak: Double
    public var boxes: [RelativeBox]
    public var reasons: [String]
    public var zones: [String]
  }

  public enum Action: Hashable, Sendable {
    case opened(Draft)
    /// This frame shows the event better than any before: keep its picture.
    case best(Draft)
    /// Something worth writing down changed.
    case updated(Draft)
    case closed(Draft)
  }

  /// How frames become events.
  public struct Limits: Hashable, Sendable {
    /// Motion that returns within this time belongs to the same event; after it the event is closed.
    public var gap: Duration
    /// Shorter motion is no event.
    public var shortest: Duration
    /// A longer event is closed and a new one begun, so that its clip can be had.
    public var longest: Duration
    /// The least time between two updates.
    public var updateEvery: Duration
    /// The least time between two best pictures, which cost an encoding each.
    public var bestEvery: Duration

    public init(
      gap: Duration = .seconds(2), shortest: Duration = .milliseconds(300), longest: Duration = .seconds(600),
      updateEvery: Duration = .seconds(2), bestEvery: Duration = .milliseconds(400)
    ) {
      self.gap = gap
      self.shortest = shortest
      self.longest = longest
      self.updateEvery = updateEvery
      self.bestEvery = bestEvery
    }
  }

  private let limits: Limits
  private var open: Draft?
  private var lastBest = MonotonicTime(nanoseconds: .min / 2)
  private var lastUpdate = MonotonicTime(nanoseconds: .min / 2)
  private var isChanged = false
  private var previousEnd: MonotonicTime?

  public init(limits: Limits = Limits()) {
    self.limits = limits
  }

  /// The event that runs, as known so far.
  public var running: Draft? { open }

  /// Whether an event runs.
  public var isOpen: Bool { open != nil }

  /// Takes the next frame of the detection stream.
  public mutating func handle(_ frame: Frame) -> [Action] {
    var actions: [Action] = []
    if let draft = open, frame.time - draft.lastActive >= limits.gap { actions += close(draft) }
    if let draft = open, frame.isActive, frame.time - draft.start >= limits.longest { actions += close(draft) }
    guard frame.isActive else { return actions }
    if var draft = open {
      draft.lastActive = frame.time
      for zone in frame.zones where !draft.zones.contains(zone) {
        draft.zones.append(zone)
        isChanged = true
      }
      // A tenth more: every frame of something that comes nearer would else be the best.
      let isBetter = frame.share > draft.peak * 1.1 && frame.time - lastBest >= limits.bestEvery
      if isBetter {
        draft.peak = frame.share
        draft.best = frame.time
        draft.boxes = frame.boxes
        draft.reasons = frame.reasons
        lastBest = frame.time
        isChanged = true
      }
      open = draft
      if isBetter { actions.append(.best(draft)) }
      if isChanged, frame.time - lastUpdate >= limits.updateEvery {
        isChanged = false
        lastUpdate = frame.time
        actions.append(.updated(draft))
      }
      return actions
    }
    // An event never begins before the one before it ended.
    let start = max(min(frame.since ?? frame.time, frame.time), previousEnd ?? frame.time - .seconds(3600))
    guard frame.time - start >= limits.shortest else { return actions }
    let draft = Draft(
      start: start, lastActive: frame.time, best: frame.time, peak: frame.share, boxes: frame.boxes,
      reasons: frame.reasons, zones: frame.zones)
    open = draft
    lastBest = frame.time
    lastUpdate = frame.time
    isChanged = false
    return actions + [.opened(draft), .best(draft)]
  }

  /// No more frames come: an event that runs ends where it last moved.
  public mutating func end() -> [Action] { open.map { close($0) } ?? [] }

  private mutating func close(_ draft: Draft) -> [Action] {
    open = nil
    previousEnd = draft.lastActive
    return [.closed(draft)]
  }
}
