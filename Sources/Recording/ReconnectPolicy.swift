/// When to try a camera again. Full jitter, so that cameras that went away together don't come back together.
public struct ReconnectPolicy: Sendable {
  public enum Failure: Hashable, Sendable {
    /// The camera refused user and password.
    case wrongPassword
    case other
  }

  public enum Decision: Hashable, Sendable {
    case retry(after: Duration)
    /// Only new settings help: cameras lock accounts that try too often.
    case hold
  }

  private let longest: Int64
  private var failures = 0
  private var passwordRefusals = 0

  /// - Parameter longest: whole seconds that no wait exceeds, at least 1.
  public init(longest: Int64 = 60) {
    self.longest = max(1, longest)
  }

  /// Nothing has failed since pictures last arrived.
  public var isFresh: Bool { failures == 0 }

  /// The camera took user and password.
  public mutating func accepted() { passwordRefusals = 0 }

  /// Pictures have arrived for a while: the next failure is a first one. A camera that sends one picture and is gone again
  /// is an outage that goes on.
  public mutating func succeeded() {
    failures = 0
    passwordRefusals = 0
  }

  /// Pictures have arrived for a moment: a camera that comes and goes is there, and each wait costs its footage. It is never
  /// waited for longer than four seconds, even if it goes away again and again.
  public mutating func glimpsed() { failures = min(failures, 1) }

  /// The wait before the next try: evenly spread between 1 s and twice, four times, ... as much, 60 s at most.
  public mutating func failed(_ failure: Failure, using generator: inout some RandomNumberGenerator) -> Decision {
    if failure == .wrongPassword {
      passwordRefusals += 1
      if passwordRefusals >= 2 { return .hold }
    } else {
      passwordRefusals = 0
    }
    failures = min(failures + 1, 16)
    let most = min(longest, 1 << Int64(failures)) * 1000
    return .retry(after: .milliseconds(Int64.random(in: 1000...max(1000, most), using: &generator)))
  }
}
