internal import Domain

/// The requests by which a session is kept alive (RFC 2326 sections 10.8, 10.9, 12.37).
public enum KeepaliveMethod: String, Hashable, Sendable, Codable, CaseIterable {
  case getParameter = "GET_PARAMETER"
  case options = "OPTIONS"
  case setParameter = "SET_PARAMETER"

  var method: RTSPMethod {
    switch self {
    case .getParameter: .getParameter
    case .options: .options
    case .setParameter: .setParameter
    }
  }
}

/// What is known of a camera's keepalives.
public struct LearnedKeepalive: Hashable, Sendable, Codable {
  /// A session outlived its timeout by this alone.
  public var effective: KeepaliveMethod?
  /// The camera answers these with an error, or not at all.
  public var refused: Set<KeepaliveMethod> = []
  /// A session ended at its timeout although these were sent.
  public var ineffective: Set<KeepaliveMethod> = []

  /// Nothing known.
  public init() {}
}

/// Chooses how to keep a session alive.
///
/// | known | sent | how often |
/// |---|---|---|
/// | nothing | GET_PARAMETER when the camera names it in `Public`, else OPTIONS | each half timeout |
/// | the method was refused or is not answered | the next of GET_PARAMETER, OPTIONS, SET_PARAMETER, at once | each half timeout |
/// | a session ended at its timeout | all others by turns, so that whichever counts is sent within each timeout | timeout / (methods + 1) |
/// | all of them failed | all by turns | timeout / (methods + 1) |
/// | a session outlived its timeout by one method | that one | each half timeout |
struct KeepalivePlan: Sendable {
  static let assumedTimeout = Duration.seconds(60)
  /// No more often and no less often than this.
  private static let shortest = Duration.seconds(1)
  private static let longest = Duration.seconds(30)

  private(set) var learned: LearnedKeepalive
  private var named: Set<KeepaliveMethod> = []
  private var turn = 0
  private var unanswered = 0

  init(_ learned: LearnedKeepalive) { self.learned = learned }

  /// The methods of a `Public` or `Allow` header.
  mutating func named(by headers: RTSPHeaders) {
    for value in headers.values("Public") + headers.values("Allow") {
      for name in ASCII.list(value, separator: ",") {
        if let method = KeepaliveMethod(rawValue: name.uppercased()) { named.insert(method) }
      }
    }
  }

  /// What is sent by turns; never empty.
  var methods: [KeepaliveMethod] {
    let order: [KeepaliveMethod] =
      named.contains(.getParameter)
      ? [.getParameter, .options, .setParameter] : [.options, .getParameter, .setParameter]
    let accepted = order.filter { !learned.refused.contains($0) }
    // A camera that refuses everything may still count what it refuses.
    let usable = accepted.isEmpty ? order : accepted
    if let effective = learned.effective, usable.contains(effective) { return [effective] }
    guard let first = usable.first else { return [.options] }
    if learned.ineffective.isEmpty { return [first] }
    let untried = usable.filter { !learned.ineffective.contains($0) }
    return untried.isEmpty ? usable : untried
  }

  func interval(timeout: Duration?) -> Duration {
    let timeout = timeout ?? Self.assumedTimeout
    let count = methods.count
    return min(max(timeout / (count + 1), Self.shortest), Self.longest)
  }

  mutating func next() -> KeepaliveMethod {
    let methods = methods
    defer { turn = (turn + 1) % max(methods.count, 1) }
    return methods[turn % methods.count]
  }

  mutating func answered() { unanswered = 0 }

  /// The camera answers with an error.
  ///
  /// - Returns: whether there is another method to send at once.
  mutating func refused(_ method: KeepaliveMethod) -> Bool {
    let before = methods
    learned.refused.insert(method)
    if learned.effective == method { learned.effective = nil }
    return learned.refused.count < KeepaliveMethod.allCases.count && methods != before
  }

  /// No answer came. After two in a row the method counts as refused.
  mutating func unanswered(_ method: KeepaliveMethod) -> Bool {
    unanswered += 1
    guard unanswered >= 2 else { return false }
    unanswered = 0
    return refused(method)
  }

  /// A session ended at its timeout although keepalives were sent.
  mutating func failed() {
    learned.effective = nil
    learned.ineffective.formUnion(methods)
    if learned.ineffective.count == KeepaliveMethod.allCases.count { learned.ineffective.remove(.setParameter) }
  }

  /// A session has outlived its timeout.
  mutating func succeeded() {
    let methods = methods
    if methods.count == 1 { learned.effective = methods[0] }
  }

  /// Whether a session that ended after `life` did so at its timeout.
  static func isDeath(after life: Duration, timeout: Duration?) -> Bool {
    let timeout = timeout ?? assumedTimeout
    return life >= timeout * 3 / 4 && life <= timeout * 7 / 4 + .seconds(5)
  }

  /// Whether a session has lived long enough for its keepalives to be the reason.
  static func isProof(after life: Duration, timeout: Duration?) -> Bool {
    life > (timeout ?? assumedTimeout) * 5 / 2 + .seconds(5)
  }
}
