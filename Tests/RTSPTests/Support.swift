import Domain
import RTSP
import TestSupport

extension SeededGenerator {
  /// Spreads small seeds, since neighbouring ones share their numbers but for one.
  init(_ seed: UInt64) { self.init(seed: seed &* 0x2545_f491_4f6c_dd1d) }
}

extension Sequence {
  /// Every order of the elements.
  var permutations: [[Element]] {
    reduce(into: [[]]) { orders, element in
      orders = orders.flatMap { order in
        (0...order.count).map { Array(order[..<$0]) + [element] + Array(order[$0...]) }
      }
    }
  }
}

/// Bytes of a text.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// A text cut into pieces of random lengths.
func chunks(_ bytes: [UInt8], _ dice: inout SeededGenerator, longest: Int = 40) -> [[UInt8]] {
  var rest = bytes[...]
  var pieces: [[UInt8]] = []
  while !rest.isEmpty {
    let piece = rest.prefix(Int.random(in: 1...longest, using: &dice))
    pieces.append(Array(piece))
    rest = rest.dropFirst(piece.count)
  }
  return pieces
}

extension UInt32 {
  /// Four bytes, the highest one first.
  var bytes: [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: self >> $0) } }
}

/// Packets as cameras send them.
enum Packets {
  static func rtp(
    _ sequence: UInt16, timestamp: UInt32 = 0, ssrc: UInt32 = 0x1234_5678, type: UInt8 = 96, marker: Bool = false,
    payload: [UInt8] = [0x61, 1, 2, 3, 4, 5, 6, 7]
  ) -> [UInt8] {
    [0x80, type | (marker ? 0x80 : 0), UInt8(sequence >> 8), UInt8(sequence & 255)] + timestamp.bytes + ssrc.bytes
      + payload
  }

  static func senderReport(ssrc: UInt32 = 0x1234_5678, ntp: UInt64 = 0x8000_0000_4000_0000, timestamp: UInt32 = 90000)
    -> [UInt8]
  {
    [0x80, 200, 0, 6] + ssrc.bytes + UInt32(ntp >> 32).bytes + UInt32(truncatingIfNeeded: ntp).bytes + timestamp.bytes
      + UInt32(7).bytes + UInt32(700).bytes
  }

  static func goodbye(ssrc: UInt32 = 0x1234_5678) -> [UInt8] { [0x81, 203, 0, 1] + ssrc.bytes }

  static func frame(_ channel: UInt8, _ packet: [UInt8]) -> [UInt8] {
    InterleavedFrame.serialized(channel: channel, packet: packet) ?? []
  }
}

/// Descriptions in our own words, with the shapes that cameras use.
enum Descriptions {
  static let h264 = [
    "m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000",
    "a=fmtp:96 packetization-mode=1;profile-level-id=42C01F;sprop-parameter-sets=Z0LAH9oCgL/lwEQ=,aM4PyA==",
    "a=control:track0",
  ]
  static let h265 = ["m=video 0 RTP/AVP 98", "a=rtpmap:98 H265/90000", "a=control:track0"]
  static let pcmu = ["m=audio 0 RTP/AVP 0", "a=control:track1"]
  static let aac = [
    "m=audio 0 RTP/AVP 97", "a=rtpmap:97 MPEG4-GENERIC/16000/1",
    "a=fmtp:97 streamtype=5;mode=AAC-hbr;config=1408;sizelength=13;indexlength=3;indexdeltalength=3",
    "a=control:track1",
  ]
  static let opus = ["m=audio 0 RTP/AVP 101", "a=rtpmap:101 OPUS/48000/2", "a=control:opus"]
  static let talk = [
    "m=audio 0 RTP/AVP 0 97", "a=control:talk", "a=sendonly", "a=rtpmap:0 pcmu/8000", "a=rtpmap:97 opus/48000/2",
  ]
  static let metadata = ["m=application 0 RTP/AVP 107", "a=rtpmap:107 vnd.onvif.metadata/90000", "a=control:meta"]

  static func session(_ sections: [[String]], control: String? = "*", lineEnd: String = "\r\n") -> [UInt8] {
    let head = ["v=0", "o=- 1 1 IN IP4 192.168.1.20", "s=Front door", "c=IN IP4 0.0.0.0", "t=0 0"]
    let lines = head + (control.map { ["a=control:\($0)"] } ?? []) + sections.flatMap { $0 }
    return bytes(lines.joined(separator: lineEnd) + lineEnd)
  }
}

extension RTSPSession {
  /// A session for the tests.
  init(
    path: String = "/main", host: String = "192.168.1.20", user: String? = nil, password: String? = nil,
    learned: LearnedCamera = LearnedCamera(), seed: UInt64 = 1,
    _ change: (inout SessionConfiguration) -> Void = { _ in }
  ) throws {
    var configuration = SessionConfiguration(
      address: try CameraAddress(scheme: .rtsp, host: host, port: 554, path: path), numericHost: host, user: user,
      password: password.map { Secret($0) })
    change(&configuration)
    var dice = SeededGenerator(seed)
    self.init(configuration, learned: learned, using: &dice)
  }
}
