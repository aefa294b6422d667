import Pinning
import TestSupport
import Testing

@Suite struct SessionTraitsTests {
  static let description = """
    v=0\r
    o=StreamingServer 3331435948 1116907222000 IN IP4 192.168.1.20\r
    s=Media Presentation\r
    c=IN IP4 0.0.0.0\r
    t=0 0\r
    a=control:*\r
    m=video 0 RTP/AVP 96\r
    a=rtpmap:96 H264/90000\r
    a=fmtp:96 packetization-mode=1; profile-level-id=64001F; sprop-parameter-sets=Z2QAH6w=,aO48gA==\r
    a=control:rtsp://192.168.1.20:554/main/trackID=0?token=1234\r
    m=audio 0 RTP/AVP 0\r
    a=control:trackID=1\r
    """

  @Test func aDescriptionSaysWhoWroteItAndNotWhenOrWhere() {
    let traits = SessionTraits(description: Self.description)
    #expect(traits.session == "StreamingServer: Media Presentation")
    #expect(traits.layout == "video H264 trackID=0, audio  trackID=1")
    #expect(traits.parameterSets.utf8.count == 16)
    let elsewhere = Self.description.replacing("192.168.1.20", with: "10.0.0.7").replacing("3331435948", with: "7")
      .replacing("1234", with: "9")
    #expect(SessionTraits(description: elsewhere) == traits)
  }

  @Test func otherParameterSetsAreOthers() {
    let traits = SessionTraits(description: Self.description)
    let other = SessionTraits(description: Self.description.replacing("Z2QAH6w=", with: "Z2QAH6x="))
    #expect(other.parameterSets != traits.parameterSets)
    #expect(other.session == traits.session)
  }

  @Test func H265sSetsCountToo() {
    let sets = "m=video 0 RTP/AVP 96\na=fmtp:96 sprop-vps=QAEM;sprop-sps=QgEB;sprop-pps=RAHA\n"
    #expect(SessionTraits(description: sets).parameterSets != "")
    #expect(SessionTraits(description: sets) != SessionTraits(description: sets.replacing("QgEB", with: "QgEC")))
  }

  @Test func noDescriptionMakesTheReaderTrapOrGrow() {
    var generator = SeededGenerator(seed: 11)
    let good = Array(Self.description.utf8)
    for _ in 0..<3000 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...40, using: &generator) {
        bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      let traits = SessionTraits(description: String(decoding: bytes, as: UTF8.self))
      #expect(traits.session.utf8.count <= 170)
    }
    let many = String(repeating: "m=\(String(repeating: "x", count: 500))\na=control:y\n", count: 1000)
    #expect(SessionTraits(description: many).layout.utf8.count < 6000)
  }
}
