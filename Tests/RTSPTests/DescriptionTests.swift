import Domain
import RTSP
import Testing

@Suite struct DescriptionTests {
  private static let picture = (name: "picture", lines: Descriptions.h264)
  private static let others: [(name: String, lines: [String])] = [
    ("pcmu", Descriptions.pcmu), ("talk", Descriptions.talk), ("opus", Descriptions.opus),
    ("meta", Descriptions.metadata),
  ]
  static let orders = ([picture] + others).permutations

  @Test func thePictureAndTheFirstKeepableSoundAreChosenInEveryOrder() throws {
    #expect(Self.orders.count == 120)
    for order in Self.orders {
      let names = order.map(\.name)
      let description = SessionDescription(Descriptions.session(order.map(\.lines)))
      let chosen = try TrackSelection(description, wantsAudio: true)
      #expect(chosen.video.media.index == names.firstIndex(of: "picture"), "\(names)")
      #expect(chosen.video.format.encoding == "H264" && chosen.video.clockRate == 90000)
      #expect(chosen.audio?.media.index == names.firstIndex(of: "pcmu"), "\(names)")
      #expect(chosen.unkeptAudio.isEmpty)
      #expect(try TrackSelection(description, wantsAudio: false).audio == nil)
    }
  }

  @Test func ofTwoSoundsTheFirstThatCanBeKeptIsTaken() throws {
    for order in [Descriptions.opus, Descriptions.aac, Descriptions.pcmu].permutations {
      let description = SessionDescription(Descriptions.session([Descriptions.h265] + order))
      let chosen = try TrackSelection(description, wantsAudio: true)
      let expected = order.first { $0 != Descriptions.opus } == Descriptions.aac ? "MPEG4-GENERIC" : "PCMU"
      #expect(chosen.audio?.format.encoding == expected)
      #expect(try TrackSelection(description, wantsAudio: true, keepable: [.pcmu]).audio?.format.encoding == "PCMU")
    }
    let mute = SessionDescription(Descriptions.session([Descriptions.h264, Descriptions.opus]))
    let chosen = try TrackSelection(mute, wantsAudio: true)
    #expect(chosen.audio == nil && chosen.unkeptAudio == ["OPUS"])
  }

  @Test(arguments: ["sendonly", "inactive"])
  func soundThatLeadsToTheCameraIsNeverChosen(_ direction: String) throws {
    let description = SessionDescription(
      Descriptions.session([Descriptions.pcmu + ["a=\(direction)"], Descriptions.h264]))
    let chosen = try TrackSelection(description, wantsAudio: true)
    #expect(chosen.audio == nil && chosen.unkeptAudio.isEmpty)
  }

  @Test func aPictureThatSaysSendonlyIsTakenWhenThereIsNoOther() throws {
    let one = SessionDescription(Descriptions.session([Descriptions.h264 + ["a=sendonly"]]))
    #expect(try TrackSelection(one, wantsAudio: false).video.media.index == 0)
    let two = SessionDescription(Descriptions.session([Descriptions.h264 + ["a=sendonly"], Descriptions.h265]))
    #expect(try TrackSelection(two, wantsAudio: false).video.media.index == 1)
  }

  @Test func whatCantBeRecordedIsToldApart() {
    func failure(_ sections: [[String]]) -> TrackSelection.Failure? {
      do throws(TrackSelection.Failure) {
        _ = try TrackSelection(SessionDescription(Descriptions.session(sections)), wantsAudio: true)
        return nil
      } catch { return error }
    }
    #expect(failure([]) == .empty)
    #expect(failure([Descriptions.pcmu]) == .noVideo)
    #expect(failure([["m=video 0 RTP/AVP 26"]]) == .unsupported(["JPEG"]))
    #expect(failure([["m=video 0 RTP/AVP 96"]]) == .unsupported(["payload type 96"]))
  }

  @Test func linesAsCamerasWriteThem() throws {
    let text = """
      v=0
      o=- 14665860 31787219 1 IN IP4 192.168.2.29
      s=Session streamed by "A CAMERA"
      i= \u{1b}[31m
      a=control:*
      a=range:npt=now-
      m=video 0 RTP/AVP 96 abc 300
      a=rtpmap:96 H264/90000\u{20}
      a=framerate:0S
      a=framerate:1e400
      a=x-framerate: 12.5
      a=fmtp:96 profile-level-id=4d0020; packetization-mode=1; sprop-parameter-sets=J00AII1qBQB5oQ==,KO48gA==
      a=Media_header:MEDIAINFO=494D;
      a=control:trackID=1
      m=audio 0 RTP/AVP 8
      a=rtpmap:8 PCMU/8000/1
      m=application/X 0 RTP/AVP smart/1/90000
      a=rtpmap:95 X/90000
      garbage
      =
      m=
      """
    for lineEnd in ["\n", "\r\n", "\r\n\r\n"] {
      let description = SessionDescription(bytes(text.split(separator: "\n").joined(separator: lineEnd)))
      #expect(description.name == "Session streamed by \"A CAMERA\"")
      #expect(description.control == "*" && description.range == "npt=now-")
      #expect(description.media.map(\.kind) == [.video, .audio, .application])
      let video = description.media[0]
      #expect(video.formats.map(\.payloadType) == [96])
      #expect(video.formats[0].encoding == "H264" && video.formats[0].clockRate == 90000)
      #expect(video.formats[0].parameter("Packetization-Mode") == "1")
      #expect(video.formats[0].parameter("sprop-parameter-sets") == "J00AII1qBQB5oQ==,KO48gA==")
      #expect(video.frameRate == 12.5 && video.control == "trackID=1")
      #expect(description.media[1].formats[0].encoding == "PCMU", "an rtpmap wins over the payload type's own meaning")
      #expect(description.media[2].formats.isEmpty)
    }
  }

  @Test func aTrackIsDescribedByItself() throws {
    let description = SessionDescription(Descriptions.session([Descriptions.aac, Descriptions.h264]))
    let chosen = try TrackSelection(description, wantsAudio: true)
    let audio = try #require(chosen.audio)
    let again = SessionDescription(bytes(audio.standaloneDescription))
    #expect(again.media.count == 1)
    #expect(again.media[0].formats == audio.media.formats)
    #expect(!chosen.video.standaloneDescription.contains("192.168"))
  }
}

@Suite struct ControlURLTests {
  private static func url(_ path: String) throws -> RequestURL {
    RequestURL(try CameraAddress(scheme: .rtsp, host: "192.168.1.20", port: 554, path: path), host: "192.168.1.20")
  }

  /// What was asked for, Content-Base, the control, and where SETUP goes.
  @Test(
    arguments: [
      ("/main", nil, "track0", "/main/track0"),
      ("/main/", nil, "track0", "/main/track0"),
      ("/main", "rtsp://192.168.1.20/main/", "track0", "/main/track0"),
      ("/main", "rtsp://192.168.1.20:554/main", "*", "/main"),
      ("/main", nil, nil, "/main"),
      ("/main", nil, "", "/main"),
      ("/main", "*", "track0", "/main/track0"),
      ("/main", "", "track0", "/main/track0"),
      ("/main", "nonsense", "track0", "/main/track0"),
      // Queries in the base.
      (
        "/cam?channel=1&subtype=0", "rtsp://192.168.1.20:554/cam?channel=1&subtype=0/", "trackID=0",
        "/cam?channel=1&subtype=0/trackID=0"
      ),
      ("/cam?x=1", nil, "trackID=1", "/cam?x=1/trackID=1"),
      (
        "/H264?channel=1", "rtsp://192.168.1.20:5050/H264?channel=1&proto=Onvif", "video",
        "/H264?channel=1&proto=Onvif/video"
      ),
      ("/d?token=69", "rtsp://192.168.1.20/d?token=69&trackID=0", "trackID=0", "/d?token=69&trackID=0/trackID=0"),
      // Absolute, with another port, another host, credentials.
      ("/main", nil, "rtsp://192.168.1.20:8554/?rtsp_tunnel&stream=video", "/?rtsp_tunnel&stream=video"),
      ("/main", nil, "rtsp://203.0.113.9/elsewhere/track1", "/elsewhere/track1"),
      ("/main", nil, "RTSP://admin:secret@192.168.1.20/main/trackID=1?mode=unicast", "/main/trackID=1?mode=unicast"),
      ("/main", "rtsp://192.168.1.108:554/live/", "track0", "/live/track0"),
      ("/main", "rtsp://[fd00::1]:554/live/", "track0", "/live/track0"),
      // No scheme.
      ("/main", "192.168.1.10:554/stream0/", "trackID=1", "/stream0/trackID=1"),
      ("/main", "/stream0/", "trackID=1", "/stream0/trackID=1"),
      // Rooted and query-only controls.
      ("/main", nil, "/main/track1", "/main/track1"),
      ("/main", nil, "/track1", "/main/track1"),
      ("/main?a=1", nil, "?track=2", "/main?track=2"),
      ("/", nil, "track0", "/track0"),
      ("/", nil, "/track0", "/track0"),
      // What can't stand in a request line.
      ("/main", nil, "track 1\u{e9}", "/main/track%201%c3%a9"),
    ] as [(String, String?, String?, String)])
  func controlsAreResolved(_ path: String, _ base: String?, _ control: String?, _ expected: String) throws {
    let request = try Self.url(path)
    let headers: RTSPHeaders = base.map { ["Content-Base": $0] } ?? [:]
    let resolved = ControlURL.resolve(control, base: ControlURL.base(request: request, headers: headers))
    #expect(resolved.path == expected)
    #expect(resolved.text == "rtsp://192.168.1.20:554" + expected, "never to another address")
  }

  @Test func theBaseIsTakenInTheStandardsOrder() throws {
    let request = try Self.url("/asked")
    #expect(ControlURL.base(request: request, headers: [:]).path == "/asked")
    #expect(ControlURL.base(request: request, headers: ["Content-Location": "rtsp://a/b"]).path == "/b")
    let both: RTSPHeaders = ["content-location": "rtsp://a/b", "CONTENT-BASE": "rtsp://a/c/"]
    #expect(ControlURL.base(request: request, headers: both).path == "/c/")
  }

  @Test func otherReadingsAreTriedAfterTheFirst() throws {
    let request = try Self.url("/cam?x=1")
    let base = ControlURL.base(request: request, headers: ["Content-Base": "rtsp://192.168.1.20/other/"])
    #expect(
      ControlURL.candidates("trackID=1", base: base, request: request).map(\.path)
        == ["/other/trackID=1", "/cam?x=1/trackID=1", "/cam/trackID=1?x=1"])
    #expect(ControlURL.candidates("*", base: base, request: request).map(\.path) == ["/other/", "/cam?x=1"])
  }

  @Test func tooLongAControlIsNotSent() throws {
    let request = try Self.url("/main")
    #expect(ControlURL.resolve(String(repeating: "a", count: 5000), base: request) == request)
  }
}
