/// What an owner or a log should know of a session that goes on.
public enum SessionNote: Hashable, Sendable {
  /// Why UDP is used although TCP was asked for.
  public enum Refusal: Hashable, Sendable {
    /// SETUP was answered with this status line.
    case answered(String)
    /// Nothing came over TCP.
    case silent
  }
  /// TCP was refused; UDP is tried.
  case udpInstead(Refusal)
  /// Audio was requested; only these encodings are offered.
  case audioNotKept([String])
  /// The camera refuses to send its audio, with this status line.
  case audioRefused(String)
  /// The camera sends its clients elsewhere on the same address.
  case redirected(to: String)
  /// Another way of keeping the session alive is used from now on.
  case keepalive([KeepaliveMethod])
  /// Bytes of the interleaved stream were lost or foreign; the next frame was found again.
  case skipped(bytes: Int)
  /// A description was shorter than promised, and taken as it came.
  case shortBody
  /// The camera announced something (its method), which changes nothing here.
  case announced(String)

  /// For an owner: what it is, and what helps.
  public var text: String {
    switch self {
    case .udpInstead(.answered(let status)):
      "this camera refuses TCP (\(status)), so UDP is used; set its transport to UDP to save the detour"
    case .udpInstead(.silent):
      "this camera sends nothing over TCP, so UDP is used; set its transport to UDP to save the detour"
    case .audioNotKept(let names):
      "the camera's audio (\(names.joined(separator: ", "))) can't be kept; set it to AAC or G.711"
    case .audioRefused(let status): "the camera refuses its audio (\(status)); video is recorded without it"
    case .redirected(let target):
      "the camera redirects to \(target), which is followed; set that address to save the detour"
    case .keepalive(let methods):
      "sessions are kept alive by \(methods.map(\.rawValue).joined(separator: ", ")) from now on"
    case .skipped(let bytes): "\(bytes) bytes of the camera's stream were damaged or lost"
    case .shortBody: "the camera's description is shorter than it says"
    case .announced(let method): "the camera sent \(method)"
    }
  }
}
