import Domain
import Foundation
import GRDB
import HomeServer
import Housekeeping
import Household
import Settings
import Testing

/// One way in which the catalog gets lost.
enum Loss: String, CaseIterable, Sendable {
  case missing, zeroLength, textFile, ruinedPages, truncated, foreignApplication, newerVersion, otherInstallation
  case logDeleted, logOfAnotherDatabase, logOfAnotherHouse

  /// Does it to the catalog at `path`; `other` is another house's data directory, `live` a copy of the files of this one
  /// while it was open.
  func strike(_ path: String, other: String, live: String) throws {
    let files = FileManager.default
    let url = URL(filePath: path)
    func place(_ from: String, _ end: String) throws {
      if files.fileExists(atPath: path + end) { try files.removeItem(atPath: path + end) }
      try files.copyItem(atPath: from + end, toPath: path + end)
    }
    switch self {
    case .missing: try files.removeItem(at: url)
    case .zeroLength: try Data().write(to: url)
    case .textFile: try Data("no database at all\n".utf8).write(to: url)
    case .ruinedPages:
      let file = try FileHandle(forUpdating: url)
      let pages = try file.seekToEnd() / 4096
      for page in [1, pages / 2, pages - 1] {
        try file.seek(toOffset: page * 4096)
        try file.write(contentsOf: Data((0..<4096).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 167 &+ 13) }))
      }
      try file.close()
    case .truncated:
      let file = try FileHandle(forUpdating: url)
      try file.truncate(atOffset: try file.seekToEnd() / 8192 * 4096)
      try file.close()
    case .foreignApplication:
      try DatabaseQueue(path: path).writeWithoutTransaction { try $0.execute(sql: "PRAGMA application_id = 77") }
    case .newerVersion:
      try DatabaseQueue(path: path).write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('v999')") }
    case .otherInstallation: try place("\(other)/catalog.sqlite", "")
    case .logDeleted: try place(live, "")
    case .logOfAnotherDatabase:
      try place(live, "")
      let recipes = path + ".recipes"
      let queue = try DatabaseQueue(path: recipes)
      try queue.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE recipe (name TEXT)")
      }
      try files.copyItem(atPath: recipes + "-wal", toPath: path + "-wal")
    case .logOfAnotherHouse: try files.copyItem(atPath: "\(other)/live.sqlite-wal", toPath: path + "-wal")
    }
  }
}

@Suite struct LostCatalogTests {
  @Test(arguments: Loss.allCases)
  func everythingComesBackFromTheFoldersAlone(_ loss: Loss) async throws {
    let (house, other) = (Recorded(), Recorded())
    try await house.record(cameras: 2, segments: 25)
    try await other.record(cameras: 1, segments: 3)
    let catalog = "\(house.path)/catalog.sqlite"
    for each in [house, other] {
      let core = try await each.open()
      _ = try await core.rebuilt()
      // What a power cut leaves: the database, and the log with its newest rows.
      for end in ["", "-wal"] {
        try FileManager.default.copyItem(
          atPath: "\(each.path)/catalog.sqlite\(end)", toPath: "\(each.path)/live.sqlite\(end)")
      }
    }
    let before = try await house.told(try await house.open())
    #expect(before.first == "50 segments")
    #expect(before.count > 1 + house.events + 4)
    try loss.strike(catalog, other: other.path, live: "\(house.path)/live.sqlite")
    let core = try await house.open()
    await core.housekeeper.rebuild.fillIfLost()
    _ = try await core.ask("GET", "retention/plan")
    #expect(try await house.told(core) == before)
    #expect(try house.present() == house.files.mapValues(Set.init))
    let check = try await core.ask("GET", "check")
    #expect((check["findings"] as? [[String: Any]])?.isEmpty == true, "\(check["findings"] ?? "")")
    // Nothing of what was found there is thrown away.
    if ![.missing, .zeroLength, .logDeleted].contains(loss), core.housekeeper.rebuild.lost != nil {
      let names = try FileManager.default.contentsOfDirectory(atPath: house.path)
      #expect(names.contains { $0.hasPrefix("catalog.sqlite.unusable-") })
    }
  }

  @Test(arguments: [
    Loss.textFile, .ruinedPages, .truncated, .foreignApplication, .newerVersion, .otherInstallation, .missing,
  ])
  func aCatalogThatIsNotOursIsMadeAnew(_ loss: Loss) async throws {
    let (house, other) = (Recorded(), Recorded())
    try await house.record(cameras: 1, segments: 25)
    try await other.record(cameras: 1, segments: 1)
    _ = try await house.open().rebuilt()
    #expect(try await house.open().housekeeper.rebuild.lost == nil)
    try loss.strike("\(house.path)/catalog.sqlite", other: other.path, live: "")
    #expect(try await house.open().housekeeper.rebuild.lost != nil)
  }

  @Test func footageThatIsNewerThanTheCatalogIsTakenIn() async throws {
    let house = Recorded()
    try await house.record(cameras: 2, segments: 5)
    let core = try await house.open()
    _ = try await core.ask("GET", "retention/plan")
    let whole = try await house.told(core)
    let rows = try DatabaseQueue(path: "\(house.path)/catalog.sqlite")
    try await rows.write { db in
      try db.execute(
        sql: """
          UPDATE segment SET state = 'deleting' WHERE sequence > 2; DELETE FROM segment WHERE sequence > 2;
          DELETE FROM event; DELETE FROM state_note; DELETE FROM journal_position;
          """)
    }
    let older = try await house.open()
    _ = try await older.ask("GET", "retention/plan")
    #expect(try await house.told(older) == whole)
    #expect(try house.present() == house.files.mapValues(Set.init))
  }

  @Test func whenMuchIsMissingEveryDeletionIsHeldUntilItIsBack() async throws {
    let house = Recorded()
    try await house.record(cameras: 2, segments: 40)
    _ = try await house.open().rebuilt()
    let camera = house.cameras[0]
    let (day, away) = ("\(house.path)/cameras/\(camera.text)/media/2026-11-23", house.path + "-away")
    try FileManager.default.moveItem(atPath: day, toPath: away)
    defer { try? FileManager.default.removeItem(atPath: away) }
    let core = try await house.open()
    try await core.setRetention(#"{"continuousSeconds":86400}"#)
    let plan = try await core.ask("GET", "retention/plan")
    #expect((plan["deletions"] as? [Any])?.isEmpty == true)
    let held = try #require(plan["held"] as? [String])
    #expect(held.contains { $0.contains("40 of 80 segments have no file") && $0.contains("hearth rebuild") })
    #expect(try await core.ask("GET", "storage")["segments"] as? Int == 40)
    let alarms = try await core.ask("GET", "alarms")["alarms"] as? [[String: Any]]
    #expect(
      alarms?.contains { ($0["what"] as? String)?.contains("have no file") == true && $0["camera"] as? String == "" }
        == true)
    // The volume is back: the rows are, too, and the policy applies again.
    try FileManager.default.moveItem(atPath: away, toPath: day)
    let back = try await house.open()
    let again = try await back.ask("GET", "retention/plan")
    #expect(try await back.ask("GET", "storage")["segments"] as? Int == 80)
    #expect((again["deletions"] as? [Any])?.isEmpty == false)
  }

  @Test func aMediaFolderThatIsAwayChangesNoRow() async throws {
    let house = Recorded()
    try await house.record(cameras: 1, segments: 40)
    _ = try await house.open().rebuilt()
    let media = "\(house.path)/cameras/\(house.cameras[0].text)/media"
    try FileManager.default.moveItem(atPath: media, toPath: media + "-away")
    let core = try await house.open()
    let plan = try await core.ask("GET", "retention/plan")
    #expect(
      (plan["held"] as? [String])?.contains { $0.contains("not looked through") && $0.contains("Camera 1") } == true)
    #expect(try await core.ask("GET", "storage")["segments"] as? Int == 40)
  }

  @Test func protectedFootageStaysProtectedInACatalogMadeAgain() async throws {
    let house = Recorded()
    try await house.record(cameras: 1, segments: 10)
    let core = try await house.open()
    _ = try await core.rebuilt()
    try await core.setRetention(#"{"continuousSeconds":86400,"motionSeconds":86400}"#)
    let plan = try await core.ask("GET", "retention/plan")
    // Ten minutes, of which the first two are protected.
    #expect((plan["deletions"] as? [Any])?.count == 8)
  }

  @Test func aDeletionThatWasUnderWayIsFinishedAndWhatWasPutBackStays() async throws {
    let house = Recorded()
    try await house.record(cameras: 1, segments: 10)
    let camera = house.cameras[0]
    let files = try #require(house.files[camera])
    let core = try await house.open()
    let span = try #require(TimeSpan(from: Recorded.start, to: Recorded.start + .seconds(60)))
    try await core.housekeeper.household.record(
      [(files[8], 0), (files[9], 7200), (files[0], 7200)].map { file, seconds in
        Deletion(
          camera: camera, file: file, span: span, bytes: 1, rule: "continuousAge", why: "older than 3d",
          at: Recorded.start + .seconds(seconds))
      })
    _ = try await core.rebuilt()
    // The newest step is finished, except what is protected; a file that an old entry names was put back by somebody.
    #expect(try house.present()[camera] == Set(files).subtracting([files[9]]))
    #expect(try await core.ask("GET", "storage")["segments"] as? Int == 9)
  }

  @Test func damageThatIsFoundLaterIsAnsweredAndTheServerGoesOn() async throws {
    let house = Recorded()
    try await house.record(cameras: 1, segments: 200)
    let core = try await house.open()
    _ = try await core.rebuilt()
    let path = "\(house.path)/catalog.sqlite"
    try await DatabaseQueue(path: path).writeWithoutTransaction {
      try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
    }
    let file = try FileHandle(forUpdating: URL(filePath: path))
    for page in 3..<(try file.seekToEnd() / 4096) {
      try file.seek(toOffset: page * 4096)
      try file.write(contentsOf: Data(repeating: 0xa5, count: 4096))
    }
    try file.close()
    let answer = await core.respond(
      to: APIRequest(
        method: "GET", path: ["api", "v1", "storage"], headers: [:], credential: .console, peer: "test"))
    #expect(answer.status == 503)
    let report = try await core.rebuilt()
    #expect(report["listed"] as? Int == 200, "\(report)")
    #expect(try await core.ask("GET", "storage")["segments"] as? Int == 200)
  }
}
