public import Domain

/// A session's end described for its owner: what happened, and the one thing that helps. Names host and port, never a path or
/// a query, which may hold a password.
public struct SessionEndText: Hashable, Sendable {
  /// What happened.
  public let cause: String
  /// What to do next.
  public let next: String

  /// The description of an end.
  public init(_ end: SessionEnd, address: CameraAddress) {
    (cause, next) =
      Self.connection(end, "\(address.host) port \(address.port)") ?? Self.authentication(end) ?? Self.refusal(end)
      ?? Self.media(end)
  }

  private typealias Text = (String, String)
  private static let look = "check the address, and that the camera is on"

  private static func connection(_ end: SessionEnd, _ place: String) -> Text? {
    switch end {
    case .stopped: ("the session was ended", "nothing to do")
    case .notConnected(let words): ("no connection to \(place): \(words)", look)
    case .closed(nil):
      (
        "the camera closed the connection",
        "recording resumes automatically; if it happens often, check the camera's load and network"
      )
    case .closed(let method?):
      (
        "the camera closed the connection instead of answering \(method.rawValue)",
        "check its address and path; some cameras do that when too many are connected"
      )
    case .notRTSP:
      ("what answers at \(place) does not speak RTSP", "check the port: RTSP's is 554 unless the camera says otherwise")
    case .unreadable(.lostFraming):
      ("the camera's stream was damaged and could not be found again", "look at the camera's network")
    case .unreadable: ("what \(place) answers is longer than any camera's answer", "check the address and port")
    case .noAnswer(let method): ("\(place) did not answer \(method.rawValue)", look)
    case .silent(let duration):
      (
        "no video came from \(place) for \(duration.components.seconds) s",
        "check the camera's video in another player, and restart the camera"
      )
    case .sessionLost: ("the camera no longer knows the session", "recording resumes automatically in a new one")
    default: nil
    }
  }

  private static func authentication(_ end: SessionEnd) -> Text? {
    switch end {
    case .wrongPassword:
      (
        "the camera refuses this user and password",
        "check both; after too many wrong tries many cameras refuse for a while"
      )
    case .needsPassword: ("the camera asks for a user and password", "set both")
    case .passwordWithheld:
      ("another device asks for the password", "correct the address, or accept the device with `hearth camera trust`")
    case .notTheCamera:
      ("another device answers", "correct the address, or accept the device with `hearth camera trust`")
    case .downgraded:
      (
        "the camera asked for its password by Digest before, and now by Basic, which anybody in the network can read: it was not sent",
        "if you changed that in the camera, accept it with `hearth camera trust`; else look at what answers there"
      )
    case .basicNotAllowed:
      (
        "the camera asks for its password by Basic only, which anybody in the network can read",
        "set the camera's RTSP authentication to Digest, or allow Basic for it"
      )
    case .unknownAuthentication(let names):
      (
        names.isEmpty
          ? "the camera asks for a password without saying how"
          : "the camera asks for its password by \(names.joined(separator: ", ")), which is not known here",
        "set the camera's RTSP authentication to Digest with MD5 or SHA-256; the password itself was not refused"
      )
    case .forbidden:
      (
        "the camera forbids this user to see the stream (403)",
        "give the user the right to see it in the camera; the password was not refused"
      )
    default: nil
    }
  }

  private static func refusal(_ end: SessionEnd) -> Text? {
    switch end {
    case .notFound: ("the camera has no stream at the path that is set", "look the path up in the camera's manual")
    case .sessionLimit:
      (
        "the camera lets no further viewer in (453)",
        "close other apps that show it, raise the number of viewers in the camera, or leave out the detection stream"
      )
    case .busy: ("the camera is busy (503)", "close other apps that show it; it is retried automatically")
    case .refused(let method, let status):
      ("the camera answered \(method.rawValue) with \(status)", "check the path, and the camera's RTSP settings")
    case .redirected(let target):
      ("the camera redirects to \(target), which is not followed", "if that is right, set this address for the camera")
    case .transportRefused(.tcp, let status):
      ("the camera refuses TCP (\(status))", "set its transport to UDP (`--transport udp`)")
    case .transportRefused(.udp, let status):
      ("the camera refuses UDP (\(status))", "set its transport to TCP (`--transport tcp`)")
    default: nil
    }
  }

  private static func media(_ end: SessionEnd) -> Text {
    switch end {
    case .badDescription:
      ("the camera's description of its stream can't be read", "check the path; update the camera's firmware")
    case .noVideo: ("the camera describes no video at this path", "look the path up in the camera's manual")
    case .unsupportedVideo(let names):
      ("the camera sends \(names.joined(separator: ", ")), which is not recorded", "set the camera to H.264 or H.265")
    case .noPorts(let words): ("no ports for UDP: \(words)", "set its transport to TCP")
    case .sendsFromElsewhere(let host):
      ("the camera says that its media come from \(host), which is not its address", "set its transport to TCP")
    default: ("the session ended", look)
    }
  }
}
