import Domain
import Household
import Testing

@Suite struct PeopleTests {
  let house: House
  var household: Household { house.household }

  init() throws { house = try House() }

  @Test func aPersonIsFoundByNameInAnyCase() async throws {
    let ada = try await household.addPerson(name: "Ada", password: nil, owner: true, now: at(0))
    #expect(try await household.person(named: "ADA")?.id == ada.id)
    #expect(try await household.person(ada.id)?.name == "Ada")
    #expect(try await household.person(named: "Bob") == nil)
  }

  @Test(arguments: [("Ada", "aDA"), ("Zo\u{E9}", "ZOE\u{301}"), ("Weiß", "WEISS")])
  func twoNamesThatDifferInCaseOrCompositionAreOne(_ first: String, _ second: String) async throws {
    _ = try await household.addPerson(name: first, password: nil, owner: false, now: at(0))
    let problem = await #expect(throws: Problem.self) {
      try await household.addPerson(name: second, password: nil, owner: false, now: at(1))
    }
    #expect(problem?.exit == .usage)
    #expect(try await household.people().count == 1)
  }

  @Test(arguments: [
    "", " ", " Ada", "Ada ", "A\nda", "A\0da", "Ada\u{202E}", "Ada\u{200B}", String(repeating: "a", count: 65),
    "a" + String(repeating: "\u{301}", count: 300),
  ])
  func aNameThatCantBeReadInAListIsRefused(_ name: String) async throws {
    let problem = await #expect(throws: Problem.self) {
      try await household.addPerson(name: name, password: nil, owner: false, now: at(0))
    }
    #expect(problem?.exit == .usage)
  }

  @Test(arguments: ["A", "Grand-mère Zoé", "祖母", "👩‍👧", String(repeating: "é", count: 64)])
  func namesOfManyScriptsAreFine(_ name: String) async throws {
    let person = try await household.addPerson(name: name, password: nil, owner: false, now: at(0))
    #expect(try await household.person(named: name)?.id == person.id)
  }

  @Test(arguments: ["1234567", "", String(repeating: "x", count: 1025)])
  func aPasswordTooShortOrTooLongIsRefused(_ password: String) async throws {
    let problem = await #expect(throws: Problem.self) {
      try await household.addPerson(name: "Ada", password: Secret(password), owner: true, now: at(0))
    }
    #expect(problem?.exit == .usage)
    #expect(try await household.people().isEmpty)
  }

  @Test func grantsAreListedWithThePerson() async throws {
    let ada = try await household.addPerson(
      name: "Ada", password: nil, owner: false,
      grants: [house.porch: CameraGrant([.live, .playback]), house.garden: CameraGrant([])],
      now: at(0))
    #expect(ada.grants == [house.porch: CameraGrant([.live, .playback])])
    try await household.setRights(.live, on: house.garden, of: ada.id)
    try await household.setRights([], on: house.porch, of: ada.id)
    #expect(try await household.people().map(\.grants) == [[house.garden: CameraGrant(.live)]])
  }

  @Test func aGrantToNobodyIsRefused() async throws {
    let ada = try await household.addPerson(name: "Ada", password: nil, owner: false, now: at(0))
    try await household.removePerson(ada.id)
    await #expect(throws: Problem.self) { try await household.setRights(.live, on: house.porch, of: ada.id) }
  }

  @Test func rightsAreReadAnewEachTime() async throws {
    let ada = try await house.guest(may: .live)
    #expect(try await household.rights(of: ada, on: house.porch, now: at(0)) == .live)
    #expect(try await household.rights(of: ada, on: house.garden, now: at(0)) == [])
    try await household.setRights([.live, .export], on: house.porch, of: ada.person)
    #expect(try await household.rights(of: ada, on: house.porch, now: at(0)) == [.live, .export])
    try await household.setOwner(true, of: ada.person)
    #expect(try await household.rights(of: ada, on: house.garden, now: at(0)) == .all)
  }

  @Test func visibleCamerasAreThoseWithTheRight() async throws {
    let ada = try await house.guest(may: .live)
    try await household.setRights([.playback, .export], on: house.garden, of: ada.person)
    #expect(try await household.camerasVisible(to: ada, needing: .live, now: at(0)) == .some([house.porch]))
    #expect(try await household.camerasVisible(to: ada, needing: .playback, now: at(0)) == .some([house.garden]))
    #expect(try await household.camerasVisible(to: ada, needing: [.live, .playback], now: at(0)) == .some([]))
    #expect(try await household.camerasVisible(to: .console, needing: .all, now: at(0)) == .all)
    try await household.setOwner(true, of: ada.person)
    #expect(try await household.camerasVisible(to: ada, needing: .manage, now: at(0)) == .all)
  }

  @Test func somebodyWhoWasRemovedSeesNothing() async throws {
    let ada = try await house.guest(may: .all)
    try await household.removePerson(ada.person)
    #expect(try await household.camerasVisible(to: ada, needing: .live, now: at(0)) == .some([]))
    #expect(try await household.rights(of: ada, on: house.porch, now: at(0)) == [])
    #expect(try await household.authenticate(ada.credential, now: at(1)) == nil)
  }

  @Test func allowedCamerasAreCutToThoseThatExist() {
    #expect(AllowedCameras.all.among([house.porch]) == [house.porch])
    #expect(AllowedCameras.some([house.garden, house.porch]).among([house.porch]) == [house.porch])
    #expect(AllowedCameras.some([]).among([house.porch]).isEmpty)
    #expect(AllowedCameras.some([house.porch]).contains(house.garden) == false)
  }

  @Test func theLastOwnerStays() async throws {
    let ada = try await household.addPerson(name: "Ada", password: nil, owner: true, now: at(0))
    await #expect(throws: Problem.self) { try await household.removePerson(ada.id) }
    await #expect(throws: Problem.self) { try await household.setOwner(false, of: ada.id) }
    let bob = try await household.addPerson(name: "Bob", password: nil, owner: true, now: at(0))
    try await household.setOwner(false, of: ada.id)
    await #expect(throws: Problem.self) { try await household.removePerson(bob.id) }
    try await household.removePerson(ada.id)
    #expect(try await household.people().map(\.name) == ["Bob"])
  }
}
