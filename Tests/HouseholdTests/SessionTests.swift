import Domain
import GRDB
import Household
import Testing

@Suite struct SessionTests {
  let house: House
  var household: Household { house.household }

  init() throws { house = try House() }

  @Test func aSessionEndsAfterSevenIdleDays() async throws {
    let ada = try await household.addPerson(name: "Ada", password: nil, owner: false, now: at(0))
    let session = try await house.signedIn(ada.id)
    #expect(try await household.authenticate(sessionToken: session.token, now: at(days(7) - 1)) != nil)
    #expect(try await household.authenticate(sessionToken: session.token, now: at(days(14) - 2)) != nil)
    #expect(try await household.authenticate(sessionToken: session.token, now: at(days(21) - 2)) == nil)
  }

  @Test func aSessionEndsAfterThirtyDaysHoweverBusy() async throws {
    let ada = try await household.addPerson(name: "Ada", password: nil, owner: false, now: at(0))
    let session = try await house.signedIn(ada.id)
    for day in 1..<30 {
      #expect(try await household.authenticate(sessionToken: session.token, now: at(days(Int64(day)))) != nil)
    }
    #expect(try await household.authenticate(sessionToken: session.token, now: at(days(30) - 1)) != nil)
    #expect(try await household.authenticate(sessionToken: session.token, now: at(days(30))) == nil)
  }

  @Test func theLastUseIsWrittenOnceAMinute() async throws {
    let ada = try await household.addPerson(name: "Ada", password: nil, owner: false, now: at(0))
    let session = try await house.signedIn(ada.id)
    func seen() async throws -> Int64? {
      try await house.raw().read { try Int64.fetchOne($0, sql: "SELECT seen_ns FROM session") }
    }
    _ = try await household.authenticate(sessionToken: session.token, now: at(59))
    #expect(try await seen() == at(0).nanoseconds)
    _ = try await household.authenticate(sessionToken: session.token, now: at(60))
    #expect(try await seen() == at(60).nanoseconds)
  }

  @Test func anEndedSessionIsRefused() async throws {
    let ada = try await household.addPerson(name: "Ada", password: nil, owner: false, now: at(0))
    let (first, second) = (try await house.signedIn(ada.id), try await house.signedIn(ada.id))
    try await household.end(first.principal.credential)
    #expect(try await household.authenticate(sessionToken: first.token, now: at(1)) == nil)
    #expect(try await household.authenticate(sessionToken: second.token, now: at(1)) != nil)
    try await household.endSessions(of: ada.id)
    #expect(try await household.authenticate(sessionToken: second.token, now: at(1)) == nil)
  }

  @Test func sessionsAreListedAndEndedByAnIdThatOpensNothing() async throws {
    let (ada, bob) = (
      try await household.addPerson(name: "Ada", password: nil, owner: false, now: at(0)),
      try await household.addPerson(name: "Bob", password: nil, owner: false, now: at(0))
    )
    let (first, second) = (try await house.signedIn(ada.id), try await house.signedIn(ada.id, now: at(5)))
    _ = try await house.signedIn(bob.id)
    let listed = try await household.sessions(of: ada.id, now: at(6))
    #expect(listed.map(\.created) == [at(5), at(0)])
    #expect(listed.map { $0.isThat(of: second.principal.credential) } == [true, false])
    #expect(listed.allSatisfy { $0.name == "Ada" && $0.address == "192.168.1.5" && $0.agent == "Firefox" })
    #expect(try await household.sessions(now: at(6)).count == 3)
    #expect(try await household.sessions(of: ada.id, now: at(days(7) + 1)).map(\.created) == [at(5)])
    #expect(try await household.endSession(listed[1].id, of: bob.id) == false)
    #expect(try await household.authenticate(sessionToken: first.token, now: at(7)) != nil)
    #expect(try await household.endSession(listed[1].id, of: ada.id))
    #expect(try await household.authenticate(sessionToken: first.token, now: at(7)) == nil)
    #expect(try await household.authenticate(sessionToken: second.token, now: at(7)) != nil)
    #expect(try await household.authenticate(sessionToken: Secret(listed[0].id.text), now: at(7)) == nil)
  }

  @Test func allOthersCanBeEnded() async throws {
    let ada = try await household.addPerson(name: "Ada", password: nil, owner: false, now: at(0))
    let bob = try await household.addPerson(name: "Bob", password: nil, owner: false, now: at(0))
    let (mine, other) = (try await house.signedIn(ada.id), try await house.signedIn(ada.id))
    let bobs = try await house.signedIn(bob.id)
    #expect(try await household.endSessions(of: ada.id, except: mine.principal.credential) == 1)
    #expect(try await household.authenticate(sessionToken: mine.token, now: at(1)) != nil)
    #expect(try await household.authenticate(sessionToken: other.token, now: at(1)) == nil)
    #expect(try await household.authenticate(sessionToken: bobs.token, now: at(1)) != nil)
  }

  @Test func sweepingRemovesOnlyWhatIsTooOld() async throws {
    let ada = try await household.addPerson(name: "Ada", password: nil, owner: false, now: at(0))
    _ = try await house.signedIn(ada.id)
    let young = try await house.signedIn(ada.id, now: at(days(5)))
    _ = try await household.makeLink(for: ada.id, now: at(0))
    try await household.sweep(now: at(days(8)))
    #expect(try await house.count("session") == 1)
    #expect(try await house.count("link") == 0)
    #expect(try await household.authenticate(sessionToken: young.token, now: at(days(8))) != nil)
  }

  @Test(arguments: ["", "x", "hearth_", "' OR 1=1 --"])
  func madeUpTokensAreRefused(_ text: String) async throws {
    #expect(try await household.authenticate(sessionToken: Secret(text), now: at(0)) == nil)
    #expect(try await household.authenticate(apiToken: Secret(text), now: at(0)) == nil)
  }

  @Test func anAPITokenActsForItsPersonUntilItIsRevoked() async throws {
    let ada = try await household.addPerson(
      name: "Ada", password: nil, owner: false, grants: [house.porch: CameraGrant(.live)], now: at(0))
    let made = try await household.createToken(for: ada.id, label: "kitchen display", now: at(0))
    #expect(made.token.reveal().hasPrefix("hearth_"))
    #expect(made.token.reveal().utf8.count == 50)
    #expect(try await household.tokens().map(\.used) == [nil])
    let principal = try #require(try await household.authenticate(apiToken: made.token, now: at(9)))
    #expect(principal.person == ada.id)
    #expect(try await household.tokens(of: ada.id).map(\.used) == [at(9)])
    #expect(try await household.authenticate(sessionToken: made.token, now: at(9)) == nil)
    #expect(try await house.view(principal, house.porch, .live, now: at(10)) == 1)

    #expect(try await household.revokeToken(made.id))
    #expect(try await household.authenticate(apiToken: made.token, now: at(11)) == nil)
    #expect(try await house.view(principal, house.porch, .live, now: at(11)) == nil)
    #expect(try await household.revokeToken(made.id) == false)
  }

  @Test func anAPITokenOutlivesSessionsAndTime() async throws {
    let ada = try await household.addPerson(name: "Ada", password: nil, owner: false, now: at(0))
    let made = try await household.createToken(for: ada.id, label: "script", now: at(0))
    try await household.endSessions(of: ada.id)
    #expect(try await household.authenticate(apiToken: made.token, now: at(days(400))) != nil)
    try await household.removePerson(ada.id)
    #expect(try await household.authenticate(apiToken: made.token, now: at(days(400))) == nil)
  }

  @Test func aTokenForNobodyOrWithoutALabelIsRefused() async throws {
    let ada = try await household.addPerson(name: "Ada", password: nil, owner: false, now: at(0))
    await #expect(throws: Problem.self) { try await household.createToken(for: ada.id, label: "", now: at(0)) }
    try await household.removePerson(ada.id)
    await #expect(throws: Problem.self) { try await household.createToken(for: ada.id, label: "x", now: at(0)) }
  }

  @Test func secretsPrintAsRedacted() async throws {
    let ada = try await household.addPerson(name: "Ada", password: nil, owner: false, now: at(0))
    let session = try await house.signedIn(ada.id)
    #expect("\(session.token)" == "<redacted>")
    #expect("\(session.principal.credential)".contains("<redacted>"))
  }
}
