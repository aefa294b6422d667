public import Domain

/// What was counted of one track.
public struct TrackStatistics: Hashable, Sendable {
  /// RTP packets handed on.
  public var received = 0
  /// Missing by their numbers.
  public var lost = 0
  /// Came after later ones.
  public var reordered = 0
  /// Came twice; not handed on.
  public var duplicates = 0
  /// Jumps of the numbering.
  public var restarts = 0
  /// Of another session's source; dropped.
  public var foreignSource = 0
  /// Of a payload type that wasn't described for the track; dropped.
  public var foreignPayload = 0
  /// Neither RTP nor RTCP; dropped.
  public var malformed = 0
  /// Times that the camera began a new source.
  public var sourceChanges = 0

  /// Nothing counted.
  public init() {}
}

/// One track's packets: told apart from what isn't the track's, put in order, counted (RFC 3550 sections 5, 6, 8, appendix A).
public struct TrackReceiver: Sendable {
  /// What comes of a packet.
  public enum Output: Hashable, Sendable {
    /// Media in order, and how many packets are missing before it.
    case packet(RTPPacket, missingBefore: Int)
    /// The camera's clock.
    case clock(SenderReport)
  }

  private let payloadTypes: Set<UInt8>
  private let clockRate: Int
  private let reporter: UInt32
  private var filter: SourceFilter
  private var reorder: ReorderBuffer?
  private var tracker = SequenceTracker()
  private var jitter = InterarrivalJitter()
  private var lastReport: (report: SenderReport, at: MonotonicTime)?
  private var reported = (expected: 0, lost: 0)
  private var foreignPayload = 0
  private var malformed = 0
  private var delivered = 0
  /// The interval between the track's frames.
  public private(set) var pace: StreamPace

  /// A receiver for a track that was just set up.
  ///
  /// - Parameters:
  ///   - expectedSource: what the camera's `Transport` header tells.
  ///   - reporter: our own source in receiver reports.
  ///   - pace: what was seen of this camera before.
  public init(
    _ track: SelectedTrack, transport: MediaTransport, expectedSource: UInt32?, reporter: UInt32,
    pace: StreamPace = StreamPace(), now: MonotonicTime
  ) {
    // Only the chosen format is kept; with none told, whatever comes.
    payloadTypes = [track.format.payloadType]
    clockRate = track.clockRate
    self.reporter = reporter
    self.pace = pace
    filter = SourceFilter(expected: expectedSource, now: now)
    reorder = transport == .udp ? ReorderBuffer() : nil
  }

  /// When `release` has something to do, at the earliest.
  public var deadline: MonotonicTime? { reorder?.deadline }
  /// The source whose packets are handed on.
  public var source: UInt32? { filter.current }
  /// The counts so far.
  public var statistics: TrackStatistics {
    var counts = TrackStatistics()
    counts.received = delivered
    counts.lost = tracker.lost
    counts.reordered = tracker.reordered
    counts.duplicates = tracker.duplicates
    counts.restarts = tracker.restarts
    counts.foreignSource = filter.foreign
    counts.foreignPayload = foreignPayload
    counts.malformed = malformed
    counts.sourceChanges = filter.changes
    return counts
  }

  /// Takes a packet of either of the track's channels or ports: some cameras send RTCP where RTP belongs, so the packet tells
  /// what it is (RFC 5761 section 4).
  public mutating func take(_ bytes: ArraySlice<UInt8>, now: MonotonicTime) -> [Output] {
    if let second = bytes.dropFirst().first, RTCPPacket.isType(second) { return takeControl(bytes, now: now) }
    guard let packet = RTPPacket(bytes) else {
      malformed += 1
      return []
    }
    guard payloadTypes.contains(packet.payloadType) else {
      foreignPayload += 1
      return []
    }
    switch filter.take(packet, spacing: pace.usual ?? .zero, now: now) {
    case .pass: return sort(packet, now: now)
    case .wait: return []
    case .changed(let packets):
      let before = deliver(reorder?.beginAgain() ?? [], now: now)
      tracker.beginAgain()
      jitter = InterarrivalJitter()
      return packets.reduce(into: before) { $0 += sort($1, now: now) }
    }
  }

  /// Gives packets that were waited with long enough.
  public mutating func release(now: MonotonicTime) -> [Output] {
    deliver(reorder?.release(now: now) ?? [], now: now)
  }

  /// A receiver report about the current source; `nil` before its first packet.
  public mutating func report(now: MonotonicTime) -> [UInt8]? {
    guard let source = filter.current, let highest = tracker.highest else { return nil }
    let expected = tracker.expectedInRun - reported.expected
    let lost = tracker.lostInRun - reported.lost
    reported = (tracker.expectedInRun, tracker.lostInRun)
    let fraction = expected > 0 && lost > 0 ? min(255, lost * 256 / expected) : 0
    let report = ReceiverReport(
      reporter: reporter, source: source, fractionLost: UInt8(fraction), lost: tracker.lostInRun, highest: highest,
      jitter: jitter.ticks, lastReport: lastReport?.report.middle ?? 0,
      delay: lastReport.map { delay(since: $0.at, now) } ?? 0)
    return report.serialized()
  }

  private func delay(since: MonotonicTime, _ now: MonotonicTime) -> UInt32 {
    let passed = (now - since).nanoseconds
    let (product, overflow) = max(0, passed).multipliedReportingOverflow(by: 65536)
    return overflow ? .max : UInt32(clamping: product / 1_000_000_000)
  }

  private mutating func takeControl(_ bytes: ArraySlice<UInt8>, now: MonotonicTime) -> [Output] {
    let (packets, isWhole) = RTCPPacket.all(in: bytes)
    if !isWhole { malformed += 1 }
    var output: [Output] = []
    for packet in packets {
      switch packet {
      case .senderReport(let report):
        // Another session's report would move this one's clock.
        guard filter.current == nil || report.ssrc == filter.current else { continue }
        lastReport = (report, now)
        output.append(.clock(report))
      case .goodbye(let sources):
        output += deliver(reorder?.flush() ?? [], now: now)
        filter.ended(sources)
        if filter.current == nil {
          tracker.beginAgain()
          _ = reorder?.beginAgain()
        }
      case .other: break
      }
    }
    return output
  }

  private mutating func sort(_ packet: RTPPacket, now: MonotonicTime) -> [Output] {
    guard reorder != nil else { return deliver([packet], now: now) }
    return deliver(reorder?.take(packet, now: now) ?? [], now: now)
  }

  private mutating func deliver(_ packets: [RTPPacket], now: MonotonicTime) -> [Output] {
    var output: [Output] = []
    for packet in packets {
      var missing = 0
      switch tracker.take(packet.sequence) {
      case .new(let count): missing = count
      case .late, .restart: break
      case .duplicate: continue
      }
      delivered += 1
      pace.take(timestamp: packet.timestamp, now: now)
      jitter.take(timestamp: packet.timestamp, clockRate: clockRate, now: now)
      output.append(.packet(packet, missingBefore: missing))
    }
    return output
  }
}

/// How unevenly packets come (RFC 3550 section 6.4.1 and appendix A.8).
struct InterarrivalJitter: Sendable {
  private var transit: UInt32?
  /// 16 times the estimate.
  private var scaled: UInt32 = 0

  /// The estimate, in ticks.
  var ticks: UInt32 { scaled >> 4 }

  mutating func take(timestamp: UInt32, clockRate: Int, now: MonotonicTime) {
    // Only differences matter, so that the arrival may wrap as the timestamp does.
    let seconds = now.nanoseconds / 1_000_000_000
    let rest = now.nanoseconds % 1_000_000_000
    let ticks = seconds &* Int64(clockRate) &+ rest &* Int64(clockRate) / 1_000_000_000
    let transit = UInt32(truncatingIfNeeded: ticks) &- timestamp
    defer { self.transit = transit }
    guard let before = self.transit else { return }
    let difference = Int32(bitPattern: transit &- before).magnitude
    scaled = scaled &+ min(difference, 1 << 24) &- ((scaled &+ 8) >> 4)
  }
}
