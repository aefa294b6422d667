import Domain
import GRDB
import Household
import Testing

@Suite struct DeletionLogTests {
  let house: House
  var household: Household { house.household }

  init() throws { house = try House() }

  private func deletion(_ camera: CameraID, _ file: String, at time: Int64) throws -> Deletion {
    Deletion(
      camera: camera, file: file, span: try span(0, 60), bytes: 1000, rule: "age of continuous footage",
      why: "older than 3 days", at: at(time))
  }

  @Test func deletionsAreListedNewestFirst() async throws {
    let first = try deletion(house.porch, "2026-11-23/a.mp4", at: 1)
    let second = try deletion(house.garden, "2026-11-23/b.mp4", at: 2)
    try await household.record([first, second])
    #expect(try await household.deletions(of: .all, limit: 10).deletions == [second, first])
    #expect(try await household.deletions(of: .some([house.porch]), limit: 10).deletions == [first])
    #expect(try await household.deletions(of: .some([]), limit: 10).deletions.isEmpty)
  }

  @Test func finishingAnInterruptedDeletionKeepsItsFirstRow() async throws {
    let first = try deletion(house.porch, "2026-11-23/a.mp4", at: 1)
    try await household.record([first])
    try await household.record([try deletion(house.porch, "2026-11-23/a.mp4", at: 9)])
    #expect(try await household.deletions(of: .all, limit: 10).deletions == [first])
  }

  @Test(arguments: [
    "UPDATE deletion_log SET why = ''", "DELETE FROM deletion_log",
    "INSERT OR REPLACE INTO deletion_log SELECT * FROM deletion_log",
    """
    INSERT OR REPLACE INTO deletion_log
    SELECT row + 1, camera, file, from_ns, to_ns, bytes, 'x', why, at_ns FROM deletion_log
    """,
  ])
  func theTableItselfRefusesChanges(_ sql: String) async throws {
    let first = try deletion(house.porch, "2026-11-23/a.mp4", at: 1)
    try await household.record([first])
    await #expect(throws: DatabaseError.self) { try await house.raw().write { try $0.execute(sql: sql) } }
    #expect(try await household.deletions(of: .all, limit: 10).deletions == [first])
  }
}
