import Domain
import Foundation
import HomeServer
import Household
import Testing

@Suite struct PeopleTests {
  private func people(_ home: Home) async throws -> [[String: Any]] {
    try #require(try await home.ask("GET", "people").json["people"] as? [[String: Any]])
  }

  private func grants(_ home: Home, _ name: String) async throws -> [[String: Any]] {
    try #require(try await people(home).first { $0["name"] as? String == name }?["grants"] as? [[String: Any]])
  }

  @Test func aMemberGetsEveryCameraThatThereIs() async throws {
    let home = try await Home()
    let cameras = [try await home.addCamera("Porch"), try await home.addCamera("Nursery")]
    _ = try await home.ask("POST", "people", #"{"name":"ben","preset":"member"}"#)
    _ = try await home.addCamera("Later")
    let grants = try await grants(home, "ben")
    #expect(Set(grants.compactMap { $0["camera"] as? String }) == Set(cameras))
    for grant in grants {
      #expect(grant["rights"] as? [String] == ["live", "playback", "export"])
      #expect(grant["until"] is NSNull)
      #expect(grant["hours"] is NSNull)
    }
  }

  @Test func aGuestStaysAWeekUnlessItIsSaidOtherwise() async throws {
    let home = try await Home()
    _ = try await home.addCamera("Porch")
    _ = try await home.ask("POST", "people", #"{"name":"kim","preset":"guest"}"#)
    _ = try await home.ask(
      "POST", "people", #"{"name":"lee","preset":"guest","until":"2099-12-24T22:00:00Z","hours":"18:00-23:00"}"#)
    let kim = try #require(try await grants(home, "kim").first)
    #expect(kim["rights"] as? [String] == ["live"])
    let text = try #require(kim["until"] as? String)
    let until = try #require(WallTime(rfc3339: text))
    let week = until - WallTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    #expect(abs(week.inSeconds - 7 * 86400) < 60)
    let lee = try #require(try await grants(home, "lee").first)
    #expect(lee["until"] as? String == "2099-12-24T22:00:00.000Z")
    #expect(lee["hours"] as? String == "18:00-23:00")
  }

  @Test(arguments: [
    #"{"name":"x","preset":"king"}"#, #"{"name":"x","preset":"guest","until":"tomorrow"}"#,
    #"{"name":"x","preset":"guest","hours":"18-23"}"#,
    #"{"name":"x","grants":[{"camera":"Porch","rights":["live"],"until":"soon"}]}"#,
    #"{"name":"x","grants":[{"camera":"Porch","rights":[]}]}"#,
  ])
  func whatCantBeGrantedIsNamed(_ body: String) async throws {
    let home = try await Home()
    _ = try await home.addCamera("Porch")
    let answer = try await home.ask("POST", "people", body)
    #expect(answer.status == 422)
    #expect(answer.json["detail"] as? String != nil)
    #expect(try await people(home).isEmpty)
  }

  @Test func anEndedGrantIsLikeNone() async throws {
    let home = try await Home()
    let porch = try await home.addCamera("Porch")
    let anna = try await home.signIn(
      "anna", grants: #"{"camera":"Porch","rights":["live","playback"],"until":"2026-01-01T00:00:00Z"}"#)
    #expect(try await home.ask("GET", "cameras/\(porch)", as: anna).status == 404)
    #expect((try await home.ask("GET", "cameras", as: anna).json["cameras"] as? [Any])?.isEmpty == true)
    #expect(try await home.done("PUT", "people/anna/grants", #"{"camera":"Porch","rights":["live"]}"#))
    #expect(try await home.ask("GET", "cameras/\(porch)", as: anna).status == 200)
  }

  @Test func whoIsRemovedIsSignedOut() async throws {
    let home = try await Home()
    _ = try await home.addCamera("Porch")
    let anna = try await home.signIn("anna", grants: #"{"camera":"Porch","rights":["live"]}"#)
    #expect(try await home.ask("DELETE", "people/anna", as: anna).status == 403)
    #expect(try await home.done("DELETE", "people/anna"))
    #expect(try await home.ask("GET", "session", as: anna).status == 401)
  }

  // MARK: - Tokens

  @Test func aTokenForOneCameraSeesThatOneAndIsNoOwner() async throws {
    let home = try await Home()
    let (porch, nursery) = (try await home.addCamera("Porch"), try await home.addCamera("Nursery"))
    _ = try await home.ask("POST", "people", #"{"name":"anna","preset":"owner"}"#)
    let made = try await home.ask(
      "POST", "tokens", #"{"person":"anna","label":"bell","cameras":[{"camera":"Porch","rights":["live"]}]}"#)
    let token = Credential.token(TokenDigest(of: Secret(try #require(made.json["token"] as? String))))
    #expect(try await home.ask("GET", "cameras/\(porch)", as: token).json["rights"] as? [String] == ["live"])
    #expect(try await home.ask("GET", "cameras/\(nursery)", as: token).status == 404)
    #expect(try await home.ask("GET", "people", as: token).status == 403)
    #expect(try await home.ask("GET", "tokens", as: token).status == 403)
    let listed = try #require(
      (try await home.ask("GET", "tokens").json["tokens"] as? [[String: Any]])?.first)
    #expect(listed["label"] as? String == "bell")
    #expect(listed["token"] == nil)
    let id = try #require(listed["id"] as? String)
    #expect(try await home.done("DELETE", "tokens/\(id)"))
    #expect(try await home.ask("GET", "cameras/\(porch)", as: token).status == 401)
  }

  /// What the household refuses keeps its exit code on the way to the command line.
  @Test func aNameThatCannotBeUsedEndsTheCommandWithItsUsageCode() async throws {
    let home = try await Home()
    let answer = try await home.ask("POST", "people", #"{"name":"  x"}"#)
    #expect(answer.status == 422 && answer.json["exit"] as? Int == 64)
    let unknown = try await home.ask("GET", "cameras/none")
    #expect(unknown.status == 404 && unknown.json["exit"] as? Int == 65)
  }

  // MARK: - Sessions and passwords

  private func sessions(_ home: Home, as credential: Credential) async throws -> [[String: Any]] {
    try #require(
      try await home.ask("GET", "session/list", as: credential).json["sessions"] as? [[String: Any]])
  }

  @Test func everybodySeesAndEndsTheirOwnSessionsAndAnOwnerAll() async throws {
    let home = try await Home()
    let (anna, bob) = (try await home.signIn("anna", grants: ""), try await home.signIn("bob", grants: ""))
    let mine = try await sessions(home, as: anna)
    #expect(mine.map { $0["current"] as? Bool } == [true])
    #expect(try await sessions(home, as: .console).count == 2)
    let bobs = try #require(try await sessions(home, as: bob).first?["id"] as? String)
    #expect(try await home.ask("DELETE", "session/list/\(bobs)", as: anna).status == 404)
    #expect(try await home.ask("DELETE", "people/bob/sessions", as: anna).status == 403)
    #expect(try await home.ask("DELETE", "people/nobody/sessions", as: anna).status == 403)
    #expect(try await home.ask("GET", "session", as: bob).status == 200)
    #expect(try await home.done("DELETE", "session/list/\(bobs)"))
    #expect(try await home.ask("GET", "session", as: bob).status == 401)
    #expect(try await home.done("DELETE", "people/anna/sessions", as: anna))
    #expect(try await home.ask("GET", "session", as: anna).status == 401)
  }

  @Test func onesOwnPasswordNeedsTheOldOneAndGivesANewSession() async throws {
    let home = try await Home()
    let anna = try await home.signIn("anna", grants: "")
    let path = "people/anna/password"
    #expect(try await home.ask("PUT", path, #"{"password":"another long one"}"#, as: anna).status == 422)
    let wrong = #"{"old":"not this one","password":"another long one"}"#
    #expect(try await home.ask("PUT", path, wrong, as: anna).status == 403)
    #expect(try await home.ask("GET", "session", as: anna).status == 200)
    let changed = try await home.ask(
      "PUT", path, #"{"old":"quite long enough","password":"another long one"}"#, as: anna)
    #expect(changed.status == 204)
    #expect(try await home.ask("GET", "session", as: anna).status == 401)
    #expect(try await home.ask("GET", "session", as: try Home.session(changed)).status == 200)
  }

  @Test func anAnswerOverHTTPSHasACookieThatPlainHTTPCantSet() async throws {
    let home = try await Home()
    _ = try await home.ask("POST", "people", #"{"name":"anna","password":"quite long enough"}"#)
    let response = await home.core.respond(
      to: APIRequest(
        method: "POST", path: ["api", "v1", "session"],
        body: Array(#"{"name":"anna","password":"quite long enough"}"#.utf8), credential: nil, peer: "192.168.1.5",
        isSecure: true))
    let cookie = try #require(response.headers.first { $0.0 == "set-cookie" }?.1)
    #expect(cookie.hasPrefix("__Host-hearth="))
    #expect(cookie.contains("; Secure"))
    #expect(cookie.contains("; HttpOnly; SameSite=Strict"))
  }

  // MARK: - The view log

  @Test func everybodySeesTheLogOfTheCamerasTheyMaySee() async throws {
    let home = try await Home()
    let (porch, nursery) = (try await home.addCamera("Porch"), try await home.addCamera("Nursery"))
    let anna = try await home.signIn("anna", grants: #"{"camera":"Porch","rights":["live","playback"]}"#)
    let query = ["from": "2026-11-23T00:00:00Z", "to": "2026-11-23T00:01:00Z"]
    #expect(try await home.ask("GET", "cameras/\(porch)/coverage", as: anna, query: query).status == 200)
    #expect(try await home.ask("GET", "cameras/\(nursery)/coverage", query: query).status == 200)
    _ = try await home.ask("GET", "events", as: anna)
    func views(_ credential: Credential, _ query: [String: String] = [:]) async throws -> [[String: Any]] {
      let answer = try await home.ask("GET", "views", as: credential, query: query)
      #expect(answer.status == 200)
      return try #require(answer.json["views"] as? [[String: Any]])
    }
    let hers = try await views(anna)
    #expect(hers.map { $0["camera"] as? String } == [porch])
    #expect(hers.first?["action"] as? String == "list")
    #expect(hers.first?["person"] as? String == "anna")
    #expect(try await views(.console).count == 2)
    #expect(try await views(.console, ["camera": nursery]).map { $0["camera"] as? String } == [nursery])
    #expect(try await views(.console, ["person": "anna"]).map { $0["camera"] as? String } == [porch])
    let first = try await home.ask("GET", "views", query: ["limit": "1"])
    #expect(first.json["next"] as? Int == 2)
    let second = try await home.ask("GET", "views", query: ["limit": "1", "before": "2"])
    #expect(second.json["next"] is NSNull)
    for camera in [nursery, "00000000000000000000000000000001"] {
      #expect(try await home.ask("GET", "views", as: anna, query: ["camera": camera]).status == 404)
    }
    let log = try #require(try await home.ask("GET", "check").json["viewLog"] as? [String: Any])
    #expect(log["holds"] as? Bool == true)
    #expect(log["rows"] as? Int == 2)
  }

  // MARK: - The same in time

  /// Two hundred of each in turn: the medians differ by less than a fifth.
  @Test(arguments: ["", "/video.mp4", "/coverage", "/snapshot.jpg"])
  func refusedTakesAsLongAsUnknown(_ rest: String) async throws {
    let home = try await Home()
    let nursery = try await home.addCamera("Nursery")
    let anna = try await home.signIn("anna", grants: "")
    let query = ["from": "2026-11-23T00:00:00Z", "to": "2026-11-23T00:01:00Z"]
    func time(_ camera: String) async throws -> Duration {
      let began = ContinuousClock.now
      let answer = try await home.ask("GET", "cameras/\(camera)\(rest)", as: anna, query: query)
      let took = ContinuousClock.now - began
      #expect(answer.status == 404)
      return took
    }
    var (refused, unknown): ([Duration], [Duration]) = ([], [])
    for _ in 0..<200 {
      refused.append(try await time(nursery))
      unknown.append(try await time("00000000000000000000000000000001"))
    }
    let ratio = refused.sorted()[100] / unknown.sorted()[100]
    #expect((0.7...1.4).contains(ratio), "\(ratio)")
  }

  // MARK: - The network

  @Test func theWaysToTheHouseAreSetListByList() async throws {
    let home = try await Home()
    #expect(try await home.ask("PUT", "network", #"{"hostNames":["Hearth.Example"]}"#).status == 200)
    #expect(try await home.ask("PUT", "network", #"{"clientRanges":["100.64.0.0/10"]}"#).status == 200)
    let network = try await home.ask("GET", "network").json
    #expect(network["hostNames"] as? [String] == ["hearth.example"])
    #expect(network["clientRanges"] as? [String] == ["100.64.0.0/10"])
    #expect(network["trustedProxies"] as? [String] == [])
    for body in [#"{"clientRanges":["0.0.0.0/0"]}"#, #"{"hostNames":["a b"]}"#, #"{"trustedProxies":["proxy.lan"]}"#] {
      #expect(try await home.ask("PUT", "network", body).status == 422)
    }
  }
}
