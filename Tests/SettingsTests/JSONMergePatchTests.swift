import Domain
import FoundationEssentials
import Settings
import Testing

@Suite struct JSONMergePatchTests {
  private func json(_ text: String) throws -> JSONValue {
    try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
  }

  /// RFC 7396, appendix A: original, patch, result.
  @Test(arguments: [
    (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
    (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
    (#"{"a":"b"}"#, #"{"a":null}"#, #"{}"#),
    (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
    (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
    (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
    (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
    (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
    (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
    (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#),
    (#"{"a":"foo"}"#, #"null"#, #"null"#),
    (#"{"a":"foo"}"#, #""bar""#, #""bar""#),
    (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
    (#"[1,2]"#, #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
    (#"{}"#, #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
  ])
  func theExamplesOfTheStandard(_ original: String, _ patch: String, _ result: String) throws {
    #expect(try JSONMergePatch(json(patch)).applied(to: json(original)) == json(result))
  }

  @Test func wholeNumbersKeepAllTheirDigits() throws {
    let value = try json(#"{"bytes":9007199254740993,"share":0.25}"#)
    #expect(value == .object(["bytes": .integer(9_007_199_254_740_993), "share": .number(0.25)]))
    let text = String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    #expect(text.contains("9007199254740993") && text.contains("0.25"))
  }
}

@Suite struct CameraPatchTests {
  private func camera() throws -> CameraSettings {
    var camera = try settings("1", "Front door")
    camera.detect = try CameraAddress(scheme: .rtsp, host: "192.168.1.21", port: 554, path: "/sub")
    camera.user = "recorder"
    camera.preRollSeconds = 20
    camera.motion.sensitivity = 30
    camera.motion.zones = [Zone(name: "path", polygon: [.init(x: 0, y: 0), .init(x: 1, y: 0), .init(x: 1, y: 0.1)])]
    camera.retention.motionSeconds = 86_400
    return camera
  }

  private func patched(_ json: String) throws -> CameraSettings {
    try CameraPatch(json: Array(json.utf8)).applied(to: camera())
  }

  @Test func anEmptyPatchChangesNothing() throws {
    #expect(try patched("{}") == camera())
    #expect(try patched(#"{"name":"Front door","motion":{"sensitivity":30},"retention":{}}"#) == camera())
  }

  @Test func aNumberOfMotionLeavesTheZones() throws {
    var expected = try camera()
    expected.motion.sensitivity = 70
    #expect(try patched(#"{"motion":{"sensitivity":70}}"#) == expected)
  }

  @Test func zonesReplaceZones() throws {
    var expected = try camera()
    expected.motion.zones = []
    #expect(try patched(#"{"motion":{"zones":[]}}"#) == expected)
  }

  @Test func nullReturnsToTheDefaultOrTakesOut() throws {
    var expected = try camera()
    expected.detect = nil
    expected.user = nil
    expected.preRollSeconds = 5
    expected.motion = DetectionSettings()
    expected.retention.motionSeconds = nil
    let json = #"{"detect":null,"user":null,"preRollSeconds":null,"motion":null,"retention":{"motionSeconds":null}}"#
    #expect(try patched(json) == expected)
  }

  @Test func aPartOfAnAddressIsChangedAlone() throws {
    #expect(try patched(#"{"main":{"host":"192.168.1.40"}}"#).main.text == "rtsp://192.168.1.40/main")
  }

  @Test func thePasswordIsKeptSetOrRemoved() throws {
    for (json, isExpected) in [
      ("{}", { if case .keep = $0 { true } else { false } }),
      (#"{"password":null}"#, { if case .remove = $0 { true } else { false } }),
      (#"{"password":"a"}"#, { if case .set(Secret("a")) = $0 { true } else { false } }),
    ] as [(String, (CameraFolders.PasswordChange) -> Bool)] {
      #expect(isExpected(try CameraPatch(json: Array(json.utf8)).password), "\(json)")
    }
  }

  @Test(arguments: [
    (#"{"nmae":"A"}"#, #"the change has a key that is not known: "nmae" — did you mean "name"?"#),
    (#"{"motion":{"sensitivty":5}}"#, #"a key that is not known: "motion.sensitivty" — did you mean "sensitivity"?"#),
    (#"{"preRollSeconds":"long"}"#, #"the change can't be used: "preRollSeconds" has the wrong type"#),
    (#"{"name":null}"#, #"the change can't be used: "name" is missing"#),
    (#"{"password":7}"#, "the password is not a text"),
    (#"{"archived":true}"#, #""archived" can't be changed with the other settings"#),
    (#"{"id":"22222222222222222222222222222222"}"#, #""id" can't be changed"#),
    ("[]", "the change is not a JSON object"),
    ("{", "the change is not a JSON object"),
  ])
  func whatCannotBeChangedIsNamed(_ json: String, _ message: String) throws {
    let problem = #expect(throws: Problem.self) { try patched(json) }
    #expect("\(problem.map { "\($0)" } ?? "")".contains(message))
    #expect(problem?.exit == .data)
  }
}
