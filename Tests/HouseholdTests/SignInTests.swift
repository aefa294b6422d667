import Domain
import GRDB
import Household
import Testing

@Suite struct SignInTests {
  let house: House
  var household: Household { house.household }
  let password = Secret("correct horse")

  init() throws { house = try House() }

  private func signIn(
    _ name: String, _ password: Secret, from address: String = "192.168.1.5", now: WallTime = at(0)
  ) async throws -> SignIn {
    try await household.signIn(name: name, password: password, from: address, agent: "Firefox", now: now)
  }

  @Test func theRightPasswordOpensASession() async throws {
    let ada = try await household.addPerson(name: "Ada", password: password, owner: false, now: at(0))
    guard case .accepted(let principal, let token) = try await signIn("ada", password) else {
      Issue.record("refused")
      return
    }
    #expect(principal.person == ada.id)
    #expect(principal.isOwner == false)
    #expect(token.reveal().utf8.count == 43)
    #expect(try await household.authenticate(sessionToken: token, now: at(1)) == principal)
    #expect(try await household.authenticate(apiToken: token, now: at(1)) == nil)
  }

  @Test(arguments: ["Correct horse", "correct hors", "correct horse ", "", "correct horse\0x"])
  func anyOtherPasswordIsRefused(_ other: String) async throws {
    _ = try await household.addPerson(name: "Ada", password: password, owner: false, now: at(0))
    guard case .refused = try await signIn("Ada", Secret(other)) else {
      Issue.record("not refused")
      return
    }
    #expect(try await house.count("session") == 0)
  }

  @Test func longPasswordsCountToTheirLastByte() async throws {
    let long = String(repeating: "x", count: 1023)
    _ = try await household.addPerson(name: "Ada", password: Secret(long + "1"), owner: false, now: at(0))
    guard case .refused = try await signIn("Ada", Secret(long + "2")) else {
      Issue.record("not refused")
      return
    }
    guard case .accepted = try await signIn("Ada", Secret(long + "1")) else {
      Issue.record("refused")
      return
    }
  }

  @Test func composedAndDecomposedLettersAreOnePassword() async throws {
    _ = try await household.addPerson(name: "Zoe", password: Secret("caf\u{E9} au lait"), owner: false, now: at(0))
    guard case .accepted = try await signIn("Zoe", Secret("cafe\u{301} au lait")) else {
      Issue.record("refused")
      return
    }
  }

  @Test func unknownNamesTakeTheSameWork() async throws {
    _ = try await household.addPerson(name: "Ada", password: password, owner: false, now: at(0))
    _ = try await household.addPerson(name: "Link only", password: nil, owner: false, now: at(0))
    let before = household.passwords.hashesMade
    for name in ["Ada", "Nobody", "Link only", "\u{7}", String(repeating: "n", count: 500)] {
      let made = household.passwords.hashesMade
      guard case .refused = try await signIn(name, Secret("wrong horse"), from: name) else {
        Issue.record("not refused: \(name)")
        return
      }
      #expect(household.passwords.hashesMade == made + 1)
    }
    #expect(household.passwords.hashesMade == before + 5)
  }

  @Test func theDatabaseHoldsYescryptHashesAndNoToken() async throws {
    _ = try await household.addPerson(name: "Ada", password: password, owner: false, now: at(0))
    guard case .accepted(_, let token) = try await signIn("Ada", password) else {
      Issue.record("refused")
      return
    }
    let stored = try await house.raw().read { try String.fetchAll($0, sql: "SELECT password FROM person") }
    #expect(stored.allSatisfy { $0.hasPrefix("$y$") })
    let everything = try await house.raw().read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM session").map { "\($0)" }.joined()
    }
    #expect(!everything.contains(token.reveal()))
  }

  @Test func twoPeopleWithOnePasswordHaveDifferentHashes() async throws {
    _ = try await household.addPerson(name: "Ada", password: password, owner: false, now: at(0))
    _ = try await household.addPerson(name: "Bob", password: password, owner: false, now: at(0))
    let stored = try await house.raw().read { try String.fetchSet($0, sql: "SELECT password FROM person") }
    #expect(stored.count == 2)
  }

  @Test func theSixthWrongPasswordHasToWait() async throws {
    _ = try await household.addPerson(name: "Ada", password: password, owner: false, now: at(0))
    for _ in 0..<5 { _ = try await signIn("Ada", Secret("wrong horse")) }
    let made = household.passwords.hashesMade
    guard case .wait(let wait) = try await signIn("ADA", password, from: "192.168.1.99", now: at(1)) else {
      Issue.record("not held back")
      return
    }
    #expect(wait == .seconds(1))
    #expect(household.passwords.hashesMade == made)
    guard case .accepted = try await signIn("Ada", password, now: at(2)) else {
      Issue.record("refused")
      return
    }
  }

  @Test func aNewPasswordEndsSessionsAndLinks() async throws {
    let ada = try await household.addPerson(name: "Ada", password: password, owner: false, now: at(0))
    let session = try await house.signedIn(ada.id)
    let link = try await household.makeLink(for: ada.id, now: at(0))
    try await household.setPassword(of: ada.id, to: Secret("another horse"))
    #expect(try await household.authenticate(sessionToken: session.token, now: at(1)) == nil)
    #expect(try await household.signIn(link: link, from: "", agent: "", now: at(1)) == nil)
    guard case .refused = try await signIn("Ada", password) else {
      Issue.record("the old password still works")
      return
    }
    guard case .accepted = try await signIn("Ada", Secret("another horse")) else {
      Issue.record("the new password doesn't work")
      return
    }
  }

  @Test func manySignInsAtOnceAllEnd() async throws {
    for index in 0..<12 {
      _ = try await household.addPerson(name: "Person \(index)", password: password, owner: false, now: at(0))
    }
    let (household, password) = (household, password)
    let accepted = try await withThrowingTaskGroup(of: Bool.self) { group in
      for index in 0..<12 {
        group.addTask {
          let result = try await household.signIn(
            name: "Person \(index)", password: password, from: "192.168.1.\(index)", agent: "", now: at(0))
          if case .accepted = result { return true }
          return false
        }
      }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(accepted == 12)
  }
}
