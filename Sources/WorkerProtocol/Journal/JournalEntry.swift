public import Domain

/// One line of a camera's journal: what happened besides footage and events. The worker appends it as a JSON object
/// (`{"kind":"cut","t":…}`), and the server reads it to explain missing footage.
public struct JournalEntry: Hashable, Sendable {
  /// When it was written.
  public var time: WallTime
  public var kind: Kind

  public init(_ kind: Kind, at time: WallTime) {
    self.kind = kind
    self.time = time
  }

  /// What happened.
  public enum Kind: Hashable, Sendable {
    /// The worker began.
    case started
    /// The worker ended in order.
    case stopped
    /// The camera's state changed.
    case state(CameraState, cause: String?)
    /// No worker was running between these moments, and the last one did not end in order.
    case away(from: WallTime, to: WallTime, isMachine: Bool, cause: String?)
    /// A segment that an earlier worker left open was finished. The path is below `media/`.
    case recovered(file: String)
    /// A file in which nothing could be verified was moved out of the way.
    case setAside(file: String)
    /// Footage could not be written.
    case disk(StreamRole, cause: String?)
    /// Frames that arrived and were not kept.
    case dropped(StreamRole, frames: Int, from: WallTime, to: WallTime, cause: String?)
    /// How many timestamps were repaired since the last such line, by fault.
    case repairs(StreamRole, counts: [String: Int])
    /// A segment ended early.
    case cut(StreamRole, cause: String?)
    /// The wall clock stepped, forwards when positive.
    case clock(step: Duration)
    /// What was found out about the device behind a stream.
    case device(DeviceChange, StreamRole, cause: String?)
  }

  public enum DeviceChange: String, Hashable, Sendable, Codable {
    /// Seen for the first time.
    case pinned
    /// The same device with another certificate, firmware or login.
    case changed
    /// The same device at another address.
    case moved
    /// Another device answered.
    case stranger
  }

  /// The stream that the line is about; `nil` when it is about the whole camera.
  public var stream: StreamRole? {
    switch kind {
    case .disk(let stream, _), .dropped(let stream, _, _, _, _), .repairs(let stream, _), .cut(let stream, _),
      .device(_, let stream, _):
      stream
    case .started, .stopped, .state, .away, .recovered, .setAside, .clock: nil
    }
  }
}

extension JournalEntry: Codable {
  /// `t`, `from` and `to` are UTC in milliseconds since 1970.
  private enum Key: String, CodingKey {
    case t, kind, state, stream, cause, file, frames, from, to, counts, milliseconds
  }

  private enum Word: String, Codable {
    case started, stopped, state, away, recovered, setAside, disk, dropped, repairs, cut, clock, device
  }

  /// - Throws: `DecodingError` for a kind that is not known, and for one that lacks what belongs to it.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    func text(_ key: Key) throws -> String { try values.decode(String.self, forKey: key) }
    func wall(_ key: Key) throws -> WallTime { WallTime(milliseconds: try values.decode(Int64.self, forKey: key)) }
    func stream() throws -> StreamRole { try values.decodeIfPresent(StreamRole.self, forKey: .stream) ?? .main }
    func cause() throws -> String? { try values.decodeIfPresent(String.self, forKey: .cause) }
    time = try wall(.t)
    switch try values.decode(Word.self, forKey: .kind) {
    case .started: kind = .started
    case .stopped: kind = .stopped
    case .state:
      kind = .state(try values.decode(CameraState.self, forKey: .state), cause: try cause())
    case .away:
      kind = .away(
        from: try wall(.from), to: try wall(.to),
        isMachine: try values.decodeIfPresent(String.self, forKey: .state) == "machine", cause: try cause())
    case .recovered: kind = .recovered(file: try text(.file))
    case .setAside: kind = .setAside(file: try text(.file))
    case .disk: kind = .disk(try stream(), cause: try cause())
    case .dropped:
      kind = .dropped(
        try stream(), frames: try values.decodeIfPresent(Int.self, forKey: .frames) ?? 0, from: try wall(.from),
        to: try wall(.to), cause: try cause())
    case .repairs: kind = .repairs(try stream(), counts: try values.decode([String: Int].self, forKey: .counts))
    case .cut: kind = .cut(try stream(), cause: try cause())
    case .clock: kind = .clock(step: .milliseconds(try values.decode(Int64.self, forKey: .milliseconds)))
    case .device:
      kind = .device(try values.decode(DeviceChange.self, forKey: .state), try stream(), cause: try cause())
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(time.milliseconds, forKey: .t)
    try values.encode(word, forKey: .kind)
    try values.encodeIfPresent(stream, forKey: .stream)
    switch kind {
    case .started, .stopped: break
    case .state(let state, let cause):
      try values.encode(state, forKey: .state)
      try values.encodeIfPresent(cause, forKey: .cause)
    case .away(let from, let to, let isMachine, let cause):
      try values.encode(isMachine ? "machine" : "process", forKey: .state)
      try values.encodeIfPresent(cause, forKey: .cause)
      try values.encode(from.milliseconds, forKey: .from)
      try values.encode(to.milliseconds, forKey: .to)
    case .recovered(let file), .setAside(let file): try values.encode(file, forKey: .file)
    case .disk(_, let cause), .cut(_, let cause): try values.encodeIfPresent(cause, forKey: .cause)
    case .dropped(_, let frames, let from, let to, let cause):
      try values.encode(frames, forKey: .frames)
      try values.encode(from.milliseconds, forKey: .from)
      try values.encode(to.milliseconds, forKey: .to)
      try values.encodeIfPresent(cause, forKey: .cause)
    case .repairs(_, let counts): try values.encode(counts, forKey: .counts)
    case .clock(let step): try values.encode(step.nanoseconds / 1_000_000, forKey: .milliseconds)
    case .device(let change, _, let cause):
      try values.encode(change, forKey: .state)
      try values.encodeIfPresent(cause, forKey: .cause)
    }
  }

  private var word: Word {
    switch kind {
    case .started: .started
    case .stopped: .stopped
    case .state: .state
    case .away: .away
    case .recovered: .recovered
    case .setAside: .setAside
    case .disk: .disk
    case .dropped: .dropped
    case .repairs: .repairs
    case .cut: .cut
    case .clock: .clock
    case .device: .device
    }
  }
}
