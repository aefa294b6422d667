internal import CFFmpeg
internal import Synchronization

/// What libav says while it works, bounded and without credentials. libav's log is process-wide, and so is this.
public enum FFmpegLog {
  public struct Line: Hashable, Sendable {
    /// libav's level: 0 panic, 8 fatal, 16 error, 24 warning.
    public let level: Int
    public let text: String
  }

  /// Kept lines; a broken stream makes libav say thousands.
  static let capacity = 200

  private struct Buffer {
    var lines: [Line] = []
    var dropped = 0
  }

  private static let buffer = Mutex(Buffer())
  private static let witnesses = Mutex<[UInt: Witness]>([:])

  private static let installed: Void = hearth_av_receive_log { context, level, format, arguments in
    guard let format, let arguments else { return }
    FFmpegLog.receive(context, level & 0xff, format, arguments)
  }

  /// Takes libav's log over, so that nothing goes to standard error. Called by every `open`; may be called earlier.
  public static func install() { installed }

  /// Never inlined: each Swift file that calls a header's function has what is static in it for itself, and this file is
  /// the one that libav's callback counts by.
  @inline(never)
  private static func listen(_ more: Int32) { hearth_av_listen(more) }

  /// The lines since the last call, oldest first, and how many were left out because they came too fast.
  public static func drain() -> (lines: [Line], dropped: Int) {
    buffer.withLock { buffer in
      defer { buffer = Buffer() }
      return (buffer.lines, buffer.dropped)
    }
  }

  /// Gives `witness` what libav says about `context`, until `dismiss`.
  static func summon(_ witness: Witness, for context: UnsafeMutablePointer<AVFormatContext>) {
    witnesses.withLock { $0[UInt(bitPattern: context)] = witness }
    // Only while a context is being opened does anything below a warning matter.
    listen(1)
  }

  /// The context is open: from now on its witness hears warnings only.
  static func settle(_ witness: Witness) {
    if witness.settle() { listen(-1) }
  }

  static func dismiss(_ context: UnsafeMutablePointer<AVFormatContext>) {
    guard let witness = witnesses.withLock({ $0.removeValue(forKey: UInt(bitPattern: context)) }) else { return }
    settle(witness)
  }

  private static func receive(
    _ context: UnsafeMutableRawPointer?, _ level: Int32, _ format: UnsafePointer<CChar>, _ arguments: CVaListPointer
  ) {
    let isKept = level <= AV_LOG_WARNING
    var witness: Witness?
    if isKept || Witness.isInterested(in: format) {
      witness = witnesses.withLock { $0[UInt(bitPattern: context)] }
    }
    guard isKept || witness != nil else { return }
    let text = formatted(context, level, format, arguments, capacity: isKept ? 1024 : 16384, prefixed: isKept)
    witness?.hear(text, level: level, format: format)
    if isKept { keep(text, level: Int(level)) }
  }

  private static func formatted(
    _ context: UnsafeMutableRawPointer?, _ level: Int32, _ format: UnsafePointer<CChar>, _ arguments: CVaListPointer,
    capacity: Int, prefixed: Bool
  ) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { line in
      guard let start = line.baseAddress else { return "" }
      var prefix: Int32 = prefixed ? 1 : 0
      av_log_format_line2(context, level, format, arguments, start, Int32(capacity), &prefix)
      return String(cString: start)
    }
  }

  private static func keep(_ text: String, level: Int) {
    let line = Line(level: level, text: scrubbed(text))
    buffer.withLock { buffer in
      if buffer.lines.count < capacity { buffer.lines.append(line) } else { buffer.dropped += 1 }
    }
  }

  /// Removes user-info from everything that looks like a URL, control characters, and the line's end. The user-info
  /// ends at the last `@` before white space or a quote: a password with an unescaped `@` or `/` goes as a whole.
  package static func scrubbed(_ text: String) -> String {
    var result: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "/"), result.suffix(2).elementsEqual(":/".utf8) {
        result.append(byte)
        let word = rest.prefix { $0 > 0x20 && $0 != UInt8(ascii: "'") && $0 != UInt8(ascii: "\"") }
        if let at = word.lastIndex(of: UInt8(ascii: "@")) {
          result.append(contentsOf: "<redacted>".utf8)
          rest = rest[at...]
        }
      } else if byte >= 0x20, byte != 0x7f {
        result.append(byte)
      } else if byte == UInt8(ascii: "\n"), !rest.isEmpty {
        result.append(UInt8(ascii: " "))
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
