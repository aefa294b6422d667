extension SelectedTrack {
  /// A session description (RFC 8866) of this track alone, in its one format: what a depacketizer needs, without addresses.
  public var standaloneDescription: String {
    let type = format.payloadType
    var map = "a=rtpmap:\(type) \(format.encoding)/\(clockRate)"
    if let channels = format.channels { map += "/\(channels)" }
    var lines = [
      "v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=track", "c=IN IP4 127.0.0.1", "t=0 0",
      "m=\(isVideo ? "video" : "audio") 0 RTP/AVP \(type)", map,
    ]
    if !format.parameters.isEmpty { lines.append("a=fmtp:\(type) \(ASCII.singleLine(format.parameters))") }
    return lines.joined(separator: "\r\n") + "\r\n"
  }
}
