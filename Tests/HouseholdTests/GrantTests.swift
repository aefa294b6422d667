import Domain
import Household
import Testing

/// `at(0)` is midnight in UTC and one o'clock in the house, which lies in Berlin and has winter.
@Suite struct GrantTests {
  let house: House
  var household: Household { house.household }

  init() throws { house = try House() }

  private func grant(_ rights: Rights, until: WallTime? = nil, hours: String? = nil) throws -> CameraGrant {
    CameraGrant(rights, until: until, hours: try hours.map { try #require(DailyHours(text: $0)) })
  }

  /// Whether somebody may see the porch at a time, as every way of asking has it; they must agree.
  private func may(_ ada: Principal, _ action: ViewAction = .live, now: WallTime) async throws -> Bool {
    let allowed = try await household.isStillAllowed(ada.credential, camera: house.porch, action: action, now: now)
    #expect(try await household.rights(of: ada, on: house.porch, now: now).contains(action.right) == allowed)
    let many = try await household.rights(of: ada, among: [house.porch, house.garden], now: now)
    #expect((many[house.porch] ?? []).contains(action.right) == allowed)
    #expect(
      try await household.camerasVisible(to: ada, needing: action.right, now: now).contains(house.porch) == allowed)
    #expect((try await house.view(ada, house.porch, action, now: now) != nil) == allowed)
    return allowed
  }

  @Test func aGrantEndsAtTheMomentThatWasSaid() async throws {
    let ada = try await house.guest(may: .all)
    try await household.setGrant(grant(.live, until: at(1000)), on: house.porch, of: ada.person)
    #expect(try await may(ada, now: at(999)))
    #expect(try await !may(ada, now: at(1000)))
    #expect(try await household.person(ada.person)?.grants == [house.porch: grant(.live, until: at(1000))])
  }

  @Test func hoursAreThoseOfTheHouse() async throws {
    let ada = try await house.guest(may: .all)
    try await household.setGrant(grant(.live, hours: "18:00-23:00"), on: house.porch, of: ada.person)
    #expect(try await !may(ada, now: at(17 * 3600 - 1)))
    #expect(try await may(ada, now: at(17 * 3600)))
    #expect(try await may(ada, now: at(22 * 3600 - 1)))
    #expect(try await !may(ada, now: at(22 * 3600)))
  }

  @Test func hoursMayReachOverMidnight() async throws {
    let ada = try await house.guest(may: .all)
    try await household.setGrant(grant(.live, hours: "22:00-06:00"), on: house.porch, of: ada.person)
    #expect(try await may(ada, now: at(0)))
    #expect(try await !may(ada, now: at(5 * 3600)))
    #expect(try await may(ada, now: at(21 * 3600)))
  }

  @Test func anEndedGrantIsNotInALists() async throws {
    let ada = try await house.guest(may: .all)
    try await household.setGrant(grant(.playback, until: at(10)), on: house.porch, of: ada.person)
    let both = [house.porch, house.garden]
    #expect(
      try await household.listing(ada.credential, of: both, span: nil, from: "", now: at(9)) == [house.porch])
    #expect(try await household.listing(ada.credential, of: both, span: nil, from: "", now: at(10)).isEmpty)
  }

  // MARK: - Tokens

  private func token(of person: PersonID, _ limits: TokenLimits) async throws -> Principal {
    let made = try await household.createToken(for: person, label: "script", limits: limits, now: at(0))
    return try #require(try await household.authenticate(apiToken: made.token, now: at(0)))
  }

  private func rights(_ principal: Principal, _ camera: CameraID, now: WallTime = at(1)) async throws -> Rights {
    let rights = try await household.rights(of: principal, on: camera, now: now)
    let many = try await household.rights(of: principal, among: [house.porch, house.garden], now: now)
    #expect(many[camera] ?? [] == rights)
    for right in [Rights.live, .playback, .export, .manage] {
      #expect(
        try await household.camerasVisible(to: principal, needing: right, now: now).contains(camera)
          == rights.contains(right))
    }
    return rights
  }

  @Test func aTokenHasNoMoreThanItsPerson() async throws {
    let ada = try await house.guest(may: .live)
    let token = try await token(of: ada.person, TokenLimits(cameras: [house.porch: .all, house.garden: .all]))
    #expect(try await rights(token, house.porch) == .live)
    #expect(try await rights(token, house.garden) == [])
    try await household.setRights([.playback, .export], on: house.porch, of: ada.person)
    #expect(try await rights(token, house.porch) == [.playback, .export])
  }

  @Test func aTokenMayBeForSomeCamerasAndRights() async throws {
    let ada = try await house.guest(may: .all)
    try await household.setRights(.all, on: house.garden, of: ada.person)
    let porch = try await token(of: ada.person, TokenLimits(cameras: [house.porch: [.live, .playback]]))
    #expect(try await rights(porch, house.porch) == [.live, .playback])
    #expect(try await rights(porch, house.garden) == [])
    let live = try await token(of: ada.person, TokenLimits(CameraGrant(.live)))
    #expect(try await rights(live, house.porch) == .live)
    #expect(try await rights(live, house.garden) == .live)
    let both = try await token(
      of: ada.person, TokenLimits(CameraGrant([.live, .export]), cameras: [house.porch: [.live, .playback]]))
    #expect(try await rights(both, house.porch) == .live)
  }

  @Test func aTokenForAPartOfTheHouseIsNoOwners() async throws {
    let owner = try await household.addPerson(name: "Owner", password: nil, owner: true, now: at(0))
    #expect(try await token(of: owner.id, .none).isOwner)
    let porch = try await token(of: owner.id, TokenLimits(cameras: [house.porch: .all]))
    #expect(!porch.isOwner)
    #expect(try await rights(porch, house.porch) == .all)
    #expect(try await rights(porch, house.garden) == [])
    let live = try await token(of: owner.id, TokenLimits(CameraGrant(.live)))
    #expect(!live.isOwner)
    #expect(try await rights(live, house.garden) == .live)
  }

  @Test func aTokenEndsWhenWasSaidAndRestsOutsideItsHours() async throws {
    let owner = try await household.addPerson(name: "Owner", password: nil, owner: true, now: at(0))
    let ending = try await token(of: owner.id, TokenLimits(CameraGrant(.all, until: at(100))))
    #expect(try await household.authenticate(ending.credential, now: at(99))?.isOwner == true)
    #expect(try await household.authenticate(ending.credential, now: at(100)) == nil)
    let nightly = try await token(of: owner.id, TokenLimits(grant(.all, hours: "01:00-02:00")))
    #expect(try await rights(nightly, house.garden, now: at(3599)) == .all)
    #expect(try await rights(nightly, house.garden, now: at(3600)) == [])
    #expect(try await household.authenticate(nightly.credential, now: at(3600))?.isOwner == false)
  }

  @Test(arguments: [
    TokenLimits(CameraGrant([])), TokenLimits(cameras: [:]), TokenLimits(CameraGrant(.all, until: at(0))),
  ])
  func aTokenThatCouldDoNothingIsNotMade(_ limits: TokenLimits) async throws {
    let ada = try await house.guest(may: .all)
    await #expect(throws: Problem.self) {
      try await household.createToken(for: ada.person, label: "nothing", limits: limits, now: at(0))
    }
  }

  @Test func aListedTokenTellsItsLimits() async throws {
    let ada = try await house.guest(may: .all)
    let limits = TokenLimits(
      try grant([.live, .playback], until: at(500), hours: "08:00-09:00"), cameras: [house.porch: .live])
    _ = try await token(of: ada.person, limits)
    #expect(try await household.tokens(of: ada.person).map(\.limits) == [limits])
  }

  @Test func aTokenIsRevokedByWhoseItIs() async throws {
    let (ada, bob) = (try await house.guest("Ada", may: .all), try await house.guest("Bob", may: .all))
    let made = try await household.createToken(for: ada.person, label: "script", now: at(0))
    #expect(try await household.revokeToken(made.id, of: bob.person) == false)
    #expect(try await household.authenticate(apiToken: made.token, now: at(1)) != nil)
    #expect(try await household.revokeToken(made.id, of: ada.person))
    #expect(try await household.authenticate(apiToken: made.token, now: at(1)) == nil)
  }
}
