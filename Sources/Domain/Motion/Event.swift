/// Something moved: a span over the footage with what was seen. Not a copy of the footage.
public struct Event: Hashable, Sendable {
  public var id: EventID
  /// When motion began (without pre-roll).
  public var start: WallTime
  /// When motion ended (without post-roll); `nil` while it runs.
  public var end: WallTime?
  /// When motion was strongest: the time of the thumbnail.
  public var best: WallTime
  /// The largest share of the picture that moved, 0 to 1.
  public var peak: Double
  /// What moved at the strongest moment.
  public var boxes: [RelativeBox]
  /// Why it was reported, in words with numbers.
  public var reasons: [String]
  public var zones: [String]

  public init(
    id: EventID, start: WallTime, end: WallTime?, best: WallTime, peak: Double, boxes: [RelativeBox], reasons: [String],
    zones: [String]
  ) {
    self.id = id
    self.start = start
    self.end = end
    self.best = best
    self.peak = peak
    self.boxes = boxes
    self.reasons = reasons
    self.zones = zones
  }
}
