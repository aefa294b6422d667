import Domain
import Household
import Testing

@Suite struct LinkTests {
  let house: House
  var household: Household { house.household }
  let password = Secret("correct horse")

  init() throws { house = try House() }

  private func setUp(_ link: Secret, now: WallTime = at(1)) async throws -> Principal? {
    try await household.setUp(
      link: link, name: "Ada", password: password, from: "127.0.0.1", agent: "Firefox", now: now)?.principal
  }

  @Test func theFirstOwnerComesByTheSetUpLink() async throws {
    #expect(try await household.isEmpty())
    let link = try #require(try await household.makeSetupLink(now: at(0)))
    let owner = try #require(try await setUp(link))
    #expect(owner.isOwner)
    #expect(try await household.authenticate(owner.credential, now: at(2)) == owner)
    #expect(try await household.isEmpty() == false)
    #expect(try await setUp(link) == nil)
    #expect(try await household.makeSetupLink(now: at(3)) == nil)
  }

  @Test func aSetUpLinkIsOnlyGoodWhileThereIsNobody() async throws {
    let link = try #require(try await household.makeSetupLink(now: at(0)))
    _ = try await household.addPerson(name: "Bob", password: nil, owner: true, now: at(0))
    #expect(try await setUp(link) == nil)
    #expect(try await household.people().map(\.name) == ["Bob"])
  }

  @Test func aNewSetUpLinkEndsTheOneBefore() async throws {
    let first = try #require(try await household.makeSetupLink(now: at(0)))
    let second = try #require(try await household.makeSetupLink(now: at(1)))
    #expect(try await setUp(first) == nil)
    #expect(try await setUp(second) != nil)
  }

  @Test func aSetUpLinkGetsTooOld() async throws {
    let link = try #require(try await household.makeSetupLink(now: at(0)))
    #expect(try await setUp(link, now: at(days(1))) == nil)
  }

  @Test func aRefusedPasswordLeavesTheSetUpLinkGood() async throws {
    let link = try #require(try await household.makeSetupLink(now: at(0)))
    await #expect(throws: Problem.self) {
      _ = try await household.setUp(link: link, name: "Ada", password: Secret("short"), from: "", agent: "", now: at(1))
    }
    #expect(try await setUp(link) != nil)
  }

  @Test func strangersCantMakeTheHouseHashPasswords() async throws {
    _ = try await household.makeSetupLink(now: at(0))
    let made = household.passwords.hashesMade
    #expect(try await setUp(Secret("made up")) == nil)
    #expect(household.passwords.hashesMade == made)
  }

  @Test func twoSetUpsAtOnceMakeOneOwner() async throws {
    let link = try #require(try await household.makeSetupLink(now: at(0)))
    let household = household
    let owners = try await withThrowingTaskGroup(of: Bool.self) { group in
      for index in 0..<4 {
        group.addTask {
          try await household.setUp(
            link: link, name: "Owner \(index)", password: Secret("correct horse"), from: "", agent: "", now: at(1))
            != nil
        }
      }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(owners == 1)
    #expect(try await household.people().count == 1)
  }

  @Test func aLinkSignsInOnce() async throws {
    let ada = try await household.addPerson(name: "Ada", password: nil, owner: true, now: at(0))
    let link = try await household.makeLink(for: ada.id, now: at(0))
    let session = try #require(try await household.signIn(link: link, from: "127.0.0.1", agent: "", now: at(1)))
    #expect(session.principal.person == ada.id)
    #expect(try await household.authenticate(sessionToken: session.token, now: at(2)) != nil)
    #expect(try await household.signIn(link: link, from: "127.0.0.1", agent: "", now: at(2)) == nil)
  }

  @Test func aLinkGetsTooOldAndIsNoSetUpLink() async throws {
    let ada = try await household.addPerson(name: "Ada", password: nil, owner: true, now: at(0))
    let link = try await household.makeLink(for: ada.id, now: at(0))
    #expect(try await setUp(link) == nil)
    #expect(try await household.signIn(link: link, from: "", agent: "", now: at(900)) == nil)
  }

  @Test func aSetUpLinkSignsNobodyIn() async throws {
    let link = try #require(try await household.makeSetupLink(now: at(0)))
    #expect(try await household.signIn(link: link, from: "", agent: "", now: at(1)) == nil)
  }
}
