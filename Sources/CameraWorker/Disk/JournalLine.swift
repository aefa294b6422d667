import Files
import Domain
import Recording

/// The journal's lines: what happened besides footage and events, one JSON object each. `t` is UTC in milliseconds.
enum JournalLine {
  private struct Line: Encodable {
    var t: Int64
    var kind: String
    var state: String?
    var stream: String?
    var cause: String?
    var file: String?
    var frames: Int?
    var from: Int64?
    var to: Int64?
    var counts: [String: Int]?
    var milliseconds: Int64?
  }

  private static func text(_ line: Line) -> String {
    // Strings and whole numbers can always be encoded.
    (try? JSONLine.encode(line)).map { String(decoding: $0, as: UTF8.self) } ?? "{\"kind\":\"lost\",\"t\":\(line.t)}"
  }

  static func state(_ time: WallTime, _ state: CameraState, cause: String?) -> String {
    text(Line(t: time.milliseconds, kind: "state", state: state.rawValue, cause: cause))
  }

  static func started(_ time: WallTime) -> String { text(Line(t: time.milliseconds, kind: "started")) }
  static func stopped(_ time: WallTime) -> String { text(Line(t: time.milliseconds, kind: "stopped")) }

  /// Nobody saw to the camera from `from` until now.
  static func away(_ time: WallTime, from: WallTime, machine: Bool, cause: String) -> String {
    text(
      Line(
        t: time.milliseconds, kind: "away", state: machine ? "machine" : "process", cause: cause,
        from: from.milliseconds, to: time.milliseconds))
  }

  static func recovered(_ time: WallTime, file: String) -> String {
    text(Line(t: time.milliseconds, kind: "recovered", file: file))
  }

  static func setAside(_ time: WallTime, file: String) -> String {
    text(Line(t: time.milliseconds, kind: "setAside", file: file))
  }

  static func disk(_ time: WallTime, stream: StreamRole, cause: String) -> String {
    text(Line(t: time.milliseconds, kind: "disk", stream: stream.rawValue, cause: cause))
  }

  /// Pictures that arrived and were not kept.
  static func dropped(
    _ time: WallTime, stream: StreamRole, frames: Int, from: WallTime, to: WallTime, cause: String
  ) -> String {
    text(
      Line(
        t: time.milliseconds, kind: "dropped", stream: stream.rawValue, cause: cause, frames: frames,
        from: from.milliseconds, to: to.milliseconds))
  }

  /// What was put right in the timestamps since the last such line.
  static func repairs(_ time: WallTime, stream: StreamRole, counts: [String: Int]) -> String {
    text(Line(t: time.milliseconds, kind: "repairs", stream: stream.rawValue, counts: counts))
  }

  /// A segment ended early.
  static func cut(_ time: WallTime, stream: StreamRole, cause: String) -> String {
    text(Line(t: time.milliseconds, kind: "cut", stream: stream.rawValue, cause: cause))
  }

  /// The wall clock stepped, by so much.
  static func clock(_ time: WallTime, by step: Duration) -> String {
    text(Line(t: time.milliseconds, kind: "clock", milliseconds: step.nanoseconds / 1_000_000))
  }

  /// Which device the camera is: `pinned` for the first time, `moved` to another address, or the same with a `change`;
  /// `stranger` when another one answers.
  static func device(_ time: WallTime, _ what: String, stream: StreamRole, cause: String) -> String {
    text(Line(t: time.milliseconds, kind: "device", state: what, stream: stream.rawValue, cause: cause))
  }
}
