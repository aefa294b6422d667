public import Domain

/// The one line that `hearth-camera probe` reads on standard input.
public struct ProbeRequest: Hashable, Sendable, Codable {
  public var address: CodedAddress
  /// A second stream to look at, with the same credentials.
  public var detect: CodedAddress?
  public var user: String?
  public var password: Secret?
  public var transport: Transport

  public init(
    address: CameraAddress, detect: CameraAddress? = nil, user: String? = nil, password: Secret? = nil,
    transport: Transport = .tcp
  ) {
    self.address = CodedAddress(address: address)
    self.detect = detect.map(CodedAddress.init)
    self.user = user
    self.password = password
    self.transport = transport
  }

  private enum CodingKeys: String, CodingKey { case address, detect, user, password, transport }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    address = try values.decode(CodedAddress.self, forKey: .address)
    detect = try values.decodeIfPresent(CodedAddress.self, forKey: .detect)
    user = try values.decodeIfPresent(String.self, forKey: .user)
    password = try values.decodeIfPresent(Secret.self, forKey: .password)
    transport = try values.decodeIfPresent(Transport.self, forKey: .transport) ?? .tcp
  }
}

/// What a camera offers.
public struct ProbeReport: Hashable, Sendable, Codable {
  public var main: ProbedStream
  public var detect: ProbedStream?
  /// Advice in whole sentences.
  public var notes: [String]

  public init(main: ProbedStream, detect: ProbedStream? = nil, notes: [String] = []) {
    self.main = main
    self.detect = detect
    self.notes = notes
  }
}

/// What one stream offers, as measured over a few seconds.
public struct ProbedStream: Hashable, Sendable, Codable {
  /// What becomes of the sound when it is recorded.
  public enum AudioFate: String, Sendable, Codable { case kept, transcoded, dropped }

  public struct Audio: Hashable, Sendable, Codable {
    /// The codec's usual name, such as `AAC` or `G.711 A-law`.
    public var codec: String
    public var sampleRate: Int
    public var channels: Int
    public var fate: AudioFate

    public init(codec: String, sampleRate: Int, channels: Int, fate: AudioFate) {
      self.codec = codec
      self.sampleRate = sampleRate
      self.channels = channels
      self.fate = fate
    }
  }

  public var codec: VideoCodec
  public var width: Int
  public var height: Int
  public var frameRate: Double?
  /// Seconds between keyframes; `nil` when fewer than two were seen.
  public var keyframeSeconds: Double?
  public var bitsPerSecond: Int?
  public var audio: Audio?
  /// The numeric address that answered.
  public var answeredBy: String
  /// How long the whole look took.
  public var millisecondsTaken: Int

  public init(
    codec: VideoCodec, width: Int, height: Int, frameRate: Double?, keyframeSeconds: Double?,
    bitsPerSecond: Int?, audio: Audio?, answeredBy: String, millisecondsTaken: Int
  ) {
    self.codec = codec
    self.width = width
    self.height = height
    self.frameRate = frameRate
    self.keyframeSeconds = keyframeSeconds
    self.bitsPerSecond = bitsPerSecond
    self.audio = audio
    self.answeredBy = answeredBy
    self.millisecondsTaken = millisecondsTaken
  }
}

/// A problem as one JSON line: `{"error":{"what","next","exit"}}`.
public struct ProblemLine: Hashable, Sendable, Codable {
  public struct Body: Hashable, Sendable, Codable {
    public var what: String
    public var next: String
    public var exit: Int32
  }
  public var error: Body

  public init(_ problem: Problem) {
    error = Body(what: problem.what, next: problem.next, exit: problem.exit.rawValue)
  }

  /// The problem again; an exit code that is not known becomes an internal error.
  public var problem: Problem {
    Problem(ExitCode(rawValue: error.exit) ?? .internalError, error.what, next: error.next)
  }
}
