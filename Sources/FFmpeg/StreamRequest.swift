public import Domain

/// What to open, and how long to wait for it. There are no options of the user's: nothing a person or a camera writes
/// becomes an option of libav.
public struct StreamRequest: Sendable {
  public var address: CameraAddress
  /// The address of the camera as a number (`192.168.1.20`, `fd00::20`), already resolved and allowed by the caller.
  /// libav connects to it and never asks a name server.
  public var numericHost: String
  public var user: String?
  public var password: Secret?
  public var transport: Transport
  /// Whether sound is asked for; the camera isn't told to send what nobody keeps.
  public var wantsAudio: Bool
  /// From the first SYN to the end of PLAY.
  public var openLimit: Duration
  /// How long a playing stream may go without a video packet; sound and sender reports don't count.
  public var silenceLimit: Duration
  /// Whether the password may be sent readable to a camera that knows no Digest. Many cheap cameras know none.
  public var allowsBasic: Bool
  /// Asked when the device wants a password, with what it said so far: `false` ends the opening before anything of the
  /// password is sent. Called on the opening thread; must not call into this target.
  public var mayLogIn: (@Sendable (Greeting) -> Bool)?

  public init(
    address: CameraAddress, numericHost: String, user: String? = nil, password: Secret? = nil,
    transport: Transport = .tcp, wantsAudio: Bool = false, openLimit: Duration = .seconds(10),
    silenceLimit: Duration = .seconds(10), allowsBasic: Bool = true
  ) {
    self.address = address
    self.numericHost = numericHost
    self.user = user
    self.password = password
    self.transport = transport
    self.wantsAudio = wantsAudio
    self.openLimit = openLimit
    self.silenceLimit = silenceLimit
    self.allowsBasic = allowsBasic
  }
}

/// Ticks of a timestamp: one tick is `numerator / denominator` seconds.
public struct TimeBase: Hashable, Sendable {
  public let numerator: Int32
  public let denominator: Int32

  public init(numerator: Int32, denominator: Int32) {
    self.numerator = numerator
    self.denominator = denominator
  }

  public func seconds(_ ticks: Int64) -> Double { Double(ticks) * Double(numerator) / Double(denominator) }

  /// How long so many ticks last, to the nanosecond: at most a century either way, and zero for a time base that can't be,
  /// since all three numbers may come from a file that anybody wrote.
  public func duration(_ ticks: Int64) -> Duration {
    let length = seconds(ticks)
    guard length.isFinite else { return .zero }
    let century = 3.2e9
    return .nanoseconds(Int64(min(max(length, -century), century) * 1e9))
  }
}

/// What the camera's description says about the picture. Its size stands in the parameter sets (see `PictureSize`).
public struct VideoStream: Hashable, Sendable {
  public let codec: VideoCodec
  /// Parameter sets in Annex B form with start codes, from the SDP; empty when the camera sends them in band only.
  /// (From a file: what the file holds, which for MP4 is an `avcC` or `hvcC` record.)
  public let parameterSets: [UInt8]
  /// 1/90000 for RTSP.
  public let timeBase: TimeBase
}

/// The sounds that are read; others are left out at opening and noted.
public enum AudioCodec: String, Hashable, Sendable {
  case aac, pcmMulaw, pcmAlaw
}

/// What the camera's description says about the sound.
public struct AudioStream: Hashable, Sendable {
  public let codec: AudioCodec
  /// Hertz.
  public let sampleRate: Int
  public let channels: Int
  /// The AudioSpecificConfig (ISO 14496-3 section 1.6.2.1) when `codec` is `aac`; empty otherwise.
  public let config: [UInt8]
  public let timeBase: TimeBase
}

/// What the device said about itself while the stream was opened: evidence of which device it is. Read from libav's
/// log, so that each part may be missing with another libav.
public struct Greeting: Hashable, Sendable {
  /// The `Server` header.
  public internal(set) var server: String?
  /// The realm of `WWW-Authenticate`, when the camera asked for a password.
  public internal(set) var realm: String?
  /// `Basic` or `Digest`, when the camera asked for a password.
  public internal(set) var authentication: String?
  /// The session description (SDP) as sent, cut at 16 KiB.
  public internal(set) var description: String?
}
