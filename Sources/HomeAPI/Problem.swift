extension API {
  /// Why a request failed (RFC 9457, `application/problem+json`).
  public struct Problem: Codable, Hashable, Sendable {
    /// Always `about:blank`: the status says the kind.
    public var type: String = "about:blank"
    /// What is wrong, in a few words.
    public var title: String
    /// The HTTP status.
    public var status: Int
    /// What to do next.
    public var detail: String
    /// What a policy would delete, when it was refused for that reason.
    public var plan: RetentionPlan?

    public init(type: String = "about:blank", title: String, status: Int, detail: String, plan: RetentionPlan? = nil) {
      self.type = type
      self.title = title
      self.status = status
      self.detail = detail
      self.plan = plan
    }
  }
}
