/// Where a camera's footage lies when it isn't the data directory: a folder, and the volume that must be found there.
public struct MediaPlace: Hashable, Sendable {
  /// Absolute.
  public var path: String
  /// What the marker in the folder must say: a path alone may be another volume, or none.
  public var volume: RandomID

  public init(path: String, volume: RandomID) {
    self.path = path
    self.volume = volume
  }
}

extension MediaPlace: Codable {
  private enum Key: String, CodingKey { case path, volume }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    path = try values.decode(String.self, forKey: .path)
    guard path.hasPrefix("/") else {
      throw DecodingError.dataCorruptedError(forKey: .path, in: values, debugDescription: "not an absolute path")
    }
    guard let volume = RandomID(text: try values.decode(String.self, forKey: .volume)) else {
      throw DecodingError.dataCorruptedError(
        forKey: .volume, in: values, debugDescription: "not 32 lower-case hex digits")
    }
    self.volume = volume
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(path, forKey: .path)
    try values.encode(volume.text, forKey: .volume)
  }
}

extension CameraSettings {
  /// All the places besides the data directory that may hold the camera's footage, the one it is recorded to first.
  public var places: [MediaPlace] { (media.map { [$0] } ?? []) + earlierMedia }

  /// From now on the camera is recorded at `place`, or in the data directory. What was recorded elsewhere stays there
  /// and stays known.
  public mutating func moveRecording(to place: MediaPlace?) {
    earlierMedia = places.filter { $0.volume != place?.volume }
    media = place
  }

  /// Footage that lies at `path` is no longer looked for; where the camera is recorded now can't be forgotten.
  public mutating func forget(_ path: String) { earlierMedia.removeAll { $0.path == path } }
}
