import Domain
import Testing

@Suite struct IdentifierTests {
  @Test func anIdHasOneSpelling() throws {
    let text = "00112233445566778899aabbccddeeff"
    let camera = try #require(CameraID(text: text))
    #expect(camera.text == text)
    #expect(
      camera.bytes == [0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff])
    #expect(CameraID(bytes: camera.bytes) == camera)
  }

  @Test(arguments: [
    "", "00112233445566778899AABBCCDDEEFF", "00112233445566778899aabbccddeef", "00112233445566778899aabbccddeeff0",
    "../../../../etc/passwd", "00112233445566778899aabbccddeeg0", " 0112233445566778899aabbccddeeff", "front-door",
  ])
  func whatIsNoIdIsRefused(_ text: String) {
    #expect(CameraID(text: text) == nil)
    #expect(EventID(text: "\(text)-\(text)") == nil)
  }

  @Test func anEventCarriesItsCamera() throws {
    var generator = SystemRandomNumberGenerator()
    let camera = CameraID.mint(using: &generator)
    let event = EventID.mint(camera: camera, using: &generator)
    #expect(EventID(text: event.text) == event)
    #expect(EventID(text: event.text)?.camera == camera)
    #expect(EventID(text: event.raw.text) == nil)
  }

  @Test func mintedIdsDiffer() {
    var generator = SystemRandomNumberGenerator()
    #expect(Set((0..<1000).map { _ in CameraID.mint(using: &generator) }).count == 1000)
  }

  @Test func aSecretPrintsAsRedactedAndStaysItself() {
    let secret = Secret("correct horse")
    #expect("\(secret)" == "<redacted>")
    #expect(String(reflecting: secret) == "<redacted>")
    #expect(String(describing: [secret]) == "[<redacted>]")
    #expect(secret.reveal() == "correct horse")
  }
}

@Suite struct TimeTests {
  @Test(arguments: [
    ("1970-01-01T00:00:00.000Z", 0), ("2026-11-23T21:24:30.250Z", 1_795_469_070_250),
    ("2000-02-29T12:00:00.000Z", 951_825_600_000), ("2100-03-01T00:00:00.000Z", 4_107_542_400_000),
  ])
  func timesAreWrittenAndReadAsRFC3339(_ text: String, _ milliseconds: Int) throws {
    #expect(WallTime(milliseconds: Int64(milliseconds)).rfc3339 == text)
    #expect(WallTime(rfc3339: text) == WallTime(milliseconds: Int64(milliseconds)))
  }

  @Test func zonesAndFractionsAreTaken() {
    #expect(WallTime(rfc3339: "2026-11-23T22:24:30+01:00") == WallTime(rfc3339: "2026-11-23T21:24:30Z"))
    #expect(WallTime(rfc3339: "2026-11-23t21:24:30.123456789z")?.nanoseconds == 1_795_469_070_123_456_789)
  }

  @Test(arguments: [
    "", "2026-11-23", "2026-11-23 21:24:30Z", "2026-11-23T21:24:30", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
    "1969-12-31T23:59:59Z", "2300-01-01T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T21:24:30.Z",
    "2026-11-23T21:24:30.1234567890Z", "2026-11-23T21:24:30Zx", "2026-11-23T21:24:30+1:00", "now",
  ])
  func whatIsNoTimeIsRefused(_ text: String) { #expect(WallTime(rfc3339: text) == nil) }

  @Test func daysRoundTripOverCenturies() throws {
    for days in stride(from: Int64(0), to: 106_000, by: 17) {
      let date = CivilDate(daysSinceEpoch: days)
      #expect(CivilDate(text: date.text) == date)
    }
    #expect(CivilDate(text: "2026-11-23")?.daysSinceEpoch == 20_780)
    #expect(CivilDate(text: "2026-11-31") == nil)
    #expect(CivilDate(text: "../..") == nil)
  }

  @Test func aSpanIsNeverEmptyOrBackwards() {
    let (early, late) = (WallTime(seconds: 10), WallTime(seconds: 20))
    #expect(TimeSpan(from: late, to: early) == nil)
    #expect(TimeSpan(from: early, to: early) == nil)
    let span = TimeSpan(from: early, to: late)
    #expect(span?.contains(early) == true)
    #expect(span?.contains(late) == false)
    #expect(span?.duration == .seconds(10))
  }
}

@Suite struct AddressTests {
  @Test func credentialsAreTakenOutOfAnAddress() throws {
    let (address, user, password) = try CameraAddress.parse("rtsp://recorder:p%40ss@192.168.1.20:8554/main?channel=1")
    #expect(address.text == "rtsp://192.168.1.20:8554/main?channel=1")
    #expect(user == "recorder")
    #expect(password?.reveal() == "p@ss")
  }

  @Test func anUnescapedAtInThePasswordIsUnderstood() throws {
    let (address, user, password) = try CameraAddress.parse("rtsp://u:p@ss@porch.lan/")
    #expect(address.host == "porch.lan")
    #expect(address.port == 554)
    #expect(user == "u")
    #expect(password?.reveal() == "p@ss")
  }

  @Test func ipv6KeepsItsBrackets() throws {
    let (address, _, _) = try CameraAddress.parse("rtsps://[fd00::20]/cam")
    #expect(address.host == "fd00::20")
    #expect(address.port == 322)
    #expect(address.text == "rtsps://[fd00::20]/cam")
  }

  @Test(arguments: [
    "http://192.168.1.20/", "file:///etc/passwd", "concat:a|b", "rtsp+unix://x", "exec:ls", "pipe:0", "192.168.1.20",
    "rtsp://", "rtsp://ho st/", "rtsp://host:0/", "rtsp://host:65536/", "rtsp://host:x/", "rtsp://host/a b",
    "rtsp://host/a\r\nSETUP", "rtsp://u%00:p@host/", "rtsp://[fd00::1/", "rtsp://host/\u{0}",
  ])
  func whatIsNoCameraAddressIsRefused(_ text: String) {
    #expect(throws: Problem.self) { try CameraAddress.parse(text) }
  }

  @Test(arguments: ["rtsp://u:hunter2@host:0/", "rtsp://u:hunter2@ho st/", "rtsp://u:hunter2@host/a b"])
  func aRefusalNeverRepeatsThePassword(_ text: String) {
    do {
      _ = try CameraAddress.parse(text)
      Issue.record("was taken")
    } catch {
      #expect(!"\(error)".contains("hunter2"))
    }
  }
}

@Suite struct RightsTests {
  @Test func rightsHaveWords() {
    #expect(Rights.all.words == ["live", "playback", "export", "manage"])
    #expect(Rights(words: ["live", "export"]) == [.live, .export])
    #expect(Rights(words: ["live", "fly"]) == nil)
  }

  @Test func everyActionNeedsExactlyOneRight() {
    #expect(ViewAction.live.right == .live)
    #expect(ViewAction.snapshot.right == .live)
    #expect(ViewAction.playback.right == .playback)
    #expect(ViewAction.thumbnail.right == .playback)
    #expect(ViewAction.export.right == .export)
  }
}
