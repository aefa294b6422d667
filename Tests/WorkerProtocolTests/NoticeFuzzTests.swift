import Files
import Domain
import Fuzz
import Testing
import WorkerProtocol

/// What the roles say to one another, damaged: read as something that can be said again, or refused.
@Suite struct NoticeFuzzTests {
  private static let camera = "0123456789abcdef0123456789abcdef"

  private func readsOrRefuses<Line: Codable & Equatable>(_ type: Line.Type, _ seeds: [String]) throws {
    let words = ["{", "}", "null", "true", "\"", ",", "[", "\\u0000"]
    try Fuzz.run(seeds.map { Array($0.utf8) }, words: words) { bytes, round in
      guard let line = try? JSONLine.decode(type, from: bytes) else { return }
      let again = try JSONLine.encode(line)
      #expect(try JSONLine.decode(type, from: again) == line, "round \(round)")
    }
  }

  @Test func linesBetweenSupervisorAndWorker() throws {
    try readsOrRefuses(
      WorkerLine.self,
      [#"{"hello":{"version":"0.1.0"}}"#, #"{"want":"slot"}"#, #"{"release":"slot"}"#, #"{"alive":true}"#])
    try readsOrRefuses(SupervisorLine.self, [#"{"slot":true}"#, #"{"stop":true}"#, #"{"heldBack":true}"#])
  }

  @Test func aWorkersTask() throws {
    let settings = """
      {"id":"\(Self.camera)","name":"Porch","main":{"host":"192.168.1.20","path":"/main"},"record":"motion","preRollSeconds":5}
      """
    try readsOrRefuses(CameraSettings.self, [settings])
    let key = String(repeating: "ab", count: 32)
    try readsOrRefuses(
      WorkerConfiguration.self,
      [
        #"{"installation":"\#(Self.camera)","settings":\#(settings),"cameraKey":"\#(key)","folder":"/x","ringBytes":9}"#
      ])
  }

  @Test func requestsAndFactsOnTheSocket() throws {
    try readsOrRefuses(SocketRequest.self, [#"{"facts":true}"#, #"{"live":"main"}"#, #"{"snapshot":true}"#])
    let state = WorkerState(
      state: .recording, since: 1_795_469_070_000, cause: "a cause", streams: [], notes: ["a note"])
    let facts: [WorkerFact] = [
      .state(state), .segment(file: "2026-11-23/a.mp4"), .event(file: "b"), .journal(file: "c"), .error("no"),
    ]
    try readsOrRefuses(
      WorkerFact.self, try facts.map { String(decoding: try JSONLine.encode($0), as: UTF8.self) })
  }

  @Test func framesInPieces() {
    let seeds = [
      SocketFrame.encode(.json, Array(#"{"a":1}"#.utf8)) + SocketFrame.encode(.live, [UInt8](repeating: 7, count: 300)),
      SocketFrame.encode(.picture, [UInt8](repeating: 1, count: 90)),
    ]
    Fuzz.run(seeds) { bytes, round in
      var reader = SocketFrameReader()
      var handed = 0
      var rest = bytes[...]
      while !rest.isEmpty {
        reader.append(rest.prefix(1 + round % 97))
        rest = rest.dropFirst(1 + round % 97)
        do {
          while let frame = try reader.next() { handed += SocketFrame.headerSize + frame.payload.count }
        } catch {
          return
        }
      }
      #expect(handed <= bytes.count, "round \(round)")
    }
  }
}
