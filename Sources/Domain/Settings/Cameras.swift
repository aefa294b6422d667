/// The camera's streams: the one that is kept at full quality, and the small one that motion is looked for in.
public enum StreamRole: String, Sendable, CaseIterable, Codable {
  case main, detect
}

public enum VideoCodec: String, Sendable, CaseIterable, Codable {
  case h264, h265
}

/// Whether and when a camera's main stream is kept.
public enum RecordMode: String, Sendable, CaseIterable, Codable {
  case continuous, motion, off
}

public enum Transport: String, Sendable, CaseIterable, Codable {
  case tcp, udp
}

/// What a camera is doing, as the API and the page name it.
public enum CameraState: String, Sendable, CaseIterable, Codable {
  /// Opening the connection, or waiting for its turn or for the first picture.
  case connecting
  /// Pictures arrive and footage is being written.
  case recording
  /// Pictures arrive; policy says that nothing is written at the moment.
  case watching
  /// No pictures; trying again by itself.
  case offline
  /// The camera refused the password; waits for new settings, since cameras lock accounts.
  case wrongPassword
  /// Another device answered at the address.
  case wrongDevice
  /// Switched off in the settings.
  case off
}

/// What one stream is made of, as far as the page and the API show it.
public struct StreamFacts: Hashable, Sendable, Codable {
  public var role: StreamRole
  public var codec: VideoCodec
  /// Pixels as shown, after cropping.
  public var width: Int
  public var height: Int
  /// Frames per second as measured; `nil` until two frames were seen.
  public var frameRate: Double?

  public init(role: StreamRole, codec: VideoCodec, width: Int, height: Int, frameRate: Double?) {
    self.role = role
    self.codec = codec
    self.width = width
    self.height = height
    self.frameRate = frameRate
  }
}
