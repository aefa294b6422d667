import Domain
import Files
import Foundation
import HomeServer
import Housekeeping
import Household
import Logging
import MP4
import Seal
import Settings
import Testing
import VaultWriter

/// A data directory with cameras that have recorded, and the server's core on it, opened and closed as a test likes.
final class Recorded {
  let path: String
  private(set) var cameras: [CameraID] = []
  /// Relative to the camera's `media`.
  private(set) var files: [CameraID: [String]] = [:]
  private(set) var events = 0
  private var generator = SystemRandomNumberGenerator()
  /// 2026-11-23T00:00:00Z.
  static let start = WallTime(seconds: 1_795_392_000)
  static let now = start + .seconds(30 * 86_400)

  init(_ path: String? = nil) {
    self.path = path ?? NSTemporaryDirectory() + "/hearth-recorded-" + UUID().uuidString
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// - Parameter reached: told of each step of a deletion; what it throws ends it there.
  func open(
    now: WallTime = Recorded.now, reached: @escaping @Sendable (String) throws -> Void = { _ in }
  ) async throws -> APIHandler {
    var log = Logger(label: "test")
    log.logLevel = .critical
    var environment = ServerEnvironment(
      now: { now }, sleep: { try await Task.sleep(for: $0) }, log: log, clockQuality: { .synchronised })
    environment.reached = reached
    return try await APIHandler.open(DataDirectory.open(path), environment: environment)
  }

  /// Adds cameras with so many segments of a minute each and an event in every tenth, an outage in the journal, and the
  /// first two minutes protected.
  func record(cameras count: Int, segments: Int) async throws {
    let core = try await open()
    for number in 1...count {
      let answer = try await core.ask(
        "POST", "cameras",
        #"{"settings":{"name":"Camera \#(number)","main":{"host":"127.0.0.1","port":9,"path":"/x"}}}"#)
      let id = try #require(answer["id"] as? String)
      cameras.append(try #require(CameraID(text: id)))
    }
    for camera in cameras { try fill(camera, segments) }
  }

  private func fill(_ camera: CameraID, _ segments: Int) throws {
    let vault = try vault(of: camera)
    let boot = RandomID.mint(using: &generator)
    for sequence in 0..<segments {
      let start = Self.start + .seconds(Int64(sequence) * 60)
      files[camera, default: []].append(try write(vault, UInt64(sequence + 1), start, boot))
      guard sequence % 10 == 0 else { continue }
      let event = Event(
        id: .mint(camera: camera, using: &generator), start: start + .seconds(10), end: start + .seconds(20),
        best: start + .seconds(12), peak: 0.25, boxes: [], reasons: ["12 cells moved for 0.8 s"], zones: ["path"])
      _ = try vault.write(event)
      events += 1
    }
    let end = Self.start + .seconds(Int64(segments) * 60)
    for (seconds, state) in [(1, "offline"), (601, "recording")] as [(Int64, String)] {
      let time = end + .seconds(seconds)
      try vault.note(#"{"t":\#(time.milliseconds),"kind":"state","state":"\#(state)","cause":"no answer"}"#, at: time)
    }
    let mark = #"[{"from":"\#(Self.start.rfc3339)","to":"\#((Self.start + .seconds(120)).rfc3339)"}]"#
    try Data(mark.utf8).write(to: URL(filePath: "\(path)/cameras/\(camera.text)/marks/protected.json"))
  }

  func vault(of camera: CameraID) throws -> CameraVault {
    let data = try DataDirectory.open(path)
    return try CameraVault(
      folder: data.cameraPath(camera), key: data.masterKey.cameraKey(installation: data.installation, camera: camera),
      installation: data.installation)
  }

  /// A sealed file as `SegmentWriter` leaves it, without its syncs: many are made.
  private func write(_ vault: CameraVault, _ sequence: UInt64, _ start: WallTime, _ boot: RandomID) throws -> String {
    let identity = SegmentIdentity(
      installation: vault.installation, segment: .mint(camera: vault.camera, using: &generator), stream: .main,
      start: start, monotonic: MonotonicTime(nanoseconds: Int64(sequence)), clock: .synchronised, boot: boot,
      sequence: sequence, codec: .h264,
      hasAudio: false)
    let seal = try #require(SegmentSeal(identity: identity, initialisation: Self.initialisation(), key: vault.key))
    var bytes = try Self.initialisation() + seal.identityBox
    var fragments: [SealedFragment] = []
    var previous = Tag.none
    for index in 0..<12 {
      let samples = (0..<5).map {
        FragmentSample(bytes: [0, 0, 0, 1, 0x65, UInt8($0)], duration: 90_000, isSync: $0 == 0)
      }
      let fragment = try FragmentedMP4.fragment(
        sequence: UInt32(index + 1),
        tracks: [FragmentTrack(trackID: 1, baseDecodeTime: UInt64(index) * 450_000, samples: samples)])
      let sealed = try fragment.bytes.withUnsafeBytes {
        try seal.seal(
          $0, index: UInt32(index), offset: UInt64(bytes.count), moofLength: UInt32(fragment.moofLength),
          from: .zero + .seconds(index * 5), to: .zero + .seconds((index + 1) * 5), previous: previous)
      }
      bytes += fragment.bytes + seal.footer(of: sealed, previous: previous)
      previous = sealed.tag
      fragments.append(sealed)
    }
    bytes += seal.closingBox(fragments)
    let day = try Descriptor.folder(start.day.text, in: vault.media)
    try Descriptor.open(identity.fileName, in: day, .create).write(bytes, at: 0)
    return "\(start.day.text)/\(identity.fileName)"
  }

  static func initialisation() throws -> [UInt8] {
    let sets = "000000016742c01eda0280bfe5c044000003000400000300c83c58ba800000000168ce0fc8"
    let video = try VideoConfiguration(codec: .h264, annexB: try #require(Hex.decode(sets)))
    return FragmentedMP4.initialisation(tracks: [TrackDescription(video: video)])
  }

  /// The files of segments that lie in the folders, by camera.
  func present() throws -> [CameraID: Set<String>] {
    var present: [CameraID: Set<String>] = [:]
    for camera in cameras {
      let media = try Descriptor.open("\(path)/cameras/\(camera.text)/media", .folder)
      for day in try media.names() where CivilDate(text: day) != nil {
        present[camera, default: []].formUnion(
          try Descriptor.open(day, in: media, .folder).names().map { "\(day)/\($0)" })
      }
    }
    return present
  }

  /// What a person would miss, as the API tells it.
  func told(_ core: APIHandler) async throws -> [String] {
    var told = ["\(try await core.ask("GET", "storage")["segments"] as? Int ?? -1) segments"]
    for event in try await core.ask("GET", "events", query: ["limit": "500"])["events"] as? [[String: Any]] ?? [] {
      told.append("\(event["id"] ?? "") \(event["start"] ?? "") \(event["end"] ?? "") \(event["zones"] ?? "")")
    }
    let span = ["from": Self.start.rfc3339, "to": (Self.start + .seconds(86_400)).rfc3339]
    for camera in cameras {
      let answer = try await core.ask("GET", "cameras/\(camera.text)/coverage", query: span)
      for span in answer["spans"] as? [[String: Any]] ?? [] {
        told.append("\(camera) \(span["from"] ?? "") \(span["to"] ?? "") \(span["class"] ?? "") \(span["cause"] ?? "")")
      }
    }
    return told
  }
}

extension APIHandler {
  /// A request of the console's; an answer that is no success is a failed test.
  func ask(
    _ method: String, _ path: String, _ body: String = "", query: [String: String] = [:]
  ) async throws -> [String: Any] {
    let parts = ["api", "v1"] + path.split(separator: "/").map(String.init)
    let response = await respond(
      to: APIRequest(
        method: method, path: parts, query: query, headers: [:],
        body: Array(body.utf8), credential: .console, peer: "test"))
    let bytes = try await response.collect()
    try OpenAPIDocument.expect(bytes, method, parts, status: response.status)
    #expect((200..<300).contains(response.status), "\(method) \(path): \(String(decoding: bytes, as: UTF8.self))")
    return (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any] ?? [:]
  }

  /// Sets the household's retention, however much that may delete.
  func setRetention(_ retention: String) async throws {
    _ = try await ask("PUT", "retention", retention, query: ["atMost": "any"])
  }

  /// Asks for a rebuild and waits for its end.
  func rebuilt() async throws -> [String: Any] {
    _ = try await ask("POST", "rebuild")
    while true {
      let report = try await ask("GET", "rebuild")
      guard report["state"] as? String == "running" else { return report }
      try await Task.sleep(for: .milliseconds(10))
    }
  }
}
