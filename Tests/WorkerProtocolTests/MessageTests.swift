import Files
import Domain
import Testing
import WorkerProtocol

private let camera = "0123456789abcdef0123456789abcdef"

private func settings(_ extra: String = "") throws -> CameraSettings {
  try JSONLine.decode(
    CameraSettings.self,
    from: Array(
      """
      {"id":"\(camera)","name":"Front door","main":{"host":"192.168.1.20","path":"/main"}\(extra)}
      """.utf8))
}

struct CameraSettingsTests {
  @Test func missingKeysHaveTheirDefaults() throws {
    let settings = try settings()
    #expect(settings.id.text == camera)
    #expect(settings.main.text == "rtsp://192.168.1.20/main")
    #expect(settings.detect == nil)
    #expect(settings.transport == .tcp)
    #expect(settings.record == .continuous)
    #expect(!settings.audio)
    #expect(settings.recordDetect)
    #expect(settings.preRollSeconds == 5)
    #expect(settings.postRollSeconds == 10)
    #expect(settings.motion.enabled)
    #expect(settings.motion.sensitivity == 50)
    #expect(settings.motion.zones == [])
    #expect(!settings.archived)
  }

  @Test func whereItWasRecordedBeforeStaysKnown() throws {
    var settings = try settings()
    let ids = try ["a", "b"].map { try #require(RandomID(text: String(repeating: $0, count: 32))) }
    let (first, second) = (MediaPlace(path: "/mnt/a", volume: ids[0]), MediaPlace(path: "/mnt/b", volume: ids[1]))
    settings.moveRecording(to: first)
    #expect(settings.places == [first])
    settings.moveRecording(to: second)
    #expect(settings.places == [second, first])
    #expect(try JSONLine.decode(CameraSettings.self, from: JSONLine.encode(settings)) == settings)
    // The same volume mounted elsewhere.
    let moved = MediaPlace(path: "/mnt/c", volume: ids[0])
    settings.moveRecording(to: moved)
    #expect(settings.places == [moved, second])
    settings.moveRecording(to: nil)
    #expect(settings.media == nil)
    #expect(settings.places == [moved, second])
    settings.forget("/mnt/b")
    #expect(settings.places == [moved])
    settings.moveRecording(to: moved)
    settings.forget("/mnt/c")
    #expect(settings.media == moved)
  }

  @Test func aPlaceIsAnAbsolutePathAndAVolume() throws {
    for bad in [
      #"{"path":"usb","volume":"\#(camera)"}"#, #"{"path":"/usb","volume":"1"}"#, #"{"path":"/usb"}"#,
    ] {
      #expect(throws: (any Error).self) { try settings(#","media":\#(bad)"#) }
    }
  }

  @Test func whatWasWrittenIsReadBack() throws {
    var settings = try settings()
    settings.detect = try CameraAddress(scheme: .rtsps, host: "fd00::20", port: 8322, path: "/sub?x=1")
    settings.user = "recorder"
    settings.transport = .udp
    settings.record = .motion
    settings.audio = true
    settings.recordDetect = false
    settings.motion.zones = [
      Zone(name: "path", polygon: [.init(x: 0, y: 0), .init(x: 1, y: 0), .init(x: 0.5, y: 1)])
    ]
    settings.retention.motionSeconds = 2_592_000
    settings.archived = true
    #expect(try JSONLine.decode(CameraSettings.self, from: JSONLine.encode(settings)) == settings)
  }

  @Test func settingsWithoutAnIdTakeTheOneThatIsGiven() throws {
    var generator = SystemRandomNumberGenerator()
    let fresh = CameraID.mint(using: &generator)
    let json = Array(#"{"name":"Porch","main":{"host":"10.0.0.5"}}"#.utf8)
    #expect(try JSONLine.decode(CameraSettings.self, from: json, newCamera: fresh).id == fresh)
    #expect(throws: (any Error).self) { try JSONLine.decode(CameraSettings.self, from: json) }
  }

  @Test(arguments: [
    #","version":2"#, #","record":"sometimes""#, #","transport":"http""#, #","detect":{"host":"a b"}"#,
    #","detect":{"host":"cam","port":0}"#, #","detect":{"host":"cam","scheme":"file"}"#,
  ])
  func whatCannotBeMeantIsRefused(_ extra: String) {
    #expect(throws: (any Error).self) { try settings(extra) }
  }

  @Test func goodSettingsAreValid() throws { try settings().validate() }

  @Test(arguments: ["", "   ", "a\u{7}b", "a\nb", "\u{202e}rood", String(repeating: "x", count: 65)])
  func aNameMustBeReadable(_ name: String) throws {
    var settings = try settings()
    settings.name = name
    #expect(throws: Problem.self) { try settings.validate() }
  }

  @Test(arguments: ["Front door", "Tür 👩‍👩‍👧", String(repeating: "é", count: 64)])
  func aNameMayBeInAnyLanguage(_ name: String) throws {
    var settings = try settings()
    settings.name = name
    try settings.validate()
  }

  @Test(arguments: [(-1, 10, 50), (61, 10, 50), (5, -1, 50), (5, 121, 50), (5, 10, -1), (5, 10, 101)])
  func numbersMustBeInTheirRanges(_ pre: Int, _ post: Int, _ sensitivity: Int) throws {
    var settings = try settings()
    settings.preRollSeconds = pre
    settings.postRollSeconds = post
    settings.motion.sensitivity = sensitivity
    #expect(throws: Problem.self) { try settings.validate() }
  }

  @Test(arguments: [[(0.0, 0.0), (1, 1)], [(0, 0), (1, 0), (1.01, 1)], [(0, 0), (1, 0), (.nan, 1)]])
  func aZoneMustBeAShapeInsideThePicture(_ corners: [(Double, Double)]) throws {
    var settings = try settings()
    settings.motion.zones = [Zone(name: "z", polygon: corners.map { RelativePoint(x: $0.0, y: $0.1) })]
    #expect(throws: Problem.self) { try settings.validate() }
  }

  @Test func aUserNameCannotHoldAColon() throws {
    var settings = try settings()
    settings.user = "a:b"
    #expect(throws: Problem.self) { try settings.validate() }
  }
}

struct WorkerMessageTests {
  @Test func theConfigurationTravelsWhole() throws {
    let line = """
      {"installation":"ffffffffffffffffffffffffffffffff","settings":{"id":"\(camera)","name":"A","main":{"host":"10.0.0.2"}},\
      "password":"secret","cameraKey":"\(String(repeating: "0f", count: 32))","folder":"/data/cameras/x"}
      """
    let configuration = try JSONLine.decode(WorkerConfiguration.self, from: Array(line.utf8))
    #expect(configuration.timing == .standard)
    #expect(configuration.fragmentMilliseconds == 800)
    #expect(configuration.password?.reveal() == "secret")
    #expect(try JSONLine.decode(WorkerConfiguration.self, from: JSONLine.encode(configuration)) == configuration)
    var hurried = configuration
    hurried.timing = RunTiming(segment: .seconds(5), goodRun: .milliseconds(500))
    #expect(try JSONLine.decode(WorkerConfiguration.self, from: JSONLine.encode(hurried)) == hurried)
    #expect(!"\(configuration)".contains("secret"))
    #expect(!"\(configuration)".contains("0f0f"))
  }

  @Test(arguments: ["", "0f", String(repeating: "0F", count: 32), String(repeating: "0f", count: 33)])
  func aKeyMustBe64HexDigits(_ key: String) {
    let line = """
      {"installation":"ffffffffffffffffffffffffffffffff","settings":{"id":"\(camera)","name":"A","main":{"host":"10.0.0.2"}},\
      "cameraKey":"\(key)","folder":"/x"}
      """
    #expect(throws: (any Error).self) { try JSONLine.decode(WorkerConfiguration.self, from: Array(line.utf8)) }
  }

  @Test(arguments: [
    (WorkerLine.hello(version: "0.1.0"), #"{"hello":{"version":"0.1.0"}}"#), (.wantSlot, #"{"want":"slot"}"#),
    (.releaseSlot, #"{"release":"slot"}"#), (.healthy, #"{"healthy":true}"#),
    (.alive, #"{"alive":true}"#),
  ])
  func workerLinesAreAsAgreed(_ line: WorkerLine, _ text: String) throws {
    #expect(String(decoding: try JSONLine.encode(line), as: UTF8.self) == text)
    #expect(try JSONLine.decode(WorkerLine.self, from: Array(text.utf8)) == line)
  }

  @Test(arguments: [
    (SupervisorLine.slot, #"{"slot":true}"#), (.stop, #"{"stop":true}"#), (.heldBack, #"{"heldBack":true}"#),
  ])
  func supervisorLinesAreAsAgreed(_ line: SupervisorLine, _ text: String) throws {
    #expect(String(decoding: try JSONLine.encode(line), as: UTF8.self) == text)
    #expect(try JSONLine.decode(SupervisorLine.self, from: Array(text.utf8)) == line)
  }

  @Test func newSettingsTravelWholeAndInOneLine() throws {
    var settings = try settings(#","user":"recorder","motion":{"sensitivity":70}"#)
    settings.name = "Two\nlines"
    let line = try JSONLine.encode(SupervisorLine.settings(settings))
    #expect(!line.contains(0x0a))
    #expect(try JSONLine.decode(SupervisorLine.self, from: line) == .settings(settings))
  }

  @Test(arguments: [#"{"slot":false}"#, "{}", "[]", "", #"{"want":1}"#])
  func otherLinesAreRefused(_ text: String) {
    #expect(throws: (any Error).self) { try JSONLine.decode(SupervisorLine.self, from: Array(text.utf8)) }
    #expect(throws: (any Error).self) { try JSONLine.decode(WorkerLine.self, from: Array(text.utf8)) }
  }

  @Test(arguments: [
    (SocketRequest.facts, #"{"op":"facts"}"#), (.live(.main, sound: false), #"{"op":"live","stream":"main"}"#),
    (.live(.detect, sound: false), #"{"op":"live","stream":"detect"}"#),
    (.live(.main, sound: true), #"{"op":"live","sound":true,"stream":"main"}"#), (.snapshot, #"{"op":"snapshot"}"#),
  ])
  func requestsAreAsAgreed(_ request: SocketRequest, _ text: String) throws {
    #expect(String(decoding: try JSONLine.encode(request), as: UTF8.self) == text)
    #expect(try JSONLine.decode(SocketRequest.self, from: Array(text.utf8)) == request)
  }

  @Test func liveMeansTheMainStreamUnlessSaid() throws {
    #expect(try JSONLine.decode(SocketRequest.self, from: Array(#"{"op":"live"}"#.utf8)) == .live(.main, sound: false))
  }

  @Test(arguments: [
    (
      WorkerFact.state(
        WorkerState(
          state: .recording, since: 5,
          streams: [StreamFacts(role: .main, codec: .h264, width: 1920, height: 1080, frameRate: 25)])),
      """
      {"state":{"notes":[],"since":5,"state":"recording","streams":[{"codec":"h264","frameRate":25,"height":1080,\
      "role":"main","width":1920}]}}
      """
    ),
    (.segment(file: "2026-11-23/a.mp4"), #"{"segment":{"file":"2026-11-23/a.mp4"}}"#),
    (.event(file: "2026-11-23/a.json"), #"{"event":{"file":"2026-11-23/a.json"}}"#),
    (.journal(file: "2026-11-23.jsonl"), #"{"journal":{"file":"2026-11-23.jsonl"}}"#),
    (
      .live(LiveHeader(stream: .detect, generation: 2, codecs: "avc1.64001f", width: 640, height: 360)),
      #"{"live":{"codecs":"avc1.64001f","generation":2,"height":360,"stream":"detect","width":640}}"#
    ), (.error("there is no picture yet"), #"{"error":"there is no picture yet"}"#),
  ])
  func factsAreAsAgreed(_ fact: WorkerFact, _ text: String) throws {
    #expect(String(decoding: try JSONLine.encode(fact), as: UTF8.self) == text)
    #expect(try JSONLine.decode(WorkerFact.self, from: Array(text.utf8)) == fact)
  }

  @Test func aProblemTravelsAsALine() throws {
    let problem = Problem(.permission, "the camera refuses", next: "check the password")
    let line = try JSONLine.encode(ProblemLine(problem))
    #expect(
      String(decoding: line, as: UTF8.self)
        == #"{"error":{"exit":77,"next":"check the password","what":"the camera refuses"}}"#)
    #expect(try JSONLine.decode(ProblemLine.self, from: line).problem.exit == .permission)
  }
}

struct SocketFrameTests {
  @Test func aFrameIsLengthTypeAndPayload() {
    #expect(SocketFrame.encode(.json, [1, 2, 3]) == [0, 0, 0, 3, 0x4a, 1, 2, 3])
    #expect(SocketFrame.header(.live, payloadBytes: 70_000) == [0, 1, 0x11, 0x70, 0x4c])
  }

  @Test(arguments: [1, 2, 3, 5, 7, 100])
  func framesComeTogetherHoweverTheyArrive(_ step: Int) throws {
    let stream = SocketFrame.encode(.json, [1]) + SocketFrame.encode(.picture, []) + SocketFrame.encode(.live, [2, 3])
    var reader = SocketFrameReader()
    var seen: [String] = []
    for start in stride(from: 0, to: stream.count, by: step) {
      reader.append(stream[start..<min(start + step, stream.count)])
      while let (type, payload) = try reader.next() { seen.append("\(type) \(payload)") }
    }
    #expect(seen == ["json [1]", "picture []", "live [2, 3]"])
  }

  @Test(arguments: [[0xff, 0xff, 0xff, 0xff, 0x4a], [0, 0, 0, 1, 0x00], [0, 0, 0, 1, 0x58]] as [[UInt8]])
  func aHeaderThatCannotBeTrueEndsTheConnection(_ header: [UInt8]) {
    var reader = SocketFrameReader()
    reader.append(header)
    #expect(throws: Problem.self) { try reader.next() }
  }
}
