import Domain
import Pinning

/// Devices for the tests: whole evidence, from which each test takes away or changes what it is about.
enum Devices {
  static func hardware(_ number: Int) -> HardwareAddress? {
    HardwareAddress(bytes: [0x02, 0, 0x5e, 0x10, UInt8(number >> 8 & 255), UInt8(number & 255)])
  }

  /// Camera `number` of a make: all of them share everything but hardware address and parameter sets.
  static func camera(_ number: Int, host: String? = nil, path: String = "/main") -> DeviceEvidence {
    DeviceEvidence(
      host: host ?? "192.168.1.\(20 + number)", port: 554, path: path, hardware: hardware(number),
      authentication: "Digest", realm: "IP Camera", server: "Hipcam RealServer/V1.0", session: "Media Presentation",
      layout: "video H264 trackID=0, audio PCMU trackID=1", parameterSets: "sets\(number)")
  }

  /// Another make's.
  static func other(_ number: Int) -> DeviceEvidence {
    DeviceEvidence(
      host: "192.168.1.\(20 + number)", port: 554, path: "/main", hardware: hardware(number), authentication: "Digest",
      realm: "Login to 4K", server: "Rtsp Server/3.0", session: "RTSP Session", layout: "video H265 track1",
      parameterSets: "sets\(number)")
  }

  static func changed(_ evidence: DeviceEvidence, _ change: (inout DeviceEvidence) -> Void) -> DeviceEvidence {
    var evidence = evidence
    change(&evidence)
    return evidence
  }

  static func verdict(_ pinned: DeviceEvidence?, _ seen: DeviceEvidence) -> DeviceVerdict {
    Judgement(pinned: pinned, seen: seen).verdict
  }
}
