import Domain
import Testing
import WorkerProtocol

import hearth

private func told<Value>(_ body: () throws -> Value) -> String? {
  do {
    _ = try body()
    return nil
  } catch { return "\(error)" }
}

@Suite struct GrantTextTests {
  @Test(arguments: [
    ("Front door:live,playback", "Front door", ["live", "playback"]),
    ("A:all", "A", ["live", "playback", "export", "manage"]),
    ("Gate: left:export, live", "Gate: left", ["live", "export"]), ("A:live,live", "A", ["live"]),
  ])
  func aGrantIsACameraAndItsRights(_ text: String, _ camera: String, _ rights: [String]) throws {
    let grant = try GrantText(text)
    #expect(grant.camera == camera)
    #expect(grant.rights.map(\.rawValue) == rights)
  }

  @Test(arguments: [
    ("Front door", "\"Front door\" is not a grant — write it as \"Front door:live,playback\""),
    (":live", "\":live\" is not a grant — write it as \"Front door:live,playback\""),
    ("A:life", "\"life\" is not a right — did you mean \"live\"?"),
    ("A:", "\"\" is not a right — use live, playback, export, manage or all"),
    ("A:live,,export", "\"\" is not a right — use live, playback, export, manage or all"),
    ("A:everything", "\"everything\" is not a right — use live, playback, export, manage or all"),
  ])
  func aBadGrantIsNamed(_ text: String, _ what: String) { #expect(told { try GrantText(text) } == what) }
}

@Suite struct ListenTextTests {
  @Test(arguments: [
    ("127.0.0.1:8780", "127.0.0.1", 8780), ("localhost:80", "127.0.0.1", 80), ("192.168.1.5:8780", "192.168.1.5", 8780),
    ("[::1]:8780", "::1", 8780), ("[fd00::5]:1", "fd00::5", 1),
  ])
  func privateAddressesAreListenedOn(_ text: String, _ host: String, _ port: Int) throws {
    let listen = try ListenText(text)
    #expect(listen.host == host)
    #expect(listen.port == port)
  }

  @Test(arguments: [
    ("0.0.0.0:80", "this means every address of this machine, public ones too"),
    ("[::]:80", "this means every address of this machine, public ones too"),
    ("8.8.8.8:80", "this is a public address"),
    ("[2001:db8::1]:80", "this is a public address"), ("224.0.0.1:80", "this is not an address of a machine"),
    ("fd00::5:80", "IPv6 needs brackets"), ("hearth.lan:80", "the host must be a number"),
    ("127.0.0.1", "there is no port"), ("127.0.0.1:0", "\"0\" is not a port"),
    ("127.0.0.1:99999", "\"99999\" is not a port"),
    (":80", "the host must be a number"), ("127.0.0.1:http", "\"http\" is not a port"),
  ])
  func everythingElseIsRefused(_ text: String, _ why: String) {
    #expect(told { try ListenText(text) }?.hasPrefix("--listen \(text): \(why) — ") == true)
  }
}

@Suite struct MomentsTests {
  private let now = WallTime(rfc3339: "2026-11-23T21:24:30Z") ?? WallTime(seconds: 0)

  @Test(arguments: [
    ("now", "2026-11-23T21:24:30.000Z"), ("2h", "2026-11-23T19:24:30.000Z"), ("90min", "2026-11-23T19:54:30.000Z"),
    ("45s", "2026-11-23T21:23:45.000Z"), ("3d", "2026-11-20T21:24:30.000Z"),
    ("2026-11-23T20:00:00+01:00", "2026-11-23T19:00:00.000Z"),
  ])
  func agesAndInstantsAreRead(_ text: String, _ time: String) throws {
    #expect(try Moments.read(text, now: now).rfc3339 == time)
  }

  @Test func aWrittenTimeIsReadAsItIsShown() throws {
    for text in ["2026-11-23 21:24:05", "2026-07-01 00:00:00", "2026-03-29 12:30:00"] {
      #expect(Moments.show(try Moments.read(text, now: now)) == text)
    }
    #expect(try Moments.read("2026-11-23", now: now) == Moments.read("2026-11-23 00:00", now: now))
  }

  @Test func aClockTimeIsTheLastOneThatHasBeen() throws {
    for text in ["00:00", "12:00", "23:59"] {
      let time = try Moments.read(text, now: now)
      #expect(time <= now)
      #expect(now - time < .seconds(90_000))
      #expect(Moments.show(time).hasSuffix(" \(text):00"))
    }
  }

  @Test(arguments: [
    "", "tomorrow", "25:00", "12:60", "2026-02-30 12:00", "2026-11-23 9:00", "5x", "-2h", "99999999999h",
  ])
  func anythingElseIsRefused(_ text: String) {
    #expect(told { try Moments.read(text, now: now) }?.hasPrefix("\"\(text)\" is not a time — write it as ") == true)
  }
}

@Suite struct WordsTests {
  @Test(
    arguments: [
      (0, "0 B"), (999, "999 B"), (1000, "1 kB"), (1_550_000, "1.6 MB"), (500_000_000_000, "500 GB"),
      (2_000_000_000_000, "2 TB"),
    ] as [(UInt64, String)])
  func bytesAreShort(_ count: UInt64, _ text: String) { #expect(Words.bytes(count) == text) }

  @Test(
    arguments: [(0, "0 s"), (89, "89 s"), (90, "2 min"), (7200, "2 h"), (7500, "2 h 5 min"), (259_200, "3 d")]
      as [(Int64, String)])
  func durationsAreShort(_ seconds: Int64, _ text: String) { #expect(Words.duration(seconds: seconds) == text) }

  @Test(arguments: [(25.0, "25"), (29.97, "30"), (12.5, "12.5"), (-0.24, "-0.2"), (0.04, "0")])
  func decimalsHaveNoZerosAtTheEnd(_ value: Double, _ text: String) { #expect(Words.decimal(value, 1) == text) }

  @Test func aTablesColumnsAreAsWideAsTheirWidestCell() {
    var table = Table("NAME", "STATE", "NOTE")
    table.add("Küche", "on", "a")
    table.add("A", "offline", "")
    #expect(table.text == "NAME   STATE    NOTE\nKüche  on       a\nA      offline  ")
  }
}

@Suite struct ProbeWordsTests {
  @Test func aReportIsToldInPlainWords() {
    let main = ProbedStream(
      codec: .h264, width: 1920, height: 1080, frameRate: 25, keyframeSeconds: 2,
      bitsPerSecond: 4_200_000, audio: .init(codec: "AAC", sampleRate: 16_000, channels: 1, fate: .kept),
      answeredBy: "192.168.1.20", millisecondsTaken: 300)
    #expect(
      ProbeWords.lines(ProbeReport(main: main, notes: ["A note."]), hasDetect: false) == [
        "main: H.264 1920x1080, 25 frames a second, a keyframe every 2.0 s, 4.2 Mbit/s; "
          + "sound: AAC 16 kHz (kept only if you choose audio)",
        "A note.",
        "hint: if the camera has a small stream, give it with --detect: looking for motion in a large picture costs "
          + "much more",
      ])
  }

  @Test func bothStreamsAndTheSoundsFateAreTold() {
    let main = ProbedStream(
      codec: .h265, width: 2560, height: 1440, frameRate: nil, keyframeSeconds: nil, bitsPerSecond: nil,
      audio: .init(codec: "G.711 A-law", sampleRate: 8000, channels: 1, fate: .transcoded), answeredBy: "::1",
      millisecondsTaken: 1)
    var detect = main
    detect.codec = .h264
    detect.width = 640
    detect.height = 360
    detect.frameRate = 12.5
    detect.audio = nil
    #expect(
      ProbeWords.lines(ProbeReport(main: main, detect: detect), hasDetect: true) == [
        "main: H.265 2560x1440; sound: G.711 A-law 8 kHz (made AAC and kept only if you choose audio)",
        "detect: H.264 640x360, 12.5 frames a second; no sound",
      ])
  }
}
