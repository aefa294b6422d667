import Catalog
import Domain
import Foundation
import GRDB
import TestSupport
import SchemaSupport
import Testing

@Suite struct OpeningTests {
  let folder: TemporaryFolder
  var path: String { folder.path("catalog.sqlite") }

  init() throws { folder = try TemporaryFolder() }

  @Test func theWriterSyncsEveryCommit() async throws {
    #expect(try await Catalog(path: path).synchronousOfWriter() == 2)
    #expect(try await Catalog.inMemory().synchronousOfWriter() == 2)
  }

  @Test func theFileIsInWriteAheadMode() async throws {
    let catalog = try Catalog(path: path)
    let mode = try await folder.raw("catalog.sqlite").read { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
    #expect(mode == "wal")
    #expect(try await catalog.integrityFindings() == [])
  }

  @Test func aFileThatIsNoDatabaseAsksForARebuild() throws {
    try Data(repeating: 0x5a, count: 20_000).write(to: URL(fileURLWithPath: path))
    let found = #expect(throws: CatalogUnusable.self) { try Catalog(path: path) }
    #expect(found?.reason == .damaged)
    #expect(found?.problem.exit == .data)
  }

  @Test func aDamagedPageAsksForARebuild() async throws {
    var house = House()
    do {
      let catalog = try Catalog(path: path)
      for batch in 0..<20 {
        try await catalog.record(
          (0..<50).map { index in
            try house.segment(
              house.porch, Int64(index) * 60, Int64(index) * 60 + 60, sequence: Int64(batch * 50 + index))
          })
      }
    }
    try await folder.raw("catalog.sqlite").writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
    }
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    let size = try file.seekToEnd()
    for page in stride(from: UInt64(20), to: size / 4096, by: 1) {
      try file.seek(toOffset: page * 4096)
      try file.write(contentsOf: Data(repeating: 0xa5, count: 4096))
    }
    try file.close()
    await #expect(throws: CatalogUnusable.self) {
      let catalog = try Catalog(path: path)
      _ = try await catalog.beginnings(FootageQuery(until: nil, more: .max, recent: .seconds(60)))
    }
  }

  @Test func anotherProgramsDatabaseIsNotTakenForTheCatalog() throws {
    try folder.raw("catalog.sqlite").write { try $0.execute(sql: "CREATE TABLE recipe (name TEXT)") }
    let found = #expect(throws: CatalogUnusable.self) { try Catalog(path: path) }
    #expect(found?.reason == .foreign)
  }

  @Test func aCatalogOfANewerVersionIsLeftAlone() throws {
    _ = try Catalog(path: path)
    try folder.raw("catalog.sqlite").write {
      try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('v999')")
    }
    let found = #expect(throws: CatalogUnusable.self) { try Catalog(path: path) }
    #expect(found?.reason == .newer)
  }

  @Test func theCatalogOfAnotherInstallationIsNotTakenForOurs() async throws {
    var generator = SeededGenerator(seed: 7)
    let (ours, theirs) = (InstallationID.mint(using: &generator), InstallationID.mint(using: &generator))
    _ = try Catalog(path: path, installation: theirs)
    let found = #expect(throws: CatalogUnusable.self) { try Catalog(path: path, installation: ours) }
    #expect(found?.reason == .otherInstallation)
    #expect(throws: Never.self) { try Catalog(path: path, installation: theirs) }
  }

  @Test func accessesMeetTheRenewedCatalog() async throws {
    var house = House()
    let catalog = try Catalog(path: path)
    let segments = try (0..<200).map { try house.segment(house.porch, $0 * 60, $0 * 60 + 60, sequence: $0) }
    try await catalog.record(segments)
    // Written before and after it and in between: each row is in the old catalog or in the new one, and none fails.
    try await withThrowingTaskGroup(of: Void.self) { group in
      for segment in segments { group.addTask { try await catalog.record([segment]) } }
      group.addTask { [path] in
        try await catalog.renew {
          for end in Catalog.companions where FileManager.default.fileExists(atPath: path + end) {
            try FileManager.default.moveItem(atPath: path + end, toPath: path + ".old" + end)
          }
        }
      }
      try await group.waitForAll()
    }
    let rows = try await catalog.countSegments().all
    #expect(rows < 200)
    try await catalog.record(segments)
    #expect(try await catalog.countSegments().all == 200)
    #expect(try await catalog.integrityFindings() == [])
    #expect(
      try await folder.raw("catalog.sqlite.old").read { try Int.fetchOne($0, sql: "SELECT count(*) FROM segment") }
        == 200)
  }

  @Test func daysAndEventsOfADayAreListed() async throws {
    var house = House()
    let catalog = try Catalog(path: path)
    #expect(try await catalog.days(of: house.porch) == [])
    for day in [0, 1, 5] as [Int64] {
      try await catalog.record(
        (0..<3).map {
          try house.segment(house.porch, day * 86_400 + $0 * 60, day * 86_400 + $0 * 60 + 60, sequence: day * 10 + $0)
        })
    }
    try await catalog.record([try house.segment(house.garden, 2 * 86_400, 2 * 86_400 + 60, sequence: 1)])
    #expect(try await catalog.days(of: house.porch) == [at(0).day, at(86_400).day, at(5 * 86_400).day])
    let (ended, running) = (house.event(house.porch, 10, 20), house.event(house.porch, 86_399, nil))
    try await catalog.record([ended, running, house.event(house.porch, 86_400, 86_401)])
    #expect(try await catalog.events(of: house.porch, day: at(0).day) == [ended.id.raw: true, running.id.raw: false])
  }

  @Test func aFolderThatIsNotThereIsNamed() throws {
    let problem = #expect(throws: Problem.self) { try Catalog(path: folder.path("nowhere/catalog.sqlite")) }
    #expect(problem?.exit == .cannotCreate)
    #expect(problem?.what.contains("nowhere/catalog.sqlite") == true)
  }

  @Test func whatWasAddedIsThereAfterOpeningAgain() async throws {
    var house = House()
    let segment = try house.segment(house.porch, 0, 60, sequence: 1)
    try await Catalog(path: path).record([segment])
    #expect(try await Catalog(path: path).segment(segment.id) == segment)
  }

  /// Opens a database that was made by each schema that ever shipped, and compares it with a new one.
  @Test(arguments: OldSchema.all)
  func anOldCatalogBecomesLikeANewOne(_ old: OldSchema) throws {
    try old.make(at: path)
    _ = try Catalog(path: path)
    _ = try Catalog(path: folder.path("fresh.sqlite"))
    let upgraded = try schemaShape(at: path)
    let fresh = try schemaShape(at: folder.path("fresh.sqlite"))
    #expect(upgraded == fresh)
    #expect(upgraded.count > 10)
  }
}
