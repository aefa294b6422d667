import CameraWorker
import Domain
import Testing
import WorkerProtocol

@Suite struct DiskQueueTests {
  private func name(_ job: DiskJob) -> String {
    switch job {
    case .open: "open"
    case .write: "write"
    case .close: "close"
    case .event: "event"
    case .journal: "journal"
    case .filmstrip: "filmstrip"
    case .suppressed: "suppressed"
    case .finish: "finish"
    }
  }

  private func start(_ generation: Generation) -> SegmentStart {
    SegmentStart(
      role: .main, generation: generation, monotonic: .seconds(100), wall: WallTime(seconds: 1_795_469_070),
      clock: .synchronised)
  }

  private let note = DiskJob.journal(JournalEntry(.started, at: WallTime(seconds: 1_795_469_070)))

  @Test func jobsComeOutInTheirOrder() throws {
    let queue = DiskQueue(limitBytes: 1000)
    let generation = try Made.generation()
    for job in [
      DiskJob.open(start(generation)), .write(.main, Made.fragment(generation)), note, .close(.main), .finish,
    ] {
      #expect(queue.push(job))
    }
    #expect(queue.next().map(name) == ["open", "write", "journal", "close", "finish"])
  }

  @Test func aSlowDiskMakesItRefuseFragmentsUntilSomeAreWritten() throws {
    let queue = DiskQueue(limitBytes: 500)
    let fragment = Made.fragment(try Made.generation())  // 200 bytes.
    #expect(queue.push(.write(.main, fragment)))
    #expect(queue.push(.write(.main, fragment)))
    #expect(!queue.push(.write(.main, fragment)))
    #expect(queue.waitingBytes == 400)
    // They were taken out, and are in memory until they are on the disk.
    #expect(queue.next().count == 2)
    #expect(!queue.push(.write(.main, fragment)))
    queue.written(fragment)
    #expect(queue.push(.write(.main, fragment)))
  }

  @Test func whatEndsASegmentIsNeverRefused() throws {
    let queue = DiskQueue(limitBytes: 0)
    let generation = try Made.generation()
    #expect(!queue.push(.write(.main, Made.fragment(generation))))
    for _ in 0..<DiskQueue.mostJobs { queue.push(note) }
    #expect(!queue.push(note))
    #expect(!queue.push(.filmstrip(jpeg: [], at: WallTime(seconds: 0))))
    #expect(queue.push(.close(.main)))
    #expect(queue.push(.open(start(generation))))
    #expect(queue.push(.finish))
    #expect(queue.next().count == DiskQueue.mostJobs + 3)
  }

  @Test func aJobOfMoreThanFiveSecondsMeansThatTheDiskDoesNotAnswer() {
    let queue = DiskQueue(limitBytes: 1000)
    #expect(!queue.isStuck(now: .seconds(100)))
    queue.begin(now: .seconds(100))
    #expect(!queue.isStuck(now: .seconds(105)))
    #expect(queue.isStuck(now: .milliseconds(105_001)))
    // The job's end tells that it was said, once.
    #expect(queue.end())
    #expect(!queue.isStuck(now: .seconds(200)))
    queue.begin(now: .seconds(200))
    #expect(!queue.end())
  }

  @Test func aFailureIsToldOnceAndToItsStreamAlone() {
    let queue = DiskQueue(limitBytes: 1000)
    queue.reportFailure(.detect)
    #expect(!queue.takeFailure(.main))
    #expect(queue.takeFailure(.detect))
    #expect(!queue.takeFailure(.detect))
  }
}
