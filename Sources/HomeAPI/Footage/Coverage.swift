public import Domain

extension API {
  /// What every moment of a span is: footage, or the reason why there is none.
  public struct Coverage: Codable, Hashable, Sendable {
    /// A stretch of one class.
    public struct Span: Codable, Hashable, Sendable {
      /// Where it begins.
      public var from: String
      /// Where it ends.
      public var to: String
      /// What it is.
      public var `class`: CoverageClass
      /// Why, in words, when something is known.
      @Nullable public var cause: String?

      public init(from: String, to: String, class: CoverageClass, cause: String?) {
        self.from = from
        self.to = to
        self.class = `class`
        self.cause = cause
      }
    }
    /// How much of the span is of one class.
    public struct Sum: Codable, Hashable, Sendable {
      /// The class.
      public var `class`: CoverageClass
      /// How long.
      public var milliseconds: Int64

      public init(class: CoverageClass, milliseconds: Int64) {
        self.class = `class`
        self.milliseconds = milliseconds
      }
    }
    /// The day that was asked for, in the house's zone: `2026-11-23`.
    @Nullable public var day: String?
    /// Where the ledger begins.
    public var from: String
    /// Where it ends: of a day that is not over, at what was written last.
    public var to: String
    /// Where the day ends.
    @Nullable public var dayEnds: String?
    /// Without gaps, in the order of time.
    public var spans: [Span]
    /// Of each class that occurs; together `to` minus `from`, exactly.
    public var sums: [Sum]

    public init(day: String?, from: String, to: String, dayEnds: String?, spans: [Span], sums: [Sum]) {
      self.day = day
      self.from = from
      self.to = to
      self.dayEnds = dayEnds
      self.spans = spans
      self.sums = sums
    }
  }
}
