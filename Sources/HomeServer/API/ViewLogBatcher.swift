import Domain
import Household
import Housekeeping
import Logging

/// Writes how views ended into the access log, together once a second: a player that seeks asks for range after range, and
/// a synced write after each would delay the next. That a view began is in the log since before its first byte.
actor ViewLogBatcher {
  private let household: Household
  private let environment: ServerEnvironment
  private var bytes: [Int64: Int64] = [:]
  private var writing: Task<Void, Never>?

  private static let every = Duration.seconds(1)

  init(household: Household, environment: ServerEnvironment) {
    self.household = household
    self.environment = environment
  }

  /// Takes note that an answer of the view with this row ended after so many bytes.
  func note(row: Int64, bytes sent: UInt64) {
    bytes[row, default: 0] += Int64(clamping: sent)
    guard writing == nil else { return }
    writing = Task {
      // Cut short when everything stops: then what is known is written at once.
      try? await environment.sleep(Self.every)
      await write()
    }
  }

  /// Writes what is known at once.
  func write() async {
    let ended = bytes
    bytes = [:]
    writing = nil
    for (row, sent) in ended.sorted(by: { $0.key < $1.key }) {
      do { try await household.endView(row: row, bytes: sent, now: environment.now()) } catch {
        environment.log.error("a view's end was not logged", metadata: ["error": "\(error)"])
      }
    }
  }
}
