public import Domain

/// The one line that `hearth-camera replay` reads on standard input.
public struct ReplayRequest: Hashable, Sendable, Codable {
  /// The file to look at, absolute.
  public var file: String
  public var motion: DetectionSettings

  public init(file: String, motion: DetectionSettings) {
    self.file = file
    self.motion = motion
  }
}

/// What the detector found in a file. Times are seconds from the file's first picture.
public struct ReplayReport: Hashable, Sendable, Codable {
  public struct Event: Hashable, Sendable, Codable {
    public var start: Double
    public var end: Double
    /// The largest share of the picture that moved, 0 to 1.
    public var peak: Double
    public var boxes: [RelativeBox]
    public var reasons: [String]
    public var zones: [String]

    public init(
      start: Double, end: Double, peak: Double, boxes: [RelativeBox], reasons: [String], zones: [String]
    ) {
      self.start = start
      self.end = end
      self.peak = peak
      self.boxes = boxes
      self.reasons = reasons
      self.zones = zones
    }
  }

  /// What changed and was not reported.
  public struct Suppressed: Hashable, Sendable, Codable {
    public var start: Double
    public var end: Double
    public var cause: String
    public var why: String

    public init(start: Double, end: Double, cause: String, why: String) {
      self.start = start
      self.end = end
      self.cause = cause
      self.why = why
    }
  }

  public var events: [Event]
  public var suppressed: [Suppressed]
  /// From the first picture to the last.
  public var seconds: Double
  public var pictures: Int
  /// Pictures that could not be decoded.
  public var damaged: Int

  public init(events: [Event], suppressed: [Suppressed], seconds: Double, pictures: Int, damaged: Int) {
    self.events = events
    self.suppressed = suppressed
    self.seconds = seconds
    self.pictures = pictures
    self.damaged = damaged
  }
}
