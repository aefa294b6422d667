/// How a command ends (sysexits.h); the number scripts see.
public enum ExitCode: Int32, Sendable, CaseIterable, Codable {
  case usage = 64
  case data = 65
  case unavailable = 69
  case internalError = 70
  case cannotCreate = 73
  case inputOutput = 74
  case permission = 77
  case configuration = 78
}

/// An error for a person: what happened, where, and what to do next.
public struct Problem: Error, Sendable, CustomStringConvertible {
  public let exit: ExitCode
  public let what: String
  public let next: String
  /// The code of the layer that failed, when there is one.
  public let code: Code?

  /// A number as the layer below gave it. Each layer counts by itself: 2 is `ENOENT` for the kernel and an internal error
  /// for SQLite.
  public enum Code: Hashable, Sendable {
    /// errno(3), also where a function returns it.
    case system(Int32)
    /// An AVERROR of libav.
    case libav(Int32)
    /// An extended result code of SQLite.
    case sqlite(Int32)
    /// An `EAI_` code of getaddrinfo(3).
    case resolver(Int32)
  }

  public init(_ exit: ExitCode, _ what: String, next: String, code: Code? = nil) {
    self.exit = exit
    self.what = what
    self.next = next
    self.code = code
  }

  /// Whether a file or folder is not there. 2 is `ENOENT` on Linux; Domain has no C library to name it by.
  public var isNotFound: Bool { code == .system(2) }

  public var description: String { "\(what) — \(next)" }
}

/// Text that must not be shown: passwords, keys, tokens. Prints as `<redacted>` wherever it lands by accident; encoding
/// is untouched, so that files and pipes carry the real value where the code says so.
public struct Secret: Hashable, Sendable, Codable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  private let value: String

  public init(_ value: String) { self.value = value }

  public init(from decoder: any Decoder) throws {
    value = try decoder.singleValueContainer().decode(String.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }

  /// Hands the secret to the one place that needs it.
  public func reveal() -> String { value }
  public var isEmpty: Bool { value.isEmpty }

  public var description: String { "<redacted>" }
  public var debugDescription: String { "<redacted>" }
  public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}
