/// Why a session ended.
public enum SessionEnd: Hashable, Sendable {
  /// The caller ended it.
  case stopped
  /// No connection, described by the caller.
  case notConnected(String)
  /// The camera closed the connection while it was to answer a request, or while it played.
  case closed(during: RTSPMethod?)
  /// What answers does not speak RTSP.
  case notRTSP
  /// A message longer than any camera's, or a stream whose frames were not found again.
  case unreadable(MessageError)
  /// A request was not answered in time.
  case noAnswer(RTSPMethod)
  /// It plays, and no video arrived for this long.
  case silent(Duration)
  /// 401 although user and password were sent.
  case wrongPassword
  /// 401, and no user is set.
  case needsPassword
  /// 401 from a device that does not pass for the camera: nothing of the password was sent.
  case passwordWithheld
  /// Asks for the password by Basic, and asked by Digest before.
  case downgraded
  /// Asks for the password by Basic, which is not allowed.
  case basicNotAllowed
  /// Asks for the password in ways that aren't known, by name.
  case unknownAuthentication([String])
  /// The device was judged not to be the camera.
  case notTheCamera
  /// 403: the camera forbids it, whatever the password.
  case forbidden
  /// 404: no stream at the path.
  case notFound
  /// 453: no further session.
  case sessionLimit
  /// 503: not now.
  case busy
  /// Another status, by the request and the status line.
  case refused(RTSPMethod, String)
  /// Redirected to where it isn't followed.
  case redirected(to: String)
  /// The description can't be read.
  case badDescription
  /// The description has no video.
  case noVideo
  /// Video in these encodings only.
  case unsupportedVideo([String])
  /// The camera refuses this transport, with its status line.
  case transportRefused(MediaTransport, String)
  /// The UDP ports could not be opened, described by the caller.
  case noPorts(String)
  /// Media are said to come from another address than the camera's.
  case sendsFromElsewhere(String)
  /// 454: the camera no longer knows the session.
  case sessionLost

  /// Whether this user and password were refused (401): see `PasswordRetry`. 403 is not that.
  public var isWrongPassword: Bool { self == .wrongPassword }

  /// Whether it speaks for another device than the camera.
  public var isAnotherDevice: Bool {
    switch self {
    case .passwordWithheld, .notTheCamera, .downgraded: true
    default: false
    }
  }

  /// Whether only the owner can change it: trying again soon brings nothing.
  public var isPermanent: Bool {
    switch self {
    case .needsPassword, .downgraded, .basicNotAllowed, .unknownAuthentication, .notFound, .redirected, .noVideo,
      .unsupportedVideo, .transportRefused, .forbidden:
      true
    default: false
    }
  }
}
