/// Reads a camera's side of a connection from chunks of any size: answers, requests of the server's own, and interleaved
/// frames (RFC 2326 sections 4, 7, 10.12).
///
/// Takes what real cameras send: lines that end in LF alone, empty lines between messages, junk before the first answer, a
/// missing reason, field names in any case, folded and repeated fields, a `Content-Length` that is too large, too small or
/// missing. When bytes of the interleaved stream were lost, the next frame is found by its head and by what follows it; a
/// torn frame costs itself alone.
///
/// Memory: one incomplete message or frame, so at most `MessageLimits.head`, `.body` or 65539 bytes, and the last chunk.
public struct MessageReader: Sendable {
  private let limits: MessageLimits
  /// Known once tracks are set up. Without it every frame is taken as it comes.
  public var channels = InterleavedChannels()
  private var buffer: [UInt8] = []
  private var position = 0
  /// How far the head at `position` was searched for its end.
  private var scanned = 0
  private var lines: [Range<Int>] = []
  /// A head whose body is still to come.
  private var head: MessageHead?
  private var hasReadMessage = false
  /// Bytes passed over since the stream lost its place; `nil` while it has it.
  private var searched: Int?

  /// A reader at the beginning of a connection.
  public init(limits: MessageLimits = MessageLimits()) { self.limits = limits }

  /// Whether headers were read whose body hasn't come completely. A camera that promised too much never sends the rest:
  /// see `takeBodyAsItIs`.
  public var isWaitingForBody: Bool { head != nil }

  /// Bytes that were received and not yet read.
  public var pendingBytes: Int { buffer.count - position }

  /// Adds what was received.
  public mutating func append(_ bytes: [UInt8]) {
    if position == buffer.count {
      buffer = bytes
    } else {
      if position > 0 { buffer.removeSubrange(..<position) }
      buffer += bytes
    }
    let moved = position
    position = 0
    scanned = max(0, scanned - moved)
    lines = lines.map { $0.lowerBound - moved..<$0.upperBound - moved }
  }

  /// The next message or frame; `nil` when more bytes are needed.
  ///
  /// - Throws: `MessageError`; nothing can be read of this connection after that.
  public mutating func next() throws(MessageError) -> RTSPMessage? {
    while true {
      if head != nil { return try body(force: false) }
      guard position < buffer.count else { return nil }
      if searched != nil {
        if let message = try search() { return message }
        if searched != nil { return nil }
        continue
      }
      switch MessageBoundary(buffer[position...]) {
      case .blank:
        advance(to: position + 1)
      case .undecided: return nil
      case .frame where hasReadMessage:
        if let message = frame() { return message }
        if searched == nil { return nil }
      case .message:
        if let message = try readHead() { return message }
        if head == nil && searched == nil { return nil }
      case .frame, .junk:
        if !hasReadMessage, buffer[position...].starts(with: Array("HTTP/".utf8)) { throw .notRTSP }
        searched = 0
      }
    }
  }

  /// Ends a body that doesn't come completely with what there is of it: for a camera whose `Content-Length` is too large or
  /// missing. `nil` when no body is awaited.
  public mutating func takeBodyAsItIs() throws(MessageError) -> RTSPMessage? {
    head == nil ? nil : try body(force: true)
  }
}

// MARK: Messages

extension MessageReader {
  private mutating func readHead() throws(MessageError) -> RTSPMessage? {
    scanned = max(scanned, position)
    var lineStart = lines.last.map { endOfLine(at: $0.upperBound) } ?? position
    while let end = buffer[max(scanned, lineStart)...].firstIndex(of: ASCII.lineFeed) {
      let isBare = end > lineStart && buffer[end - 1] == ASCII.carriageReturn
      let line = lineStart..<(isBare ? end - 1 : end)
      guard line.count <= limits.line, end - position <= limits.head else { throw .tooLong }
      scanned = end + 1
      lineStart = scanned
      if line.isEmpty { return try finishHead() }
      lines.append(line)
    }
    scanned = buffer.count
    guard buffer.count - lineStart <= limits.line, buffer.count - position <= limits.head else { throw .tooLong }
    return nil
  }

  /// The place after a line's end, which may be CR LF or LF.
  private func endOfLine(at end: Int) -> Int {
    buffer[end...].firstIndex(of: ASCII.lineFeed).map { $0 + 1 } ?? end
  }

  private mutating func finishHead() throws(MessageError) -> RTSPMessage? {
    let read = MessageHead(lines: lines.map { buffer[$0] }, limits: limits)
    lines = []
    guard let read else {
      // It began like a message and isn't one.
      guard hasReadMessage else { throw .notRTSP }
      searched = 0
      position += 1
      return nil
    }
    position = scanned
    hasReadMessage = true
    if let length = read.contentLength, length > limits.body { throw .tooLong }
    let hasBody = read.contentLength.map { $0 > 0 } ?? read.isDescription
    head = read
    return hasBody ? try body(force: false) : close(0, isWhole: true)
  }

  private mutating func close(_ count: Int, isWhole: Bool) -> RTSPMessage? {
    guard let head else { return nil }
    let end = position + count
    let message = head.message(body: Array(buffer[position..<end]), isWhole: isWhole)
    self.head = nil
    position = end
    scanned = end
    return message
  }

  private mutating func body(force: Bool) throws(MessageError) -> RTSPMessage? {
    guard let head else { return nil }
    let available = buffer.count - position
    guard let promised = head.contentLength, promised > 0 else { return try descriptionBody(force: force) }
    // The next message inside the body: more was promised than is there.
    if head.isDescription, let early = nextMessage(within: min(promised, available)) {
      return close(early, isWhole: false)
    }
    guard available >= promised else { return force ? close(available, isWhole: false) : nil }
    let extra = head.isDescription ? descriptionTail(from: position + promised) : 0
    guard promised + extra <= limits.body else { throw .tooLong }
    return close(promised + extra, isWhole: true)
  }

  /// A description without a length: lines of the form `x=...` up to what is none.
  private mutating func descriptionBody(force: Bool) throws(MessageError) -> RTSPMessage? {
    var end = position
    while let feed = buffer[end...].firstIndex(of: ASCII.lineFeed), Self.isDescriptionLine(buffer[end...feed]) {
      end = feed + 1
    }
    guard end - position <= limits.body, buffer.count - end <= limits.line else { throw .tooLong }
    let rest = buffer[end...]
    let isOver = force || (rest.contains(ASCII.lineFeed) || rest.first == ASCII.dollar)
    guard isOver else { return nil }
    if force, Self.isDescriptionLine(rest) { end = buffer.count }
    return close(end - position, isWhole: false)
  }

  /// How many bytes behind a description that was said to be complete still belong to it.
  private func descriptionTail(from start: Int) -> Int {
    var end = start
    // The line's own end may be the first that is missing.
    let next = buffer[start...].firstIndex { !ASCII.isLineEnd($0) } ?? start
    if next > start, let feed = buffer[next...].firstIndex(of: ASCII.lineFeed),
      Self.isDescriptionLine(buffer[next...feed])
    {
      end = feed + 1
    }
    while end < buffer.count, MessageBoundary(buffer[end...]) == .junk,
      let feed = buffer[end...].firstIndex(of: ASCII.lineFeed),
      end > start || Self.isText(buffer[end...feed])
    {
      guard end == start || Self.isDescriptionLine(buffer[end...feed]) else { break }
      end = feed + 1
    }
    return end - start
  }

  /// Where in the next `count` bytes a status line begins a line.
  private func nextMessage(within count: Int) -> Int? {
    let mark = Array("\nRTSP/1.0 ".utf8)
    guard count >= mark.count else { return nil }
    for start in position...(position + count - mark.count)
    where buffer[start] == ASCII.lineFeed && buffer[start...].starts(with: mark) {
      return start + 1 - position
    }
    return nil
  }

  private static func isDescriptionLine(_ line: ArraySlice<UInt8>) -> Bool {
    guard let first = line.first, ASCII.isLetter(first) else { return false }
    return line.dropFirst().first == UInt8(ascii: "=") && isText(line)
  }

  private static func isText(_ line: ArraySlice<UInt8>) -> Bool {
    line.allSatisfy { $0 >= 0x20 || $0 == ASCII.tab || ASCII.isLineEnd($0) }
  }
}

// MARK: Frames

extension MessageReader {
  private mutating func frame() -> RTSPMessage? {
    guard buffer.count - position >= 4 else { return nil }
    let end = position + 4 + length(at: position)
    guard end <= buffer.count else {
      // A head whose length was damaged would swallow what follows: only what looks like its packet is waited for.
      if !channels.isEmpty, buffer.count >= position + 6, length(at: position) >= 8,
        !channels.isPlausible(
          channel: buffer[position + 1], length: length(at: position), packet: buffer[(position + 4)...])
      {
        searched = 0
      }
      return nil
    }
    let frame = RTSPMessage.frame(InterleavedFrame(channel: buffer[position + 1], packet: buffer[position + 4..<end]))
    guard !channels.isEmpty, end < buffer.count, !isBoundary(at: end, depth: 1) else {
      advance(to: end)
      return frame
    }
    // What follows is no message: either this frame was torn, and the next one stands inside of what it claims, or it is
    // whole and something foreign follows.
    switch candidate(from: position + 1) {
    case .found(let place) where place < end:
      let lost = place - position
      advance(to: place)
      return .skipped(bytes: lost)
    case .found, .none:
      let isWhole = channels.isPlausible(
        channel: buffer[position + 1], length: end - position - 4, packet: buffer[position + 4..<end])
      let lost = isWhole ? 0 : end - position
      advance(to: end)
      searched = lost
      return isWhole ? frame : .skipped(bytes: lost)
    }
  }

  private mutating func advance(to place: Int) {
    position = place
    scanned = place
  }

  private func length(at place: Int) -> Int { Int(buffer[place + 2]) << 8 | Int(buffer[place + 3]) }

  /// Whether a message or a frame of this session may begin at a place, as far as it was received. A frame of a foreign
  /// channel is believed only when what follows it fits.
  private func isBoundary(at place: Int, depth: Int) -> Bool {
    switch MessageBoundary(buffer[place...]) {
    case .message, .undecided, .blank: return true
    case .junk: return false
    case .frame:
      guard place + 1 < buffer.count else { return true }
      if channels.contains(buffer[place + 1]) { return true }
      guard depth > 0, place + 4 <= buffer.count else { return false }
      let end = place + 4 + length(at: place)
      return end < buffer.count && isBoundary(at: end, depth: depth - 1)
    }
  }

  private enum Candidate {
    case found(Int)
    /// None before this place; what begins there isn't decided.
    case none(until: Int)
  }

  /// The first place at which a frame or a status line begins, judged by more than its first byte.
  private func candidate(from start: Int) -> Candidate {
    var place = start
    while place < buffer.count {
      let byte = buffer[place]
      if byte == ASCII.dollar, hasReadMessage {
        guard place + 6 <= buffer.count else { return .none(until: place) }
        if isFrame(at: place) { return .found(place) }
      } else if byte == UInt8(ascii: "R") || byte == UInt8(ascii: "r") {
        let rest = buffer[place...]
        guard rest.count >= 12 else {
          if MessageBoundary(rest) == .undecided || MessageBoundary(rest) == .message { return .none(until: place) }
          place += 1
          continue
        }
        if isStatusLine(rest) { return .found(place) }
      }
      place += 1
    }
    return .none(until: place)
  }

  private func isFrame(at place: Int) -> Bool {
    let length = length(at: place)
    let end = place + 4 + length
    guard
      channels.isPlausible(
        channel: buffer[place + 1], length: length, packet: buffer[place + 4..<min(end, buffer.count)])
    else { return false }
    return end >= buffer.count || isBoundary(at: end, depth: 1)
  }

  /// `RTSP/1.0 200`: what a status line begins with.
  private func isStatusLine(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard MessageBoundary(bytes) == .message else { return false }
    let line = String(decoding: bytes.prefix(64).prefix { !ASCII.isLineEnd($0) }, as: UTF8.self)
    let words = line.split(separator: " ")
    return words.count >= 2 && Int(words[1].prefix(3)) != nil
  }

  /// Goes on to the next frame or message after the stream lost its place.
  private mutating func search() throws(MessageError) -> RTSPMessage? {
    let before = searched ?? 0
    let place: Int
    let isFound: Bool
    switch candidate(from: position) {
    case .found(let found): (place, isFound) = (found, true)
    case .none(let until): (place, isFound) = (until, false)
    }
    let lost = place - position
    advance(to: place)
    guard before + lost <= (hasReadMessage ? limits.search : limits.junk) else {
      throw hasReadMessage ? .lostFraming : .notRTSP
    }
    searched = isFound ? nil : before + lost
    return lost > 0 ? .skipped(bytes: lost) : nil
  }
}
