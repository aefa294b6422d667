public import Domain

extension API {
  /// What changed in the last day and was not reported, newest first.
  public struct SuppressedPage: Codable, Hashable, Sendable {
    /// The changes.
    public var suppressed: [Suppressed]
    /// Whether there are more than the limit.
    public var isCut: Bool

    public init(suppressed: [Suppressed], isCut: Bool) {
      self.suppressed = suppressed
      self.isCut = isCut
    }
  }

  /// A change that was not reported as motion.
  public struct Suppressed: Codable, Hashable, Sendable {
    /// The camera's id.
    public var camera: String
    /// When it began.
    public var start: String
    /// When it ended.
    public var end: String
    /// Why it was not reported: a word for programs.
    public var cause: String
    /// The same as a sentence with numbers.
    public var why: String
    /// Where it was, as shares of the frame.
    public var box: RelativeBox
    /// How much of the frame it took, 0 to 1.
    public var share: Double
    /// Smaller ones with the same cause in the same seconds, not listed.
    public var more: Int

    public init(
      camera: String, start: String, end: String, cause: String, why: String, box: RelativeBox, share: Double, more: Int
    ) {
      self.camera = camera
      self.start = start
      self.end = end
      self.cause = cause
      self.why = why
      self.box = box
      self.share = share
      self.more = more
    }
  }
}
