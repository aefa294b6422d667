package import Domain
package import Foundation
import Household
import Logging

/// Backs the accounts up each night at three, or as soon as the server runs again; a first time as soon as there is a
/// person.
package struct BackupKeeper: Sendable {
  let environment: ServerEnvironment
  let household: Household
  let backups: HouseholdBackups
  let alarms: Alarms

  /// Makes a backup now.
  ///
  /// - Returns: its path relative to the data directory.
  package func backUp() async throws -> (file: String, bytes: UInt64, written: WallTime) {
    let (generation, bytes) = try await backups.make(of: household, now: environment.now())
    return (backups.path(of: generation), bytes, generation.written)
  }

  func run() async throws {
    var told = false
    while true {
      do {
        if try await isDue() {
          let (generation, _) = try await backups.make(of: household, now: environment.now())
          environment.log.info("the accounts were backed up", metadata: ["file": "\(generation.name)"])
        }
        told = false
      } catch let problem as Problem {
        environment.log.error("the accounts can't be backed up; it tries again", metadata: ["what": "\(problem)"])
        if !told {
          await alarms.raise(
            Alarm(
              at: environment.now(), camera: nil, what: "the accounts can't be backed up: \(problem)",
              file: "household.sqlite"))
        }
        told = true
      }
      try await environment.sleep(.seconds(300))
    }
  }

  private func isDue() async throws -> Bool {
    // Without people there is nothing to save, and an empty copy would only push out a good one.
    guard try await !household.isEmpty() else { return false }
    let now = environment.now()
    guard let newest = try backups.all().first?.written, newest <= now else { return true }
    func night(_ time: WallTime) -> CivilDate {
      CivilDate(showing: time - .seconds(3 * 3600), offset: TimeZone.current.offset(at:))
    }
    return night(newest) != night(now)
  }
}

extension TimeZone {
  /// How many seconds its clocks are ahead of UTC at a moment.
  package func offset(at time: WallTime) -> Int64 {
    Int64(secondsFromGMT(for: Date(timeIntervalSince1970: Double(time.seconds))))
  }
}
