import Fuzz
import Pinning
import Testing

@Suite struct DescriptionFuzzTests {
  /// Descriptions as cameras of several makes write them, in our own words.
  private static let seeds = [
    "v=0\r\no=- 1 1 IN IP4 192.168.1.20\r\ns=Session\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
      + "a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LAHtoCgL/lwEQ=,aM4PyA==\r\na=control:track1\r\n",
    "v=0\no=RTSP 9 9 IN IP4 0.0.0.0\ns=Media\nm=video 0 RTP/AVP 98\na=rtpmap:98 H265/90000\na=control:rtsp://a/b\n"
      + "m=audio 0 RTP/AVP 0\na=control:track2\n",
  ]

  @Test func anyDescriptionGivesTraitsOfBoundedLength() {
    Fuzz.run(Self.seeds.map { Array($0.utf8) }, words: ["m=", "a=", "\r\n", "sprop-parameter-sets=", ";", ","]) {
      bytes, round in
      let text = String(decoding: bytes, as: UTF8.self)
      let traits = SessionTraits(description: text)
      #expect(traits == SessionTraits(description: text), "round \(round)")
      #expect(traits.session.utf8.count < 1000 && traits.layout.utf8.count < 16_000, "round \(round)")
    }
  }
}
