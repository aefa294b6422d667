/// An address in the shape that files, pipes and the API share.
public struct CodedAddress: Hashable, Sendable, Codable {
  public var address: CameraAddress

  public init(address: CameraAddress) { self.address = address }

  private enum Key: String, CodingKey { case scheme, host, port, path }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    let scheme = try values.decodeIfPresent(CameraAddress.Scheme.self, forKey: .scheme) ?? .rtsp
    let standard: UInt16 = scheme == .rtsp ? 554 : 322
    address = try CameraAddress(
      scheme: scheme, host: values.decode(String.self, forKey: .host),
      port: values.decodeIfPresent(UInt16.self, forKey: .port) ?? standard,
      path: values.decodeIfPresent(String.self, forKey: .path) ?? "/")
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(address.scheme, forKey: .scheme)
    try values.encode(address.host, forKey: .host)
    try values.encode(address.port, forKey: .port)
    try values.encode(address.path, forKey: .path)
  }
}
