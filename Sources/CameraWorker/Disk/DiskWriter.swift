import CLinux
import Domain
import Files
import MP4
import Retention
import Seal
import VaultWriter
import WorkerProtocol

/// Everything that touches the camera's folder, on one thread: leftovers of a dead worker first, then the jobs of the
/// queue in their order.
final class DiskWriter {
  private let vault: CameraVault
  private let queue: DiskQueue
  private let bulletin: Bulletin
  private let log: Log
  private let boot: RandomID
  private let left: SignOfLife.Left?
  /// `nil` for what is held apart, which counts for itself.
  private let numbers: SequenceMark?

  private struct Open {
    var writer: SegmentWriter
    var start: SegmentStart
    var fragments: UInt32 = 0
  }
  private var open: [StreamRole: Open] = [:]
  private var sequence: UInt64 = 0
  private var generator = SystemRandomNumberGenerator()
  /// After a failure new segments are tried at this pace, not at every keyframe.
  private var retryAt: MonotonicTime?
  /// The volume stands at its reserve: asked again at every keyframe, so that recording goes on as soon as there is room.
  private var isFull = false
  private let filmstrip: FilmstripWriter
  /// The newest picture of the filmstrip that was taken while nothing was recorded: a segment may begin before it.
  private var unrecorded: (jpeg: [UInt8], time: WallTime)?

  /// Pictures that came as far as here and could not be kept: told when writing goes on, at the latest after a while.
  private struct Lost { var frames: Int; var from: WallTime; var to: WallTime }
  private var lost: [StreamRole: Lost] = [:]
  private static let longestUntold = Duration.seconds(10)
  /// How each stream's media time and UTC go together in the segment that was last asked for.
  private var origins: [StreamRole: SegmentStart] = [:]
  /// What could not be written and is tried again: a journal and an event's record have nothing that could be out of step.
  private var journal: [JournalEntry] = []
  private var events: [EventID: EventJob] = [:]
  private static let mostUnwritten = 10_000
  private var gaveBackAt = SystemClock.monotonic()
  private static let giveBackEvery = Duration.seconds(20)
  /// A segment broke and was left as it is: it is finished as soon as writing works again.
  private var hasLeftovers = false

  init(
    vault: CameraVault, queue: DiskQueue, bulletin: Bulletin, log: Log, boot: RandomID, left: SignOfLife.Left? = nil,
    numbers: SequenceMark? = nil
  ) {
    self.vault = vault
    self.queue = queue
    self.bulletin = bulletin
    self.log = log
    self.boot = boot
    self.left = left
    self.numbers = numbers
    filmstrip = FilmstripWriter(in: vault)
  }

  /// Works until `.finish`.
  func run() {
    recover()
    while true {
      for job in queue.next() {
        queue.begin(now: SystemClock.monotonic())
        defer { answered(queue.end()) }
        switch job {
        case .open(let start): begin(start)
        case .write(let role, let pending):
          write(pending, role)
          queue.written(pending)
        case .close(let role): close(role)
        case .event(let job): write(job)
        case .journal(let entry): note(entry)
        case .filmstrip(let jpeg, let time): show(jpeg, time)
        case .suppressed(let lines, let time): note(lines, time)
        case .finish:
          for role in StreamRole.allCases {
            close(role)
            tellLost(role)
          }
          tryAgain()
          return
        }
      }
      for (role, lost) in lost where lost.to - lost.from > Self.longestUntold { tellLost(role) }
      tryAgain()
      giveBack()
    }
  }

  /// Frames that an event or a viewer held leave gaps in the heap that are returned to the system only on request.
  private func giveBack() {
    let now = SystemClock.monotonic()
    guard now - gaveBackAt >= Self.giveBackEvery else { return }
    gaveBackAt = now
    hearth_release_memory()
  }

  /// The disk has answered, after it was said that it doesn't.
  private func answered(_ late: Bool) {
    guard late, retryAt == nil, !isFull else { return }
    bulletin.set(disk: nil)
  }

  // MARK: Leftovers

  private func recover() {
    let now = SystemClock.wall()
    var lastEnd: WallTime?
    defer { noteAbsence(until: now, lastEnd) }
    do {
      lastEnd = try finishLeftovers()
      try recoverFilmstrip(now)
      for event in try vault.openEvents() { try end(event, at: lastEnd) }
    } catch {
      log.line("the camera's folder could not be looked through: \(error)")
    }
    do {
      sequence = max(try vault.nextSequence(), try numbers.map { try $0.highest() + 1 } ?? 1)
    } catch {
      // Names stay unique by their random part; only their order within the folder suffers.
      log.line("the segments could not be counted: \(error)")
      sequence = UInt64(max(1, SystemClock.wall().seconds))
    }
  }

  /// Tells the ledger since when nobody saw to the camera, when that came unexpectedly.
  private func noteAbsence(until now: WallTime, _ lastEnd: WallTime?) {
    guard let left else { return }
    // Footage can be younger than the last sign of life; neither may lie in a future that a wrong clock showed.
    let from = max(left.last, lastEnd ?? left.last)
    guard from < now else { return }
    note(.away(from: from, to: now, isMachine: !left.isSameBoot, cause: left.cause), now)
  }

  /// Finishes what was left open by an earlier worker, or by this one after a failure; what is being written is locked
  /// and left alone.
  ///
  /// - Returns: the end of the newest footage among it.
  private func finishLeftovers() throws -> WallTime? {
    let (recovered, problems) = try vault.recoverLeftovers()
    var lastEnd: WallTime?
    let now = SystemClock.wall()
    for one in recovered {
      switch one {
      case .finished(let segment):
        lastEnd = max(lastEnd ?? segment.end, segment.end)
        bulletin.announce(.segment(file: segment.file))
        note(.recovered(file: segment.file), now)
        log.line("finished \(segment.file), which was left open")
      case .setAside(let file):
        note(.setAside(file: file), now)
        log.line("set aside \(file): nothing in it could be verified")
      }
    }
    for problem in problems { log.line("a leftover could not be finished: \(problem)") }
    hasLeftovers = !problems.isEmpty
    return lastEnd
  }

  private func recoverFilmstrip(_ now: WallTime) throws {
    let (setAside, problems) = try vault.recoverFilmstrip()
    for file in setAside {
      note(.setAside(file: file), now)
      log.line("set aside \(file): it holds no picture of this camera")
    }
    for problem in problems { log.line("a sheet of the filmstrip could not be looked at: \(problem)") }
  }

  /// Closes an event that an earlier worker left running: it is known to have gone on until the last durable picture.
  private func end(_ left: Event, at lastEnd: WallTime?) throws {
    var event = left
    event.end = max(lastEnd ?? event.best, event.best, event.start + .milliseconds(1))
    bulletin.announce(.event(file: try vault.write(event)))
    log.line("closed an event that an earlier worker left running")
  }

  // MARK: Segments

  private func begin(_ start: SegmentStart) {
    close(start.role)
    origins[start.role] = start
    if let retryAt, SystemClock.monotonic() < retryAt {
      queue.reportFailure(start.role)
      return
    }
    let identity = SegmentIdentity(
      installation: vault.installation, segment: .mint(camera: vault.camera, using: &generator), stream: start.role,
      start: start.wall, monotonic: start.monotonic, clock: start.clock, boot: boot, sequence: sequence,
      codec: start.generation.video.codec, hasAudio: start.generation.sound != nil)
    do {
      guard try hasRoom(start.role) else { return }
      let writer = try SegmentWriter(in: vault, identity: identity, initialisation: start.generation.initialisation)
      remember(sequence)
      sequence += 1
      open[start.role] = Open(writer: writer, start: start)
      tellLost(start.role)
      if let (jpeg, time) = unrecorded, time >= start.wall { show(jpeg, time) }
      if retryAt != nil || isFull {
        retryAt = nil
        isFull = false
        bulletin.set(disk: nil)
      }
    } catch {
      return broke(start.role, "a segment could not be begun", error)
    }
    guard hasLeftovers else { return }
    do { _ = try finishLeftovers() } catch { log.line("what a failure left open could not be finished: \(error)") }
  }

  private func remember(_ sequence: UInt64) {
    do { try numbers?.note(sequence) } catch { log.line("a segment's number could not be kept: \(error)") }
  }

  private func write(_ pending: PendingFragment, _ role: StreamRole) {
    guard var target = open[role] else { return lose(pending, role) }
    do {
      guard try hasRoom(role) else { return lose(pending, role) }
      let fragment = try pending.render(sequence: target.fragments + 1, origin: target.start.monotonic)
      target.fragments += 1
      open[role] = target
      try target.writer.append(
        fragment.bytes, moofLength: fragment.moofLength, from: MediaTime(pending.start, since: target.start.monotonic),
        to: MediaTime(pending.end, since: target.start.monotonic))
    } catch {
      // A failed sync is never tried again and believed: the segment ends where it was durable, the next one begins.
      open[role] = nil
      do { try target.writer.abandon() } catch { log.line("a doubtful end could not be cut off: \(error)") }
      lose(pending, role)
      broke(role, "a fragment could not be written", error)
    }
  }

  private func close(_ role: StreamRole) {
    guard let target = open.removeValue(forKey: role) else { return }
    do {
      bulletin.announce(.segment(file: try target.writer.close().file))
    } catch {
      broke(role, "a segment could not be closed", error)
    }
  }

  /// Looks whether the volume still has more free than must stay so, and tells once when it has not. What is open ends in
  /// order then: its closing box, journals and databases find their room in the reserve.
  private func hasRoom(_ role: StreamRole) throws -> Bool {
    let space = try vault.media.volumeSpace()
    let reserve = DiskReserve(total: space.total, bytesPerSecond: 0)
    if reserve.mayWrite(free: space.free, hasStopped: isFull) { return true }
    close(role)
    queue.reportFailure(role)
    guard !isFull else { return false }
    isFull = true
    let cause = "the disk is full (\(ByteCount(space.free)) free)"
    log.line("\(cause): recording stops until there is room")
    bulletin.set(disk: cause)
    note(.disk(.main, cause: cause), SystemClock.wall())
    return false
  }

  private func lose(_ pending: PendingFragment, _ role: StreamRole) {
    guard let origin = origins[role] else { return }
    var sum = lost[role] ?? Lost(frames: 0, from: origin.wall(pending.start), to: origin.wall(pending.end))
    sum.frames += pending.video.count
    sum.to = origin.wall(pending.end)
    lost[role] = sum
  }

  private func tellLost(_ role: StreamRole) {
    guard let sum = lost.removeValue(forKey: role) else { return }
    note(
      .dropped(role, frames: sum.frames, from: sum.from, to: sum.to, cause: "it could not be written"),
      SystemClock.wall())
  }

  private func broke(_ role: StreamRole, _ what: String, _ error: any Error) {
    hasLeftovers = true
    queue.reportFailure(role)
    retryAt = SystemClock.monotonic() + .seconds(5)
    log.line("\(what): \(error)")
    let cause = (error as? Problem)?.what ?? "\(error)"
    note(.disk(role, cause: cause), SystemClock.wall())
    bulletin.set(disk: cause)
  }

  // MARK: Filmstrip, events and journal

  /// Adds a picture to the filmstrip, when footage of that time is being written: a camera that records on motion shows
  /// nothing of the quiet between, and a full disk takes no picture either.
  private func show(_ jpeg: [UInt8], _ time: WallTime) {
    unrecorded = open.isEmpty ? (jpeg, time) : nil
    guard !open.isEmpty else { return }
    do {
      try filmstrip.append(jpeg, at: time)
    } catch {
      log.line("a picture of the filmstrip could not be written: \(error)")
    }
  }

  private func write(_ job: EventJob) {
    do {
      if let jpeg = job.thumbnail { try vault.write(thumbnail: jpeg, of: job.event) }
    } catch {
      log.line("a thumbnail could not be written: \(error)")
    }
    do {
      // The record last: it is what is announced, and its thumbnail is there then.
      bulletin.announce(.event(file: try vault.write(job.event)))
      events[job.event.id] = nil
    } catch {
      if events[job.event.id] == nil { log.line("an event could not be written: \(error)") }
      guard events.count < Self.mostUnwritten else { return }
      events[job.event.id] = EventJob(event: job.event, thumbnail: job.thumbnail ?? events[job.event.id]?.thumbnail)
    }
  }

  private func note(_ lines: [SuppressedLine], _ time: WallTime) {
    do {
      var text: [UInt8] = []
      for line in lines { text += try JSONLine.encode(line) + [0x0a] }
      try vault.add(text, toDayFile: time.day.text + SuppressedLine.ending)
    } catch {
      log.line("what was not reported could not be written down: \(error)")
    }
  }

  private func note(_ kind: JournalEntry.Kind, _ time: WallTime) { note(JournalEntry(kind, at: time)) }

  private func note(_ entry: JournalEntry) {
    guard journal.count < Self.mostUnwritten else { return }
    journal.append(entry)
    if journal.count == 1, let problem = writeJournal() { log.line("the journal could not be written: \(problem)") }
  }

  /// Writes the lines that wait, in their order.
  ///
  /// - Returns: what kept them from being written.
  private func writeJournal() -> (any Error)? {
    while let entry = journal.first {
      do { bulletin.announce(.journal(file: try vault.note(entry.line, at: entry.time))) } catch { return error }
      journal.removeFirst()
    }
    return nil
  }

  private func tryAgain() {
    if !journal.isEmpty { _ = writeJournal() }
    for job in events.values { write(job) }
  }
}
