import Domain
import Foundation
import GRDB
import Household
import Testing

@Suite struct PasswordTests {
  let house: House
  var household: Household { house.household }
  let password = Secret("correct horse")

  init() throws { house = try House() }

  /// The lowest cost takes `milliseconds`, and each step doubles that.
  @Test(arguments: [(300, 5), (130, 5), (120, 6), (63, 6), (60, 7), (1, 7)])
  func theCostIsTheHighestThatKeepsToTheTarget(_ milliseconds: Int, _ cost: UInt) {
    #expect(PasswordHasher.calibrated { _ in .milliseconds(milliseconds) } == cost)
  }

  @Test func oneSlowMeasurementDoesNotMakePasswordsCheap() {
    var times = [900, 10, 400]
    #expect(PasswordHasher.calibrated { _ in .milliseconds(times.removeFirst()) } == 7)
  }

  @Test func theCostIsMeasuredOnceAndKept() async throws {
    let path = house.folder.appendingPathComponent("measured.sqlite").path
    func cost() async throws -> Int? {
      _ = try Household(path: path, generator: SystemRandomNumberGenerator())
      return try await DatabaseQueue(path: path).read {
        try Int.fetchOne($0, sql: "SELECT value FROM setting WHERE name = 'password_cost'")
      }
    }
    let first = try #require(try await cost())
    #expect((5...7).contains(first))
    #expect(try await cost() == first)
  }

  private func signIn(_ household: Household, _ password: Secret) async throws -> SignIn {
    try await household.signIn(name: "Ada", password: password, from: "192.168.1.5", agent: "", now: at(0))
  }

  @Test func signingInRaisesAHashThatWasMadeCheaper() async throws {
    _ = try await household.addPerson(name: "Ada", password: password, owner: true, now: at(0))
    func stored() async throws -> String? {
      try await house.raw().read { try String.fetchOne($0, sql: "SELECT password FROM person") }
    }
    let cheap = try await stored()
    let dear = try Household(
      path: house.folder.appendingPathComponent("household.sqlite").path, generator: SystemRandomNumberGenerator(),
      passwordCost: 2)
    guard case .refused = try await signIn(dear, Secret("wrong horse")) else {
      Issue.record("not refused")
      return
    }
    #expect(try await stored() == cheap)
    guard case .accepted = try await signIn(dear, password) else {
      Issue.record("refused")
      return
    }
    let raised = try await stored()
    #expect(raised != cheap)
    guard case .accepted = try await signIn(dear, password) else {
      Issue.record("the raised hash doesn't hold")
      return
    }
    #expect(try await stored() == raised)
  }

  /// A hundred of each in turn: the medians differ by less than a tenth, give or take a machine that is at work.
  @Test func anUnknownNameTakesAsLongAsAWrongPassword() async throws {
    let household = try Household.inMemory(generator: SystemRandomNumberGenerator(), passwordCost: 3)
    _ = try await household.addPerson(name: "Ada", password: password, owner: true, now: at(0))
    func time(_ name: String, _ index: Int) async throws -> Duration {
      try await ContinuousClock().measure {
        // A day apart and from another address each: none of them is held back.
        _ = try await household.signIn(
          name: name, password: Secret("wrong horse"), from: "10.0.\(name.utf8.count).\(index)", agent: "",
          now: at(days(Int64(index))))
      }
    }
    var known: [Duration] = []
    var unknown: [Duration] = []
    for index in 0..<100 {
      known.append(try await time("Ada", index))
      unknown.append(try await time("Nobody", index))
    }
    let ratio = known.sorted()[50] / unknown.sorted()[50]
    #expect((0.8...1.25).contains(ratio), "\(ratio)")
  }

  @Test func acrowdOfStrangersKeepsNoOwnerFromSettingAPassword() async throws {
    let household = try Household.inMemory(generator: SystemRandomNumberGenerator(), passwordCost: 5)
    let ada = try await household.addPerson(name: "Ada", password: password, owner: true, now: at(0))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<60 {
        group.addTask {
          do {
            _ = try await household.signIn(
              name: "Stranger \(index)", password: Secret("x"), from: "10.0.0.\(index)", agent: "", now: at(0))
          } catch let problem as Problem {
            #expect(problem.exit == .unavailable)
          }
        }
      }
      group.addTask { try await household.setPassword(of: ada.id, to: Secret("another horse")) }
      try await group.waitForAll()
    }
    guard case .accepted = try await signIn(household, Secret("another horse")) else {
      Issue.record("refused")
      return
    }
  }

  // MARK: - Changing one's own

  private func change(_ ada: Principal, from old: Secret, now: WallTime = at(1)) async throws -> PasswordChange {
    try await household.changePassword(
      of: ada, from: old, to: Secret("another horse"), address: "192.168.1.5", agent: "Firefox", now: now)
  }

  @Test func aNewPasswordOfOnesOwnEndsAllSessionsAndGivesANewOne() async throws {
    let ada = try await household.addPerson(name: "Ada", password: password, owner: false, now: at(0))
    let (mine, other) = (try await house.signedIn(ada.id), try await house.signedIn(ada.id))
    guard case .changed(let token?) = try await change(mine.principal, from: password) else {
      Issue.record("not changed")
      return
    }
    for old in [mine.token, other.token] {
      #expect(try await household.authenticate(sessionToken: old, now: at(2)) == nil)
    }
    #expect(try await household.authenticate(sessionToken: token, now: at(2))?.person == ada.id)
    guard case .refused = try await signIn(household, password) else {
      Issue.record("the old password still works")
      return
    }
  }

  @Test func aWrongOldPasswordChangesNothingAndIsHeldBackLikeASignIn() async throws {
    let ada = try await household.addPerson(name: "Ada", password: password, owner: false, now: at(0))
    let mine = try await house.signedIn(ada.id)
    for _ in 0..<5 {
      guard case .refused = try await change(mine.principal, from: Secret("wrong horse")) else {
        Issue.record("not refused")
        return
      }
    }
    guard case .wait = try await change(mine.principal, from: password) else {
      Issue.record("not held back")
      return
    }
    #expect(try await household.authenticate(sessionToken: mine.token, now: at(2)) != nil)
  }
}
