import Domain
import Glibc
import Synchronization

/// Asks one device who it is by WS-Discovery, as ONVIF's cameras answer it (ONVIF Core Specification, section 7;
/// WS-Discovery 2005/04, section 5.3): a datagram to the device alone, which answers with the name of its endpoint, a UUID
/// that stays with it. Needs no password, unlike ONVIF's serial number. Who doesn't speak ONVIF doesn't answer.
public final class Discovery: Sendable {
  private let descriptor: Int32
  private let question: String
  private let found = Mutex<String?>(nil)

  /// Sends the question; the answer comes while the caller does something else.
  ///
  /// - Parameter host: a numeric address that the caller has found to be private.
  public init(asking host: String, using generator: inout some RandomNumberGenerator) {
    let digits = Array(Hex.encode((0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }))
    let groups = [digits[..<8], digits[8..<12], digits[12..<16], digits[16..<20], digits[20...]]
    question = "uuid:" + groups.map { String($0) }.joined(separator: "-")
    var address = sockaddr_storage()
    guard let number = IPAddress(host) else {
      descriptor = -1
      return
    }
    let length = Knocking.fill(&address, number, 3702)
    descriptor = socket(
      Int32(address.ss_family),
      Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return }
    // Connected, so that only the device itself is heard. Failing is like having no answer.
    let isConnected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) == 0 }
    }
    guard isConnected else { return }
    let probe = Array(DiscoveryMessages.probe(question).utf8)
    _ = send(descriptor, probe, probe.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// The endpoint's name, when the device has answered by now.
  public var endpoint: String? {
    guard descriptor >= 0 else { return nil }
    return found.withLock { found in
      var buffer = [UInt8](repeating: 0, count: 16 << 10)
      while found == nil {
        let got = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        guard got > 0 else { break }
        found = DiscoveryMessages.endpoint(in: buffer[..<got], answering: question)
      }
      return found
    }
  }
}

package enum DiscoveryMessages {
  package static func probe(_ id: String) -> String {
    """
    <?xml version="1.0" encoding="UTF-8"?>\
    <s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" \
    xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" \
    xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:n="http://www.onvif.org/ver10/network/wsdl">\
    <s:Header><a:MessageID>\(id)</a:MessageID><a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>\
    <a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action></s:Header>\
    <s:Body><d:Probe><d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe></s:Body></s:Envelope>
    """
  }

  /// The endpoint's name in a ProbeMatches message that answers `question`; `nil` for anything else.
  ///
  /// Not an XML parser: a device's name is either found at its place or not taken.
  package static func endpoint(in bytes: some Collection<UInt8>, answering question: String) -> String? {
    let text = Substring(decoding: bytes, as: UTF8.self)
    guard element("RelatesTo", in: text).map(trimmed) == Substring(question) else { return nil }
    guard let match = element("ProbeMatch", in: text), let reference = element("EndpointReference", in: match),
      let address = element("Address", in: reference).map(trimmed)
    else { return nil }
    let name = address.lowercased().split(separator: ":")
    guard let uuid = name.last, name.dropLast().last == "uuid", (8...64).contains(uuid.utf8.count),
      uuid.utf8.allSatisfy({
        $0 == UInt8(ascii: "-") || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
          || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0
      })
    else { return nil }
    return String(uuid)
  }

  /// What stands between `<prefix:name ...>` and `</prefix:name>`, the first time.
  private static func element(_ name: String, in text: Substring) -> Substring? {
    var rest = text
    while let open = rest.firstIndex(of: "<") {
      let tag = rest[rest.index(after: open)...].prefix { $0 != ">" }
      guard tag.endIndex < rest.endIndex else { return nil }
      let content = rest[rest.index(after: tag.endIndex)...]
      let full = tag.prefix { !$0.isWhitespace && $0 != "/" }
      if full.split(separator: ":").last == Substring(name), tag.last != "/", tag.first != "/" {
        return content.firstRange(of: "</\(full)>").map { content[..<$0.lowerBound] }
      }
      rest = content
    }
    return nil
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
