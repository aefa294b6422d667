import Domain
import Files
import FoundationEssentials
import Glibc
import Logging
import Settings
import Supervisor
import Synchronization
import Testing

/// The real supervisor over processes that only pretend: shell scripts that write down what they were given.
@Suite(.serialized) struct SupervisorProcessTests {
  @Test func workersGetTheirSecretsThroughThePipeAndEndInOrder() throws {
    let house = try PretendHouse(workerScript: "while read more; do echo \"$more\" >> \"$OUT/lines\"; exit 0; done")
    let camera = try house.addCamera("Front door", password: "open sesame")
    let run = house.run()
    try house.wait("the worker's configuration") { try house.has("configuration") }
    let configuration = try house.text("configuration")
    #expect(configuration.contains("\"password\":\"open sesame\""))
    #expect(configuration.contains(camera.text))
    try house.wait("the worker's command line") { try house.has("cmdline") }
    for name in ["cmdline", "environ"] { #expect(try !house.text(name).contains("sesame")) }
    #expect(try house.text("environ") == "OUT=\(house.out)\0")
    run.signal(SIGTERM)
    #expect(run.wait() == 0)
    #expect(try house.text("lines") == "{\"stop\":true}\n")
    #expect(run.said() == ["ready http://127.0.0.1:1/"])
    #expect(try house.text("order") == "server\nworker\nworker ended\nserver ended\n")
  }

  @Test func aKilledWorkerIsBackWithinFiveSecondsAndTheOtherGoesOn() throws {
    let house = try PretendHouse(workerScript: "echo $$ >> \"$OUT/pids\"; exec sleep 60")
    _ = try house.addCamera("One", password: nil)
    _ = try house.addCamera("Two", password: nil)
    let run = house.run()
    func pids() throws -> [Int32] { try house.text("pids").split(separator: "\n").compactMap { Int32($0) } }
    try house.wait("two workers") { try house.has("pids") && pids().count == 2 }
    let first = try pids()
    #expect(kill(first[0], SIGKILL) == 0)
    let killed = ContinuousClock.now
    try house.wait("the worker's return") { try pids().count == 3 }
    #expect(ContinuousClock.now - killed < .seconds(5))
    #expect(kill(first[1], 0) == 0)
    run.signal(SIGTERM)
    run.signal(SIGTERM)
    #expect(run.wait() == 0)
    for pid in try pids() { #expect(kill(pid, 0) != 0) }
  }

  /// A worker that never rests, in a household that gives it a twentieth of a processor.
  @Test func aWorkerThatNeverRestsGetsItsShareAndIsToldSo() throws {
    let busy =
      "exec 3<&0; while read more <&3; do echo \"$more\" >> \"$OUT/lines\"; done & echo $$ > \"$OUT/pids\"; while :; do :; done"
    let house = try PretendHouse(workerScript: busy, workerShare: 0.05)
    _ = try house.addCamera("Busy", password: nil)
    let run = house.run()
    try house.wait("the worker") { try house.has("pids") }
    let pid = try #require(Int32(house.text("pids").prefix { $0 != "\n" }))
    // Its burst is over when it is told: after five seconds of work, which may take its time on a busy machine.
    try house.wait("word that it is held back", seconds: 90) { try house.has("lines") }
    #expect(try house.text("lines") == "{\"heldBack\":true}\n")
    func used() throws -> Duration { try #require(processorTime(of: pid)) }
    let (began, before) = (ContinuousClock.now, try used())
    usleep(3_000_000)
    let share = try (used() - before) / (ContinuousClock.now - began)
    #expect(share < 0.1)
    // It goes on; on a machine that is busy with other things it may get less than its share.
    #expect(share > 0.01)
    run.signal(SIGTERM)
    run.signal(SIGTERM)
    #expect(run.wait() == 0)
    #expect(kill(pid, 0) != 0)
  }

  @Test func aNewCameraGetsAWorkerAndAChangedOneAFreshWorker() throws {
    let house = try PretendHouse(workerScript: "echo $$ >> \"$OUT/pids\"; read more; exit 0")
    let run = house.run()
    func count() throws -> Int { try house.has("pids") ? try house.text("pids").split(separator: "\n").count : 0 }
    let id = try house.addCamera("One", password: nil)
    try house.wait("the new camera's worker") { try count() == 1 }
    var settings = try house.folders.read(id)
    settings.record = .off
    try house.folders.update(settings)
    try house.wait("the worker with new settings") { try count() == 2 }
    #expect(try house.text("configuration").contains("\"record\":\"off\""))
    try house.folders.archive(id)
    try house.wait("the end of the archived camera's worker") {
      try house.text("order").split(separator: "\n").filter { $0 == "worker ended" }.count == 2
    }
    run.signal(SIGINT)
    #expect(run.wait() == 0)
    #expect(try count() == 2)
  }

  @Test func aRunningWorkerIsSentWhatItCanFollowAndStartsAnewWhenThatIsAskedFor() throws {
    let house = try PretendHouse(
      workerScript:
        "echo $$ >> \"$OUT/pids\"; while read more; do echo \"$more\" >> \"$OUT/lines\"; case $more in *stop*) exit 0;; esac; done"
    )
    let id = try house.addCamera("One", password: "old")
    let run = house.run()
    func count() throws -> Int { try house.has("pids") ? try house.text("pids").split(separator: "\n").count : 0 }
    try house.wait("the worker") { try count() == 1 }
    var settings = try house.folders.read(id)
    settings.retention.motionSeconds = 60
    try house.folders.update(settings)
    usleep(1_100_000)
    settings.name = "Porch"
    settings.motion.sensitivity = 80
    try house.folders.update(settings)
    try house.wait("the settings") { try house.has("lines") }
    let line = try house.text("lines")
    #expect(line.hasPrefix("{\"settings\":{") && line.contains("\"sensitivity\":80") && line.contains("\"Porch\""))
    #expect(line.split(separator: "\n").count == 1, "retention alone is nothing to tell a worker")
    try house.folders.update(settings)
    usleep(1_100_000)
    #expect(try count() == 1)
    try house.folders.update(settings, password: .set(Secret("old")))
    try house.wait("a new attempt with the password that was given again") { try count() == 2 }
    try house.folders.update(settings, password: .set(Secret("new")))
    try house.wait("the worker with the new password") { try count() == 3 }
    #expect(try house.text("configuration").contains("\"password\":\"new\""))
    try house.folders.trust(nil, of: id)
    try house.wait("the worker that begins anew") { try count() == 4 }
    run.signal(SIGTERM)
    #expect(run.wait() == 0)
  }

  @Test func aServerThatRefusesToStartEndsTheHouseWithItsCode() throws {
    let house = try PretendHouse(workerScript: "exit 0", serverScript: "exit 69")
    #expect(house.run().wait() == 69)
  }
}

private func processorTime(of pid: Int32) -> Duration? {
  var clock = clockid_t()
  var time = timespec()
  guard clock_getcpuclockid(pid, &clock) == 0, clock_gettime(clock, &time) == 0 else { return nil }
  return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}

/// A data directory and pretended executables.
private final class PretendHouse {
  let path: String
  let out: String
  let data: DataDirectory
  let folders: CameraFolders
  private let options: Supervisor.Options

  init(
    workerScript: String, serverScript: String = "echo ready http://127.0.0.1:1/; exec sleep 60",
    workerShare: Double = 2
  ) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "hearth-test-\(UUID().uuidString)")
    path = url.path
    out = "\(path)/out"
    try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
    data = try DataDirectory.open("\(path)/data")
    folders = CameraFolders(data: data)
    let worker = """
      read configuration; echo "$configuration" > "$OUT/configuration"
      cat /proc/$$/environ > "$OUT/environ"; cat /proc/$$/cmdline > "$OUT/cmdline"
      echo worker >> "$OUT/order"; trap 'echo worker ended >> "$OUT/order"' EXIT
      \(workerScript)
      """
    let server = """
      echo server >> "$OUT/order"; trap 'echo server ended >> "$OUT/order"; exit 0' TERM
      \(serverScript.replacing("exec sleep 60", with: "while true; do sleep 0.05; done"))
      """
    options = Supervisor.Options(
      server: ["/bin/sh", "-c", server], serverConfiguration: Array("{}".utf8), worker: ["/bin/sh", "-c", worker],
      environment: ["OUT=\(out)"], workerShare: workerShare)
  }

  deinit {
    do { try FileManager.default.removeItem(atPath: path) } catch { print("left behind: \(path): \(error)") }
  }

  func addCamera(_ name: String, password: String?) throws -> CameraID {
    var generator = SystemRandomNumberGenerator()
    let id = CameraID.mint(using: &generator)
    try folders.create(
      CameraSettings(
        id: id, name: name, main: try CameraAddress(scheme: .rtsp, host: "127.0.0.1", port: 554, path: "/")),
      password: password.map { Secret($0) })
    return id
  }

  func has(_ name: String) throws -> Bool {
    try FileManager.default.fileExists(atPath: "\(out)/\(name)") && !text(name).isEmpty
  }

  func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: "\(out)/\(name)")), as: UTF8.self)
  }

  /// Looks again and again until `condition` holds, for so long at most.
  func wait(_ what: String, seconds: Int = 10, _ condition: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while !(try condition()) {
      guard ContinuousClock.now < deadline else { throw Problem(.internalError, "waited for \(what)", next: "look") }
      usleep(10_000)
    }
  }

  func run() -> Run { Run(options: options, data: data) }

  /// A supervisor on a thread of its own, as its process' main thread would run it.
  final class Run: Sendable {
    private let signals: Descriptor
    private let lines = Mutex<[String]>([])
    private let code = Mutex<Int32?>(nil)

    init(options: Supervisor.Options, data: DataDirectory) {
      var ends: [Int32] = [-1, -1]
      precondition(pipe(&ends) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
      signals = Descriptor(owning: ends[1], path: "signals")
      let read = Descriptor(owning: ends[0], path: "signals")
      let thread = PThread { [self] in
        var log = Logger(label: "test")
        log.logLevel = .critical
        let supervisor = Supervisor(options: options, data: data, log: log) { [self] line in
          lines.withLock { $0.append(line) }
        }
        let result = (try? supervisor.run(signals: read)) ?? -1
        code.withLock { $0 = result }
      }
      thread.start()
    }

    func signal(_ number: Int32) {
      var byte = UInt8(number)
      _ = write(signals.number, &byte, 1)
    }

    func said() -> [String] { lines.withLock { $0 } }

    /// The exit code; -2 when it didn't end within eight seconds.
    func wait() -> Int32 {
      let deadline = ContinuousClock.now + .seconds(8)
      while ContinuousClock.now < deadline {
        if let code = code.withLock({ $0 }) { return code }
        usleep(10_000)
      }
      return -2
    }
  }
}

/// A detached thread that runs a closure.
private struct PThread {
  private final class Work {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  private let work: Work

  init(_ body: @escaping @Sendable () -> Void) { work = Work(body) }

  func start() {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(work).toOpaque()
    let code = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
        return nil
      }, context)
    precondition(code == 0)
    pthread_detach(thread)
  }
}
