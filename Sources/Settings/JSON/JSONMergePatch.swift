/// A JSON merge patch (RFC 7396): a document in the shape of what it changes. A member that is missing stays, `null` takes
/// it out, objects are merged member by member, and everything else, arrays too, replaces what was there.
public struct JSONMergePatch: Hashable, Sendable {
  public let patch: JSONValue

  public init(_ patch: JSONValue) { self.patch = patch }

  /// The target as the patch leaves it: MergePatch of RFC 7396, section 2.
  public func applied(to target: JSONValue) -> JSONValue { Self.merge(target, patch) }

  private static func merge(_ target: JSONValue, _ patch: JSONValue) -> JSONValue {
    guard case .object(let changes) = patch else { return patch }
    var members: [String: JSONValue] = [:]
    if case .object(let before) = target { members = before }
    for (name, change) in changes {
      members[name] = change == .null ? nil : merge(members[name] ?? .null, change)
    }
    return .object(members)
  }
}
