import Domain
import GRDB
import Household
import Testing

@Suite struct AuthoriserTests {
  let house: House
  var household: Household { house.household }

  init() throws { house = try House() }

  @Test func aGrantNamesItsPersonCameraActionSpanAndRow() async throws {
    let ada = try await house.guest(may: .playback)
    let asked = try span(-100, -40)
    #expect(try await house.view(ada, house.porch, .playback, asked, now: at(1)) == 1)
    let entry = try #require(try await household.views(of: .all, limit: 10).first)
    #expect(entry.row == 1)
    #expect(entry.person == ada.person)
    #expect(entry.name == "Ada")
    #expect(entry.camera == house.porch)
    #expect(entry.action == .playback)
    #expect(entry.span == asked)
    #expect(entry.at == at(1))
    #expect(entry.ended == nil)
    #expect(entry.cameBy == "session")
    #expect(entry.address == "192.168.1.5")
  }

  @Test func theGrantOfOneCameraNeverOpensAnother() async throws {
    let ada = try await house.guest(may: .all)
    for action in ViewAction.allCases where action.opensMedia {
      #expect(try await house.view(ada, house.porch, action, now: at(1)) != nil)
      #expect(try await house.view(ada, house.garden, action, now: at(1)) == nil)
    }
  }

  @Test(arguments: ViewAction.allCases.filter(\.opensMedia))
  func anActionNeedsItsOwnRightAndNoOther(_ action: ViewAction) async throws {
    let right: Rights =
      switch action {
      case .live, .snapshot: .live
      case .playback, .thumbnail, .filmstrip, .list: .playback
      case .export: .export
      case .delete: .manage
      }
    let with = try await house.guest("With", may: right)
    let without = try await house.guest("Without", may: Rights.all.subtracting(right))
    #expect(try await house.view(with, house.porch, action, now: at(1)) != nil)
    #expect(try await house.view(without, house.porch, action, now: at(1)) == nil)
  }

  @Test(arguments: [ViewAction.list, .delete])
  func whatOpensNoMediaGetsNoGrant(_ action: ViewAction) async throws {
    #expect(try await house.view(.console, house.porch, action, now: at(1)) == nil)
    #expect(try await house.count("view_log") == 0)
  }

  @Test func aRefusalLeavesNoRow() async throws {
    let ada = try await house.guest(may: .live)
    #expect(try await house.view(ada, house.porch, .playback, now: at(1)) == nil)
    #expect(try await house.view(ada, house.garden, .live, now: at(1)) == nil)
    #expect(try await house.count("view_log") == 0)
    #expect(try await house.count("view_note") == 0)
  }

  @Test func anEndedSessionIsRefusedAtTheNextCall() async throws {
    let ada = try await house.guest(may: .all)
    #expect(try await house.view(ada, house.porch, now: at(1)) != nil)
    #expect(try await household.isStillAllowed(ada.credential, camera: house.porch, action: .live, now: at(1)))
    try await household.end(ada.credential)
    #expect(try await house.view(ada, house.porch, now: at(2)) == nil)
    #expect(try await household.isStillAllowed(ada.credential, camera: house.porch, action: .live, now: at(2)) == false)
    #expect(try await house.count("view_log") == 1)
  }

  @Test func aRightThatWasTakenAwayIsGoneAtTheNextCall() async throws {
    let ada = try await house.guest(may: .all)
    #expect(try await house.view(ada, house.porch, .live, now: at(1)) != nil)
    try await household.setRights(.playback, on: house.porch, of: ada.person)
    #expect(try await house.view(ada, house.porch, .live, now: at(2)) == nil)
    #expect(try await house.view(ada, house.porch, .playback, now: at(2)) != nil)
  }

  @Test func anOldSessionIsRefused() async throws {
    let ada = try await house.guest(may: .all)
    #expect(try await house.view(ada, house.porch, now: at(days(7))) == nil)
  }

  @Test func anOwnerMaySeeEveryCameraAndIsLogged() async throws {
    let owner = try await household.addPerson(name: "Owner", password: nil, owner: true, now: at(0))
    let principal = try await house.signedIn(owner.id).principal
    #expect(try await house.view(principal, house.garden, .export, now: at(1)) == 1)
    #expect(try await household.views(of: .all, limit: 1).first?.person == owner.id)
  }

  @Test func theConsoleIsLoggedToo() async throws {
    #expect(try await house.view(.console, house.porch, .export, now: at(1)) == 1)
    let entry = try await household.views(of: .all, limit: 1).first
    #expect(entry?.name == "owner at the console")
    #expect(entry?.cameBy == "console")
  }

  @Test func whatCantBeLoggedCantBeSeen() async throws {
    let ada = try await house.guest(may: .all)
    try await house.raw().write { db in
      try db.execute(
        sql: "CREATE TRIGGER broken BEFORE INSERT ON view_log BEGIN SELECT RAISE (ABORT, 'disk on fire'); END")
    }
    await #expect(throws: Problem.self) { try await house.view(ada, house.porch, now: at(1)) }
  }

  @Test func theRowIsOnTheDiskBeforeTheGrantIsMade() async throws {
    let ada = try await house.guest(may: .all)
    let row = try await house.view(ada, house.porch, now: at(1))
    // Another connection sees committed rows only.
    #expect(try await house.raw().read { try Int64.fetchOne($0, sql: "SELECT row FROM view_log") } == row)
  }

  @Test func aCancelledRequestStillLeavesItsRow() async throws {
    let ada = try await house.guest(may: .all)
    let (household, porch) = (household, house.porch)
    let row = try await Task { () -> Int64? in
      withUnsafeCurrentTask { $0?.cancel() }
      let grant = try await household.authorise(
        ada.credential, camera: porch, action: .live, span: nil, from: "", now: at(1))
      guard let grant else { return nil }
      return grant.viewLogRow
    }.value
    #expect(row == 1)
    #expect(try await house.count("view_log") == 1)
  }
}
