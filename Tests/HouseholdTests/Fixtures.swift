import Domain
import Foundation
import GRDB
import Household
import TestSupport
import Testing

/// A household in a folder of its own, with two cameras; gone when the test is over. Hashes are as cheap as they get.
final class House {
  let folder: URL
  let household: Household
  let porch: CameraID
  let garden: CameraID

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("hearth-house-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var generator = SeededGenerator(seed: 11)
    porch = CameraID.mint(using: &generator)
    garden = CameraID.mint(using: &generator)
    household = try House.open(folder)
  }

  deinit {
    do { try FileManager.default.removeItem(at: folder) } catch { print("left behind: \(folder.path): \(error)") }
  }

  static func open(_ folder: URL) throws -> Household {
    try Household(
      path: folder.appendingPathComponent("household.sqlite").path, generator: SystemRandomNumberGenerator(),
      passwordCost: 1, zone: try #require(TimeZone(identifier: "Europe/Berlin")))
  }

  /// Opens the database past the code under test.
  func raw() throws -> DatabaseQueue {
    try DatabaseQueue(path: folder.appendingPathComponent("household.sqlite").path)
  }

  func count(_ table: String) async throws -> Int {
    try await raw().read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? -1 }
  }

  /// Somebody who may do `rights` on the porch's camera, signed in at `now`.
  func guest(_ name: String = "Ada", may rights: Rights, now: WallTime = at(0)) async throws -> Principal {
    let person = try await household.addPerson(
      name: name, password: nil, owner: false, grants: [porch: CameraGrant(rights)], now: now)
    return try await signedIn(person.id, now: now).principal
  }

  func signedIn(_ person: PersonID, now: WallTime = at(0)) async throws -> (principal: Principal, token: Secret) {
    try #require(
      try await household.openSession(for: person, from: "192.168.1.5", agent: "Firefox", now: now))
  }

  /// The row of the view log that a permitted view was written to; `nil` when it was refused.
  func view(
    _ principal: Principal, _ camera: CameraID, _ action: ViewAction = .playback, _ span: TimeSpan? = nil,
    from address: String = "192.168.1.5", now: WallTime
  ) async throws -> Int64? {
    let grant = try await household.authorise(
      principal.credential, camera: camera, action: action, span: span, from: address, now: now)
    guard let grant else { return nil }
    #expect(grant.person == principal.person)
    #expect(grant.camera == camera)
    #expect(grant.action == action)
    #expect(grant.span == span)
    return grant.viewLogRow
  }
}

/// Seconds after 2026-11-23T00:00:00Z.
func at(_ seconds: Int64) -> WallTime { WallTime(seconds: 1_795_392_000 + seconds) }

func days(_ count: Int64) -> Int64 { count * 86_400 }

struct NotASpan: Error {}

func span(_ from: Int64, _ to: Int64) throws -> TimeSpan {
  guard let span = TimeSpan(from: at(from), to: at(to)) else { throw NotASpan() }
  return span
}
