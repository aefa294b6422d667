import Domain
import Foundation
import GRDB
import Household
import SchemaSupport
import Testing

@Suite struct OpeningTests {
  let house: House

  init() throws { house = try House() }

  private func open(_ name: String) throws -> Household {
    try Household(
      path: house.folder.appendingPathComponent(name).path, generator: SystemRandomNumberGenerator(), passwordCost: 1)
  }

  @Test func theWriterSyncsEveryCommit() async throws {
    #expect(try await house.household.synchronousOfWriter() == 2)
  }

  @Test func peopleAreThereAfterOpeningAgain() async throws {
    let ada = try await house.household.addPerson(name: "Ada", password: nil, owner: true, now: at(0))
    #expect(try await House.open(house.folder).people() == [ada])
  }

  @Test func aDamagedHouseholdIsNeitherReplacedNorMoved() throws {
    let file = house.folder.appendingPathComponent("broken.sqlite")
    let bytes = Data(repeating: 0x5a, count: 20_000)
    try bytes.write(to: file)
    let problem = #expect(throws: Problem.self) { try open("broken.sqlite") }
    #expect(problem?.exit == .data)
    #expect(problem?.next.contains("backup") == true)
    #expect(try Data(contentsOf: file) == bytes)
  }

  @Test func aHouseholdOfANewerVersionIsLeftAlone() async throws {
    _ = try open("newer.sqlite")
    try await DatabaseQueue(path: house.folder.appendingPathComponent("newer.sqlite").path).write {
      try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('v999')")
    }
    let problem = #expect(throws: Problem.self) { try open("newer.sqlite") }
    #expect(problem?.exit == .configuration)
  }

  @Test func anotherProgramsDatabaseIsNotTakenForTheHousehold() async throws {
    try await DatabaseQueue(path: house.folder.appendingPathComponent("other.sqlite").path).write {
      try $0.execute(sql: "CREATE TABLE recipe (name TEXT)")
    }
    let problem = #expect(throws: Problem.self) { try open("other.sqlite") }
    #expect(problem?.exit == .data)
  }

  @Test func theStandardCostWorksOnThisMachine() async throws {
    let household = try Household.inMemory(generator: SystemRandomNumberGenerator())
    _ = try await household.addPerson(name: "Ada", password: Secret("correct horse"), owner: true, now: at(0))
    let result = try await household.signIn(
      name: "Ada", password: Secret("correct horse"), from: "", agent: "", now: at(0))
    guard case .accepted = result else {
      Issue.record("refused")
      return
    }
  }

  /// Opens a database that was made by each schema that ever shipped, and compares it with a new one.
  @Test(arguments: OldSchema.all)
  func anOldHouseholdBecomesLikeANewOne(_ old: OldSchema) throws {
    let upgradedPath = house.folder.appendingPathComponent("old.sqlite").path
    try old.make(at: upgradedPath)
    _ = try open("old.sqlite")
    _ = try open("fresh.sqlite")
    let upgraded = try schemaShape(at: upgradedPath)
    let fresh = try schemaShape(at: house.folder.appendingPathComponent("fresh.sqlite").path)
    #expect(upgraded == fresh)
    #expect(upgraded.count > 20)
  }
}
