import Domain
import Foundation
import HomeServer
import Housekeeping
import Household
import Logging
import Settings
import Testing

/// The whole server without a network, on a data directory of its own.
final class Home {
  let path: String
  let core: APIHandler

  init() async throws {
    path = NSTemporaryDirectory() + "/hearth-home-" + UUID().uuidString
    let data = try DataDirectory.open(path)
    var log = Logger(label: "test")
    log.logLevel = .critical
    core = try await APIHandler.open(
      data,
      environment: ServerEnvironment(
        now: { WallTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) },
        sleep: { try await Task.sleep(for: $0) }, log: log))
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  struct Answer {
    let status: Int
    let json: [String: Any]
    let headers: [(String, String)]
    let bytes: [UInt8]
  }

  func ask(
    _ method: String, _ path: String, _ body: String = "", as credential: Credential? = .console,
    query: [String: String] = [:]
  ) async throws -> Answer {
    let parts = (["api", "v1"] + path.split(separator: "/").map(String.init))
    let response = await core.respond(
      to: APIRequest(
        method: method, path: parts, query: query, headers: [:], body: Array(body.utf8), credential: credential,
        peer: "test"))
    let bytes = try await response.collect()
    try OpenAPIDocument.expect(bytes, method, parts, status: response.status)
    let json = (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any] ?? [:]
    return Answer(status: response.status, json: json, headers: response.headers, bytes: bytes)
  }

  /// Ends a request as the API does, and says whether that went well.
  @discardableResult
  func done(_ method: String, _ path: String, _ body: String = "", as credential: Credential? = .console) async throws
    -> Bool
  {
    let answer = try await ask(method, path, body, as: credential)
    return answer.status == 204
  }

  func addCamera(_ name: String) async throws -> String {
    let answer = try await ask(
      "POST", "cameras", #"{"settings":{"name":"\#(name)","main":{"host":"127.0.0.1","port":9,"path":"/x"}}}"#)
    #expect(answer.status == 201, "\(String(decoding: answer.bytes, as: UTF8.self))")
    return try #require(answer.json["id"] as? String)
  }

  /// Adds a person and signs them in.
  func signIn(_ name: String, grants: String) async throws -> Credential {
    let added = try await ask(
      "POST", "people", #"{"name":"\#(name)","password":"quite long enough","grants":[\#(grants)]}"#)
    #expect(added.status == 201, "\(String(decoding: added.bytes, as: UTF8.self))")
    return try Self.session(
      try await ask("POST", "session", #"{"name":"\#(name)","password":"quite long enough"}"#, as: nil))
  }

  /// The session that an answer's cookie opens.
  static func session(_ answer: Answer) throws -> Credential {
    let cookie = try #require(answer.headers.first { $0.0 == "set-cookie" }?.1)
    let token = cookie.dropFirst("hearth=".count).prefix { $0 != ";" }
    return .session(TokenDigest(of: Secret(String(token))))
  }
}

@Suite struct CoreTests {
  @Test func healthNeedsNoSignInAndEverythingElseDoes() async throws {
    let home = try await Home()
    #expect(try await home.ask("GET", "health", as: nil).status == 200)
    for (method, path) in [
      ("GET", "session"), ("GET", "cameras"), ("GET", "events"), ("GET", "people"), ("GET", "views"), ("GET", "check"),
      ("GET", "storage"), ("GET", "house"), ("GET", "retention"), ("GET", "retention/plan"), ("GET", "alarms"),
      ("POST", "cameras"), ("POST", "people"), ("POST", "tokens"), ("POST", "links"), ("POST", "retention/apply"),
      ("POST", "house/apply"), ("PUT", "retention"),
    ] {
      #expect(try await home.ask(method, path, "{}", as: nil).status == 401, "\(method) \(path)")
    }
  }

  @Test func aMemberSeesOnlyTheCamerasThatWereGranted() async throws {
    let home = try await Home()
    let porch = try await home.addCamera("Porch")
    let nursery = try await home.addCamera("Nursery")
    let anna = try await home.signIn("anna", grants: #"{"camera":"Porch","rights":["live","playback"]}"#)
    let cameras = try await home.ask("GET", "cameras", as: anna).json["cameras"] as? [[String: Any]]
    #expect(cameras?.compactMap { $0["id"] as? String } == [porch])
    #expect(cameras?.first?["rights"] as? [String] == ["live", "playback"])
    #expect(try await home.ask("GET", "cameras/\(porch)", as: anna).status == 200)
    for path in ["cameras/\(nursery)", "cameras/\(nursery)/snapshot.jpg"] {
      #expect(try await home.ask("GET", path, as: anna).status == 404, "\(path)")
    }
  }

  @Test func refusedAndUnknownAreTheSameAnswer() async throws {
    let home = try await Home()
    _ = try await home.addCamera("Porch")
    let nursery = try await home.addCamera("Nursery")
    let anna = try await home.signIn("anna", grants: #"{"camera":"Porch","rights":["live","playback"]}"#)
    let unknown = "00000000000000000000000000000001"
    let query = ["from": "2026-11-23T00:00:00Z", "to": "2026-11-23T00:01:00Z"]
    for rest in ["", "/video.mp4", "/coverage", "/snapshot.jpg"] {
      let refused = try await home.ask("GET", "cameras/\(nursery)\(rest)", as: anna, query: query)
      let missing = try await home.ask("GET", "cameras/\(unknown)\(rest)", as: anna, query: query)
      #expect(refused.status == 404)
      #expect(refused.status == missing.status, "\(rest)")
      #expect(refused.bytes == missing.bytes, "\(rest)")
    }
    for id in ["\(nursery)-\(unknown)", "\(unknown)-\(unknown)", "nonsense"] {
      for rest in ["", "/clip.mp4", "/thumbnail.jpg"] {
        #expect(try await home.ask("GET", "events/\(id)\(rest)", as: anna).status == 404)
      }
    }
  }

  @Test func onlyTheOwnerChangesTheHouse() async throws {
    let home = try await Home()
    let porch = try await home.addCamera("Porch")
    let anna = try await home.signIn("anna", grants: #"{"camera":"Porch","rights":["live","playback","export"]}"#)
    for (method, path, body) in [
      ("GET", "people", ""), ("POST", "people", #"{"name":"x"}"#),
      ("POST", "tokens", #"{"person":"anna","label":"x"}"#),
      ("POST", "cameras", "{}"), ("POST", "cameras/\(porch)/archive", ""), ("GET", "retention/plan", ""),
      ("POST", "links", #"{"person":"anna"}"#), ("GET", "check", ""), ("GET", "house", ""), ("GET", "storage", ""),
      ("PUT", "retention", "{}"),
    ] {
      #expect(try await home.ask(method, path, body, as: anna).status == 403, "\(method) \(path)")
    }
    #expect(try await home.ask("PATCH", "cameras/\(porch)", #"{"name":"Mine"}"#, as: anna).status == 404)
  }

  @Test func aRevokedGrantBitesAtTheNextRequest() async throws {
    let home = try await Home()
    let porch = try await home.addCamera("Porch")
    let anna = try await home.signIn("anna", grants: #"{"camera":"Porch","rights":["live"]}"#)
    #expect(try await home.ask("GET", "cameras/\(porch)", as: anna).status == 200)
    #expect(try await home.ask("DELETE", "people/anna/grants/\(porch)").status == 204)
    #expect(try await home.ask("GET", "cameras/\(porch)", as: anna).status == 404)
  }

  /// What runs meanwhile must end by itself, a long time before the limit.
  @Test(arguments: [
    ("DELETE", "people/anna/grants/CAMERA", ""), ("PUT", "people/anna/password", #"{"password":"another long one"}"#),
    ("DELETE", "people/anna", ""), ("DELETE", "people/anna/sessions", ""), ("POST", "cameras/CAMERA/archive", ""),
  ])
  func whatIsOpenEndsWithTheRightToIt(_ end: (method: String, path: String, body: String)) async throws {
    let home = try await Home()
    let porch = try await home.addCamera("Porch")
    let anna = try await home.signIn("anna", grants: #"{"camera":"Porch","rights":["live"]}"#)
    let camera = try #require(CameraID(text: porch))
    let core = home.core
    try await withThrowingTaskGroup(of: String.self) { group in
      group.addTask {
        await core.access.whileAllowed(anna, camera, .live)
        return "ended"
      }
      group.addTask {
        try await Task.sleep(for: .seconds(1))
        return "still open"
      }
      let first = try await group.next()
      #expect(first == "still open")
      #expect(try await home.done(end.method, end.path.replacing("CAMERA", with: porch), end.body))
      group.addTask {
        try await Task.sleep(for: .seconds(60))
        return "never ended"
      }
      let second = try await group.next()
      #expect(second == "ended")
      group.cancelAll()
    }
  }

  @Test func aChangedPasswordEndsTheSessions() async throws {
    let home = try await Home()
    _ = try await home.addCamera("Porch")
    let anna = try await home.signIn("anna", grants: #"{"camera":"Porch","rights":["live"]}"#)
    #expect(try await home.ask("PUT", "people/anna/password", #"{"password":"another long one"}"#).status == 204)
    #expect(try await home.ask("GET", "session", as: anna).status == 401)
  }

  @Test func unknownRightsAndCamerasAreNamed() async throws {
    let home = try await Home()
    _ = try await home.addCamera("Porch")
    let camera = try await home.ask(
      "POST", "people", #"{"name":"bo","grants":[{"camera":"Attic","rights":["live"]}]}"#)
    #expect(camera.status == 404)
    #expect((camera.json["detail"] as? String)?.contains("Porch") == true)
    let right = try await home.ask("POST", "people", #"{"name":"bo","grants":[{"camera":"Porch","rights":["fly"]}]}"#)
    #expect(right.status == 422)
  }

  @Test(arguments: ["", "{", "[]", "null", #"{"name":7}"#, "\u{0}"])
  func aBodyThatIsNoneGetsAClearAnswer(_ body: String) async throws {
    let home = try await Home()
    for path in ["session", "people", "cameras", "tokens", "setup"] {
      let answer = try await home.ask("POST", path, body)
      #expect((400..<500).contains(answer.status), "\(path)")
      #expect(answer.json["detail"] as? String != nil)
    }
  }

  @Test func theHouseCanBeExportedAndAppliedAgain() async throws {
    let home = try await Home()
    _ = try await home.addCamera("Porch")
    let house = String(decoding: try await home.ask("GET", "house").bytes, as: UTF8.self)
    let plan = try await home.ask("POST", "house/plan", #"{"house":\#(house)}"#)
    #expect(plan.status == 200)
    #expect((plan.json["changes"] as? [Any])?.isEmpty == true)
  }

  @Test func aFreshHomeIsSound() async throws {
    let home = try await Home()
    _ = try await home.addCamera("Porch")
    let check = try await home.ask("GET", "check")
    #expect((check.json["findings"] as? [Any])?.isEmpty == true)
    let plan = try await home.ask("GET", "retention/plan")
    #expect((plan.json["deletions"] as? [Any])?.isEmpty == true)
  }
}
