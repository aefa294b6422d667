public import Domain

extension API {
  /// Why a request failed (RFC 9457, `application/problem+json`).
  public struct Problem: Codable, Hashable, Sendable {
    /// Always `about:blank`: the status says the kind.
    public var type: String
    /// What is wrong, in a few words.
    public var title: String
    /// The HTTP status.
    public var status: Int
    /// What to do next.
    public var detail: String
    /// How a command ends that asked for this; an older server leaves it out.
    public var exit: ExitCode?
    /// What a changed policy would delete, when it was refused for that reason.
    public var plan: RetentionPlan?

    public init(title: String, status: Int, detail: String, exit: ExitCode?, plan: RetentionPlan? = nil) {
      type = "about:blank"
      self.title = title
      self.status = status
      self.detail = detail
      self.exit = exit
      self.plan = plan
    }

    public init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      type = try values.decode(String.self, forKey: .type)
      title = try values.decode(String.self, forKey: .title)
      status = try values.decode(Int.self, forKey: .status)
      detail = try values.decode(String.self, forKey: .detail)
      // A number that a newer server made up says nothing; the rest of the answer does.
      exit = try? values.decodeIfPresent(ExitCode.self, forKey: .exit)
      plan = try values.decodeIfPresent(RetentionPlan.self, forKey: .plan)
    }
  }
}
