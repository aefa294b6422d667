import Domain
import Foundation
import GRDB
import Household
import SchemaSupport
import Testing

@Suite struct ViewLogTests {
  let house: House
  var household: Household { house.household }

  init() throws { house = try House() }

  @Test func lookingAgainWithinAMinuteIsTheSameSitting() async throws {
    let ada = try await house.guest(may: .all)
    #expect(try await house.view(ada, house.porch, .live, now: at(0)) == 1)
    #expect(try await house.view(ada, house.porch, .live, now: at(59)) == 1)
    #expect(try await house.view(ada, house.porch, .live, now: at(118)) == 1)
    #expect(try await house.view(ada, house.porch, .live, now: at(178)) == 2)
  }

  @Test func anotherPersonCameraActionWayOrAddressIsASittingOfItsOwn() async throws {
    let ada = try await house.guest("Ada", may: .all)
    let bob = try await house.guest("Bob", may: .all)
    try await household.setRights(.all, on: house.garden, of: ada.person)
    let token = try await household.createToken(for: ada.person, label: "script", now: at(0))
    let script = try #require(try await household.authenticate(apiToken: token.token, now: at(0)))
    #expect(try await house.view(ada, house.porch, .live, now: at(0)) == 1)
    #expect(try await house.view(bob, house.porch, .live, now: at(0)) == 2)
    #expect(try await house.view(ada, house.garden, .live, now: at(0)) == 3)
    #expect(try await house.view(ada, house.porch, .snapshot, now: at(0)) == 4)
    #expect(try await house.view(script, house.porch, .live, now: at(0)) == 5)
    #expect(try await house.view(ada, house.porch, .live, from: "10.0.0.9", now: at(0)) == 6)
    #expect(try await house.view(ada, house.porch, .live, now: at(1)) == 1)
  }

  @Test func aListIsARowForEachCameraOfASitting() async throws {
    let ada = try await house.guest(may: .all)
    try await household.setRights(.all, on: house.garden, of: ada.person)
    let both = [house.porch, house.garden]
    func list(_ cameras: [CameraID], _ span: TimeSpan? = nil, _ second: Int64) async throws -> Set<CameraID> {
      try await household.listing(ada.credential, of: cameras, span: span, from: "192.168.1.5", now: at(second))
    }
    for second: Int64 in [0, 3, 6] { #expect(try await list(both, nil, second) == Set(both)) }
    #expect(try await house.count("view_log") == 2)
    #expect(try await house.count("view_note") == 0)
    #expect(try await list([house.porch], span(0, 50), 7) == [house.porch])
    let entries = try await household.views(of: .some([house.porch]), limit: 10)
    #expect(entries.map(\.action) == [.list])
    #expect(try entries.first?.span == span(0, 50))
    #expect(try await list(both, nil, 100) == Set(both))
    #expect(try await house.count("view_log") == 4)
    #expect(try await household.verifyChain() == nil)
  }

  @Test func whoMayNotPlayBackListsNothingAndLeavesNoRow() async throws {
    let ada = try await house.guest(may: [.live, .export, .manage])
    #expect(
      try await household.listing(ada.credential, of: [house.porch], span: nil, from: "", now: at(0)).isEmpty)
    #expect(try await house.count("view_log") == 0)
  }

  @Test func aDeletionByHandIsLoggedForEveryCameraOrRefusedForAll() async throws {
    let ada = try await house.guest(may: .all)
    let spans = try [house.porch: span(0, 60), house.garden: span(30, 90)]
    #expect(try await household.deleting(ada.credential, spans: spans, from: "192.168.1.5", now: at(0)) == false)
    #expect(try await house.count("view_log") == 0)
    #expect(try await household.deleting(.console, spans: spans, from: "console", now: at(0)))
    let entries = try await household.views(of: .all, limit: 10)
    #expect(entries.map(\.action) == [.delete, .delete])
    #expect(try entries.first { $0.camera == house.garden }?.span == span(30, 90))
  }

  @Test func theLogCanBeAskedForOnePerson() async throws {
    let (ada, bob) = (try await house.guest("Ada", may: .all), try await house.guest("Bob", may: .all))
    _ = try await house.view(ada, house.porch, .live, now: at(0))
    _ = try await house.view(bob, house.porch, .live, now: at(1))
    #expect(try await household.views(of: .all, by: "Bob", limit: 9).map(\.row) == [2])
    #expect(try await household.views(of: .all, by: ada.person.text, limit: 9).map(\.row) == [1])
    #expect(try await household.views(of: .all, by: "bo", limit: 9).isEmpty)
  }

  /// The log of the first version goes into a wider table, row by row, and stays true.
  @Test func theChainOutlivesTheUpgradeFromTheFirstVersion() async throws {
    try await fill()
    let path = house.folder.appendingPathComponent("first.sqlite").path
    let new = house.folder.appendingPathComponent("household.sqlite").path
    try await DatabaseQueue(path: path).writeWithoutTransaction { db in
      try db.execute(sql: OldSchema.version1.sql)
      try db.execute(sql: "ATTACH ? AS new", arguments: [new])
      try db.execute(sql: "INSERT INTO view_log SELECT * FROM new.view_log ORDER BY row")
      try db.execute(sql: "INSERT INTO view_note SELECT * FROM new.view_note ORDER BY note")
    }
    let head = try await household.viewLogHead()
    let upgraded = try Household(path: path, generator: SystemRandomNumberGenerator(), passwordCost: 1)
    #expect(try await upgraded.verifyChain() == nil)
    #expect(try await upgraded.viewLogHead()?.hash == head?.hash)
    #expect(try await upgraded.countViews() == 5)
    _ = try await upgraded.listing(.console, of: [house.porch], span: nil, from: "", now: at(9000))
    #expect(try await upgraded.verifyChain() == nil)
    #expect(try await upgraded.countViews() == 6)
  }

  @Test func aClockThatWasSetBackBeginsANewSitting() async throws {
    let ada = try await house.guest(may: .all)
    #expect(try await house.view(ada, house.porch, .live, now: at(100)) == 1)
    #expect(try await house.view(ada, house.porch, .live, now: at(99)) == 2)
  }

  @Test func aPlayerThatAsksForRangeAfterRangeCostsOneWrite() async throws {
    let ada = try await house.guest(may: .all)
    for _ in 0..<20 { #expect(try await house.view(ada, house.porch, .playback, span(0, 60), now: at(100)) == 1) }
    #expect(try await house.count("view_note") == 0)
    #expect(try await house.view(ada, house.porch, .playback, span(0, 60), now: at(110)) == 1)
    #expect(try await house.count("view_note") == 1)
  }

  @Test func allThatWasSeenInASittingIsLogged() async throws {
    let ada = try await house.guest(may: .all)
    _ = try await house.view(ada, house.porch, .playback, span(100, 200), now: at(1000))
    _ = try await house.view(ada, house.porch, .playback, span(50, 60), now: at(1001))
    _ = try await house.view(ada, house.porch, .playback, span(300, 400), now: at(1002))
    _ = try await house.view(ada, house.porch, .playback, span(310, 390), now: at(1003))
    let entries = try await household.views(of: .all, limit: 10)
    #expect(entries.count == 1)
    #expect(try entries.first?.span == span(50, 400))
    #expect(try await house.count("view_note") == 2)
  }

  @Test func theEndOfASittingAddsUpItsBytes() async throws {
    let ada = try await house.guest(may: .all)
    let row = try #require(try await house.view(ada, house.porch, .live, now: at(0)))
    try await household.endView(row: row, bytes: 1000, now: at(20))
    try await household.endView(row: row, bytes: 234, now: at(30))
    let entry = try await household.views(of: .all, limit: 1).first
    #expect(entry?.ended == at(30))
    #expect(entry?.bytes == 1234)
    #expect(try await house.view(ada, house.porch, .live, now: at(89)) == row)
  }

  @Test func theEndOfNoSittingIsRefused() async throws {
    await #expect(throws: Problem.self) { try await household.endView(row: 7, bytes: 1, now: at(0)) }
  }

  @Test func theListHoldsAllowedCamerasNewestFirstInParts() async throws {
    for second in 0..<6 {
      _ = try await house.view(
        .console, second % 2 == 0 ? house.porch : house.garden, .live, now: at(Int64(second) * 100))
    }
    #expect(try await household.views(of: .all, limit: 4).map(\.row) == [6, 5, 4, 3])
    #expect(try await household.views(of: .all, before: 3, limit: 4).map(\.row) == [2, 1])
    #expect(try await household.views(of: .some([house.garden]), limit: 9).map(\.row) == [6, 4, 2])
    #expect(try await household.views(of: .some([]), limit: 9).isEmpty)
  }

  @Test func theLogOutlivesThePerson() async throws {
    let ada = try await house.guest(may: .all)
    _ = try await house.view(ada, house.porch, .live, now: at(0))
    try await household.removePerson(ada.person)
    #expect(try await household.views(of: .all, limit: 9).map(\.name) == ["Ada"])
  }

  @Test(arguments: [
    "UPDATE view_log SET name = 'nobody'", "DELETE FROM view_log", "UPDATE view_note SET bytes = 0",
    "DELETE FROM view_note", "INSERT OR REPLACE INTO view_log SELECT * FROM view_log",
    "INSERT OR REPLACE INTO view_note SELECT * FROM view_note",
    """
    INSERT INTO view_log SELECT row + 5, person, name, came_by, address, camera, action, from_ns, to_ns, at_ns,
      previous, hash FROM view_log
    """,
  ])
  func theTableItselfRefusesChanges(_ sql: String) async throws {
    _ = try await house.view(.console, house.porch, .live, now: at(0))
    try await household.endView(row: 1, bytes: 5, now: at(1))
    await #expect(throws: DatabaseError.self) { try await house.raw().write { try $0.execute(sql: sql) } }
    #expect(try await household.verifyChain() == nil)
    #expect(try await house.count("view_log") == 1)
  }

  private func fill() async throws {
    for second in 0..<5 {
      let row = try #require(
        try await house.view(.console, house.porch, .playback, span(0, 10), now: at(Int64(second) * 100)))
      try await household.endView(row: row, bytes: 10, now: at(Int64(second) * 100 + 5))
    }
    #expect(try await household.verifyChain() == nil)
  }

  private func tamper(_ sql: String) async throws {
    try await house.raw().writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA foreign_keys = OFF")
      for trigger in ["view_log_stays_1", "view_log_stays_2", "view_note_stays_1", "view_note_stays_2"] {
        try db.execute(sql: "DROP TRIGGER \(trigger)")
      }
      try db.execute(sql: sql)
    }
  }

  @Test(arguments: [
    "name = 'nobody'", "at_ns = at_ns + 1", "action = 'thumbnail'", "camera = randomblob(16)",
    "person = randomblob(16)",
    "from_ns = from_ns + 1", "from_ns = NULL, to_ns = NULL", "address = 'elsewhere'", "came_by = 'token'",
    "previous = zeroblob(32)", "hash = zeroblob(32)",
  ])
  func theChainFindsAnEditedRow(_ edit: String) async throws {
    try await fill()
    try await tamper("UPDATE view_log SET \(edit) WHERE row = 3")
    #expect(try await household.verifyChain() == ChainBreak(table: "view_log", row: 3))
  }

  @Test func theChainFindsARemovedRow() async throws {
    try await fill()
    try await tamper("DELETE FROM view_log WHERE row = 2")
    #expect(try await household.verifyChain() == ChainBreak(table: "view_log", row: 2))
  }

  @Test func theChainFindsTwoSwappedRows() async throws {
    try await fill()
    try await tamper(
      """
      UPDATE view_log SET row = 99 WHERE row = 2;
      UPDATE view_log SET row = 2 WHERE row = 3;
      UPDATE view_log SET row = 3 WHERE row = 99;
      """
    )
    #expect(try await household.verifyChain() == ChainBreak(table: "view_log", row: 2))
  }

  @Test func theChainFindsAnEditedEnd() async throws {
    try await fill()
    try await tamper("UPDATE view_note SET bytes = 0 WHERE note = 4")
    #expect(try await household.verifyChain() == ChainBreak(table: "view_note", row: 4))
  }

  @Test func theHeadTellsWhenTheEndWasCutOff() async throws {
    #expect(try await household.viewLogHead() == nil)
    try await fill()
    let head = try #require(try await household.viewLogHead())
    #expect(head.row == 5)
    #expect(head.hash.utf8.count == 64)
    try await tamper("DELETE FROM view_log WHERE row = 5")
    #expect(try await household.viewLogHead()?.hash != head.hash)
  }

  /// The format of the chained bytes is a promise: old logs must verify in newer versions.
  @Test func theChainGoesOnAfterOpeningAgain() async throws {
    try await fill()
    let again = try House.open(house.folder)
    _ = try await again.authorise(
      .console, camera: house.porch, action: .live, span: nil, from: "127.0.0.1", now: at(9000))
    #expect(try await again.verifyChain() == nil)
    #expect(try await again.viewLogHead()?.row == 6)
  }
}
