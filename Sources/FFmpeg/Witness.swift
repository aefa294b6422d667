internal import CFFmpeg
internal import Synchronization

/// Listens to what libav logs about one context, because its RTSP client keeps the camera's answers to itself: the
/// status, a redirect (which it follows), the realm, the server's name, the description; later, lost packets.
///
/// The words are libav's (rtsp.c, `ff_rtsp_read_reply`, the same from 5.1 to 7.1). Were they to change, errors would be
/// named less exactly and the greeting would be empty; nothing is let through that otherwise would not be, since
/// redirects are also stopped by the narrowed protocol list (see `Watch`).
final class Witness: Sendable {
  /// Larger answers than this are no camera's.
  static let longestContent = 65536
  static let longestLine = 4096

  struct State {
    var greeting = Greeting()
    /// The newest status line's number, 0 before the first.
    var status = 0
    /// Number and words of the newest status line, printable and short.
    var statusLine = ""
    var isRedirected = false
    var isNotRTSP = false
    /// UDP is to come from, and answers to go to, another address than the camera's.
    var isFromElsewhere = false
    var isTooLong = false
    /// Whoever answers is not to have the password.
    var isWithheld = false
    var bytesHeard = 0
    var bytesInLine = 0
    var atMessageStart = true
    var offersDigest = false
    var offersBasic = false
    var losses = 0
    /// The stream plays: status lines and bytes are RTP's now, and only losses count.
    var isSettled = false
  }

  private let state = Mutex(State())
  private let stopped = Atomic<Bool>(false)
  private let allowsBasic: Bool
  /// The only address that UDP may be exchanged with; `nil` when there is no UDP.
  private let peer: String?
  private let mayLogIn: (@Sendable (Greeting) -> Bool)?

  init(allowsBasic: Bool, peer: String? = nil, mayLogIn: (@Sendable (Greeting) -> Bool)? = nil) {
    self.allowsBasic = allowsBasic
    self.peer = peer
    self.mayLogIn = mayLogIn
  }

  /// Whether the camera answered something after which nothing more may be sent or read.
  var wantsStop: Bool { stopped.load(ordering: .relaxed) }
  var heard: State { state.withLock { $0 } }

  /// Ends the listening to answers; gives whether it was still going on.
  func settle() -> Bool {
    state.withLock { state in
      defer { state.isSettled = true }
      return !state.isSettled
    }
  }

  private static let byteFormat: StaticString = "ret=%d c="
  private static let lineFormat: StaticString = "line='%s'"
  private static let sdpFormat: StaticString = "SDP:\n%s"
  private static let missedFormat: StaticString = "RTP: missed "
  private static let orderFormat: StaticString = "RTP: PT="

  /// Whether a line that isn't a warning matters here: decided by its format, before anything is formatted.
  static func isInterested(in format: UnsafePointer<CChar>) -> Bool {
    starts(format, lineFormat) || starts(format, byteFormat) || starts(format, sdpFormat)
  }

  private static func starts(_ text: UnsafePointer<CChar>, _ prefix: StaticString) -> Bool {
    for index in 0..<prefix.utf8CodeUnitCount where UInt8(bitPattern: text[index]) != prefix.utf8Start[index] {
      return false
    }
    return true
  }

  func hear(_ text: String, level: Int32, format: UnsafePointer<CChar>) {
    state.withLock { state in
      if Self.starts(format, Self.missedFormat) || Self.starts(format, Self.orderFormat) {
        state.losses += 1
      } else if state.isSettled {
        return
      } else if Self.starts(format, Self.byteFormat) {
        // Other results are failures to read.
        guard text.hasPrefix("ret=1 ") else { return }
        state.bytesHeard += 1
        state.bytesInLine += 1
        if state.bytesInLine > Self.longestLine { state.isTooLong = true }
      } else if Self.starts(format, Self.lineFormat) {
        state.bytesInLine = 0
        hearLine(text.dropFirst(6).prefix { $0 != "\n" }.dropLast(), &state)
      } else if Self.starts(format, Self.sdpFormat) {
        state.greeting.description = String(text.dropFirst(5))
      }
      if state.isRedirected || state.isNotRTSP || state.isTooLong || state.isFromElsewhere {
        stopped.store(true, ordering: .relaxed)
      }
    }
  }

  private func hearLine(_ line: Substring, _ state: inout State) {
    guard !line.isEmpty else {
      // Only Basic is on offer, so libav would now send the password readable.
      if state.status == 401, state.offersBasic, !state.offersDigest, !allowsBasic {
        stopped.store(true, ordering: .relaxed)
      }
      if state.status == 401, let mayLogIn, !mayLogIn(state.greeting) {
        state.isWithheld = true
        stopped.store(true, ordering: .relaxed)
      }
      state.atMessageStart = true
      return
    }
    if state.atMessageStart {
      state.atMessageStart = false
      hearFirstLine(line, &state)
    } else if let value = Self.value(of: "server", line) {
      state.greeting.server = Self.printable(value)
    } else if let value = Self.value(of: "www-authenticate", line) {
      hearChallenge(value, &state)
    } else if let peer, let value = Self.value(of: "transport", line) {
      // RFC 2326 section 12.39. libav would send its reports and its first, empty packets there.
      let sources = value.split(whereSeparator: { $0 == ";" || $0 == "," }).filter { $0.hasPrefix("source=") }
      if sources.contains(where: { $0.dropFirst(7) != peer }) { state.isFromElsewhere = true }
    } else if let value = Self.value(of: "content-length", line) {
      guard let length = Int(value), length >= 0, length <= Self.longestContent else {
        state.isTooLong = true
        return
      }
    }
  }

  private func hearFirstLine(_ line: Substring, _ state: inout State) {
    let words = line.split(separator: " ", maxSplits: 2)
    if line.hasPrefix("RTSP/") {
      state.status = words.count > 1 ? Int(words[1]) ?? 0 : 0
      state.statusLine = Self.printable(words.dropFirst().joined(separator: " "))
      state.isRedirected = (300..<400).contains(state.status)
    } else if !(words.last?.hasPrefix("RTSP/") ?? false) {
      // A camera may ask something itself (OPTIONS, SET_PARAMETER); then the line ends in the version.
      state.isNotRTSP = true
    }
  }

  private func hearChallenge(_ value: Substring, _ state: inout State) {
    let scheme = value.prefix { $0 != " " }.lowercased()
    if scheme == "digest" { state.offersDigest = true }
    if scheme == "basic" { state.offersBasic = true }
    // The same preference as libav's: Digest wins.
    guard scheme == "digest" || (scheme == "basic" && !state.offersDigest) else { return }
    state.greeting.authentication = scheme == "digest" ? "Digest" : "Basic"
    let bytes = Array(value.utf8)
    let key = Array("realm=\"".utf8)
    for start in bytes.indices.dropLast(key.count) where bytes[start...].starts(with: key) {
      let realm = bytes[(start + key.count)...].prefix { $0 != UInt8(ascii: "\"") }
      state.greeting.realm = Self.printable(String(decoding: realm, as: UTF8.self))
      return
    }
  }

  /// The value of a header line whose name is `name` in any case; `name` is given in lower case.
  private static func value(of name: String, _ line: Substring) -> Substring? {
    guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name else { return nil }
    return line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
  }

  private static func printable(_ text: some StringProtocol) -> String {
    String(decoding: text.utf8.filter { $0 >= 0x20 && $0 < 0x7f }.prefix(200), as: UTF8.self)
  }
}

/// What libav's interrupt callback asks: the token, the witness, and once, the list of protocols.
///
/// libav's RTSP client follows a redirect inside `avformat_open_input`, to any host. It asks the callback for the first
/// time when the connection to the camera is already being made, and before it has read any answer; from then on no
/// further connection is needed, so TCP and TLS are taken off its list of allowed protocols there. A redirect then
/// fails before a name is looked up and before a packet leaves.
final class Watch {
  let token: InterruptToken
  let witness: Witness
  private let context: UnsafeMutablePointer<AVFormatContext>
  private let protocolsAfterConnecting: String
  private var isNarrowed = false
  private var hasFailed = false
  /// Whether libav was told to stop, and so breaks off what it does.
  private(set) var hasStopped = false

  init(
    token: InterruptToken, witness: Witness, context: UnsafeMutablePointer<AVFormatContext>,
    protocolsAfterConnecting: String
  ) {
    self.token = token
    self.witness = witness
    self.context = context
    self.protocolsAfterConnecting = protocolsAfterConnecting
  }

  /// Called by libav on the stream's own thread.
  func shouldStop() -> Bool {
    if !isNarrowed {
      isNarrowed = true
      hasFailed = av_opt_set(context, "protocol_whitelist", protocolsAfterConnecting, 0) < 0
    }
    guard hasFailed || token.shouldStop || witness.wantsStop else { return false }
    hasStopped = true
    return true
  }
}
