extension API {
  /// A camera's spans that no retention rule deletes.
  public struct ProtectedSpans: Codable, Hashable, Sendable {
    /// One span.
    public struct Span: Codable, Hashable, Sendable {
      /// Where it begins.
      public var from: String
      /// Where it ends.
      public var to: String
      /// The protected event's id; `null` for a span that was given as such.
      @Nullable public var event: String?

      public init(from: String, to: String, event: String?) {
        self.from = from
        self.to = to
        self.event = event
      }
    }
    /// The spans.
    public var spans: [Span]

    public init(spans: [Span]) {
      self.spans = spans
    }
  }
}
