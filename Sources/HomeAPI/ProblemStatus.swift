public import Domain

/// How a failure's exit code and the HTTP status of its answer belong together: the one table, in both directions.
///
/// Several exit codes share a status, so an answer carries its exit code (`API.Problem.exit`). Where it doesn't, as from
/// an older server, the status alone says which it is.
public struct ProblemStatus: Hashable, Sendable {
  /// The HTTP status.
  public let status: Int
  /// What the status means where the answer carries no exit code.
  public let meaning: ExitCode
  /// The exit codes that are answered with this status.
  public let carried: [ExitCode]

  /// Every status that the API refuses or fails with, and every exit code once among what they carry.
  public static let table = [
    // What the request says can't be understood.
    ProblemStatus(status: 400, meaning: .usage, carried: []),
    ProblemStatus(status: 401, meaning: .permission, carried: []),
    ProblemStatus(status: 403, meaning: .permission, carried: [.permission]),
    ProblemStatus(status: 404, meaning: .data, carried: []),
    ProblemStatus(status: 409, meaning: .cannotCreate, carried: [.cannotCreate]),
    ProblemStatus(status: 416, meaning: .data, carried: []),
    // It is understood, and can't be done with these values.
    ProblemStatus(status: 422, meaning: .data, carried: [.data, .usage, .configuration]),
    ProblemStatus(status: 429, meaning: .unavailable, carried: []),
    ProblemStatus(status: 500, meaning: .internalError, carried: [.internalError, .inputOutput]),
    ProblemStatus(status: 503, meaning: .unavailable, carried: [.unavailable]),
  ]
}

extension ExitCode {
  /// The HTTP status of the answer to a request that failed so.
  public var httpStatus: Int { ProblemStatus.table.first { $0.carried.contains(self) }?.status ?? 500 }

  /// What a status means where the answer carries no exit code; a status that isn't in the table is a fault of Hearth.
  public init(httpStatus: Int) {
    self = ProblemStatus.table.first { $0.status == httpStatus }?.meaning ?? .internalError
  }
}
