internal import CFFmpeg

/// A call into libav that failed: which one, with which code, and what that means for whoever reads the camera.
public struct FFmpegError: Error, Sendable, CustomStringConvertible {
  /// What the failure means; the caller decides from this whether to try again, and when.
  public enum Kind: Hashable, Sendable {
    /// The camera wants another user or password (RTSP 401 or 403). Trying again at once may lock the account.
    case unauthorised
    /// What answers wants a password and isn't the device that was expected: nothing was sent to it.
    case withheld
    /// The camera has no stream of this path (RTSP 404).
    case notFound
    /// Nothing listens at this address and port (`ECONNREFUSED`).
    case refused
    /// The network has no way to the address.
    case unreachable
    /// No answer, or no picture, within the limit.
    case timedOut
    /// Something answers there, but it doesn't speak RTSP.
    case notRTSP
    /// The camera wants the recorder to go elsewhere (RTSP 3xx). Never followed.
    case redirected
    /// The camera describes a session without video.
    case noVideo
    /// The camera sends a codec that isn't read; the name is libav's.
    case unsupportedCodec(String)
    /// The picture is larger than the limit; refused before memory was taken for it.
    case tooLarge
    /// The camera closed the connection, or a file came to its end.
    case ended
    /// The token was cancelled.
    case cancelled
    /// Bytes that libav could not make sense of. A later packet may be fine.
    case invalidData
    /// Anything else; see `code`.
    case other
  }

  public let kind: Kind
  /// The AVERROR, or 0 when the refusal is our own.
  public let code: Int32
  /// What was being done, for the log: never holds an address or a password.
  public let operation: String
  /// libav's words for the code, or our own; free of credentials.
  public let text: String
  /// What the device said of itself before opening failed; `nil` when it said nothing.
  public internal(set) var greeting: Greeting?

  init(_ kind: Kind, code: Int32 = 0, operation: String, text: String) {
    self.kind = kind
    self.code = code
    self.operation = operation
    self.text = text
  }

  /// Makes the error of a code that libav returned.
  init(code: Int32, operation: String) {
    self.init(Self.kind(of: code), code: code, operation: operation, text: Self.text(of: code))
  }

  public var description: String { "\(operation): \(text)\(code == 0 ? "" : " (\(code))")" }

  static func kind(of code: Int32) -> Kind {
    switch code {
    case hearth_av_unauthorized, hearth_av_forbidden: .unauthorised
    case hearth_av_not_found: .notFound
    case hearth_av_refused: .refused
    case hearth_av_no_route, hearth_av_no_network: .unreachable
    case hearth_av_timed_out: .timedOut
    case hearth_av_eof, hearth_av_reset, hearth_av_pipe: .ended
    case hearth_av_exit: .cancelled
    case hearth_av_invalid_data: .invalidData
    default: .other
    }
  }

  private static func text(of code: Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      guard let start = buffer.baseAddress, av_strerror(code, start, buffer.count) >= 0 else { return "error \(code)" }
      return String(cString: start)
    }
  }
}

/// The one place where a libav result becomes an error.
@discardableResult
func check(_ code: Int32, _ operation: StaticString) throws(FFmpegError) -> Int32 {
  guard code >= 0 else { throw FFmpegError(code: code, operation: "\(operation)") }
  return code
}

/// The same for calls that give a pointer or nothing: they fail only when memory runs out or a part isn't built in.
func require<T>(_ value: T?, _ operation: StaticString) throws(FFmpegError) -> T {
  guard let value else { throw FFmpegError(code: hearth_av_no_memory, operation: "\(operation)") }
  return value
}
