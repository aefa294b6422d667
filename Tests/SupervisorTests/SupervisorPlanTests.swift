import WorkerProtocol
import Domain
import Supervisor
import Testing

private typealias Action = SupervisorPlan.Action

private func camera(_ digit: Character) -> CameraID {
  guard let id = CameraID(text: String(repeating: digit, count: 32)) else { preconditionFailure("a hex digit") }
  return id
}

private let a = camera("a")
private let b = camera("b")

/// The first task of a worker; a higher number has another address, which needs a new start.
private func task(_ number: UInt16, _ change: (inout CameraSettings) -> Void = { _ in }) -> WorkerTask {
  guard let main = try? CameraAddress(scheme: .rtsp, host: "192.168.1.20", port: number, path: "/") else {
    preconditionFailure("the address is sound")
  }
  var settings = CameraSettings(id: a, name: "Porch", main: main)
  change(&settings)
  return WorkerTask(settings: settings)
}

/// A plan and the moments at which it was told things, in seconds.
private struct Script {
  var plan = SupervisorPlan()

  mutating func at(_ seconds: Double, _ fact: SupervisorPlan.Fact) -> [Action] {
    plan.handle(fact, now: .milliseconds(Int64((seconds * 1000).rounded())))
  }

  /// A house with these cameras, all running since second zero.
  static func running(_ cameras: CameraID...) -> Script {
    var script = Script()
    _ = script.at(0, .serverReady)
    _ = script.at(0, .cameras(Dictionary(uniqueKeysWithValues: cameras.map { ($0, task(1)) })))
    return script
  }
}

@Suite struct SupervisorPlanTests {
  @Test func theServerStartsFirstAndTheWorkersWhenItAnswers() {
    var script = Script()
    #expect(script.at(0, .cameras([a: task(1), b: task(1)])) == [.start(.server)])
    #expect(script.at(0.2, .serverReady) == [.start(.worker(a)), .start(.worker(b))])
    #expect(script.at(0.3, .tick) == [])
  }

  @Test func workersDoNotWaitForASlowServer() {
    var script = Script()
    #expect(script.at(0, .cameras([a: task(1)])) == [.start(.server)])
    #expect(script.plan.nextTick == .seconds(1))
    #expect(script.at(0.9, .tick) == [])
    #expect(script.at(1, .tick) == [.start(.worker(a))])
  }

  @Test(arguments: [64, 65, 69, 73, 77, 78] as [Int32])
  func aServerThatRefusesToStartEndsTheHouseWithItsCode(_ code: Int32) {
    var script = Script()
    #expect(script.at(0, .cameras([a: task(1)])) == [.start(.server)])
    #expect(script.at(0.1, .ended(.server, .exited(code))) == [.finish(code)])
    #expect(script.at(0.2, .tick) == [])
  }

  @Test func aServerThatRefusesAfterTheWorkersStartedStopsThemInOrder() {
    var script = Script()
    _ = script.at(0, .cameras([a: task(1)]))
    #expect(script.at(1, .tick) == [.start(.worker(a))])
    #expect(script.at(2, .ended(.server, .exited(69))) == [.tell(a, .stop)])
    #expect(script.at(2.5, .ended(.worker(a), .exited(0))) == [.finish(69)])
  }

  @Test func aServerThatCrashesBeforeItIsReadyIsStartedAgain() {
    var script = Script()
    _ = script.at(0, .cameras([:]))
    #expect(script.at(0.1, .ended(.server, .signalled(11))) == [])
    #expect(script.at(0.3, .tick) == [.start(.server)])
  }

  @Test func aServerThatFailsLaterIsStartedAgainWhateverItsCode() {
    var script = Script.running()
    #expect(script.at(5, .ended(.server, .exited(69))) == [])
    #expect(script.at(5.2, .tick) == [.start(.server)])
  }

  @Test func theFirstRestartAfterThirtySecondsIsAtOnce() {
    var script = Script.running(a)
    #expect(script.at(30, .ended(.worker(a), .signalled(9))) == [.start(.worker(a))])
  }

  @Test func howLongAGoodRunTakesIsAnArgument() {
    var script = Script.running(a)
    script.plan = SupervisorPlan(goodRun: .seconds(2))
    _ = script.at(0, .serverReady)
    _ = script.at(0, .cameras([a: task(1)]))
    #expect(script.at(2, .ended(.worker(a), .signalled(9))) == [.start(.worker(a))])
    #expect(script.at(3.9, .ended(.worker(a), .signalled(9))) == [])
  }

  @Test func aWorkerThatSaidItIsHealthyIsStartedAtOnce() {
    var script = Script.running(a)
    #expect(script.at(3, .line(a, .healthy)) == [])
    #expect(script.at(4, .ended(.worker(a), .signalled(9))) == [.start(.worker(a))])
  }

  @Test func delaysDoubleUpToFourSecondsSoThatNothingIsAwayForFive() {
    var script = Script.running(a)
    var now = 1.0
    var delays: [Double] = []
    for _ in 0..<8 {
      #expect(script.at(now, .ended(.worker(a), .signalled(9))) == [])
      let next = script.plan.nextTick?.inSeconds ?? 0
      delays.append(((next - now) * 10).rounded() / 10)
      #expect(script.at(next - 0.01, .tick) == [])
      #expect(script.at(next, .tick) == [.start(.worker(a))])
      now = next + 1
    }
    #expect(delays == [0.2, 0.4, 0.8, 1.6, 3.2, 4, 4, 4])
    // A good run makes up for it.
    #expect(script.at(now + 30, .ended(.worker(a), .signalled(9))) == [.start(.worker(a))])
    #expect(script.at(now + 31, .ended(.worker(a), .signalled(9))) == [])
    #expect(script.plan.nextTick == .milliseconds(Int64(((now + 31.2) * 1000).rounded())))
  }

  @Test func aWorkerThatCannotBeStartedIsTriedAgain() {
    var script = Script.running(a)
    #expect(script.at(0, .ended(.worker(a), .notStarted)) == [])
    #expect(script.at(0.2, .tick) == [.start(.worker(a))])
  }

  @Test func aWorkerThatRefusesItsSettingsWaitsForNewOnes() {
    var script = Script.running(a)
    #expect(script.at(1, .ended(.worker(a), .exited(78))) == [])
    #expect(script.at(59, .tick) == [])
    #expect(script.at(60, .cameras([a: task(2)])) == [.start(.worker(a))])
    #expect(script.at(61, .ended(.worker(a), .exited(78))) == [])
    #expect(script.at(121, .tick) == [.start(.worker(a))])
  }

  @Test func changedSettingsRestartThatWorkerAloneAndInOrder() {
    var script = Script.running(a, b)
    #expect(script.at(5, .cameras([a: task(2), b: task(1)])) == [.tell(a, .stop)])
    #expect(script.at(5.1, .cameras([a: task(2), b: task(1)])) == [])
    #expect(script.at(5.5, .ended(.worker(a), .exited(0))) == [.start(.worker(a))])
    #expect(script.at(6, .cameras([a: task(2), b: task(1)])) == [])
  }

  @Test func whatARunningWorkerCanFollowIsSentOnceAndStartsNothing() {
    var script = Script.running(a, b)
    let keen = task(1) { $0.motion.sensitivity = 80 }
    #expect(script.at(5, .cameras([a: keen, b: task(1)])) == [.tell(a, .settings(keen.settings))])
    #expect(script.at(5.5, .cameras([a: keen, b: task(1)])) == [])
    let renamed = task(1) {
      $0.motion.sensitivity = 80
      $0.name = "Back door"
    }
    #expect(script.at(6, .cameras([a: renamed, b: task(1)])) == [.tell(a, .settings(renamed.settings))])
    // One that dies is started with the newest, and is told nothing that it knows.
    #expect(script.at(40, .ended(.worker(a), .signalled(9))) == [.start(.worker(a))])
    #expect(script.at(41, .cameras([a: renamed, b: task(1)])) == [])
  }

  @Test func whatTheWorkerHasNoUseForChangesNothing() {
    var script = Script.running(a)
    #expect(script.at(5, .cameras([a: task(1) { $0.retention.motionSeconds = 60 }])) == [])
    #expect(script.at(6, .cameras([a: task(1)])) == [])
  }

  @Test func aSettingThatNeedsANewStartTakesTheOthersWithIt() {
    var script = Script.running(a)
    #expect(script.at(5, .cameras([a: task(2) { $0.motion.sensitivity = 80 }])) == [.tell(a, .stop)])
  }

  /// A change that was sent doesn't make a later one look smaller than it is.
  @Test func whatIsComparedIsWhatTheWorkerRunsWith() {
    var script = Script.running(a)
    let keen = task(1) { $0.motion.sensitivity = 80 }
    _ = script.at(5, .cameras([a: keen]))
    #expect(script.at(6, .cameras([a: task(1)])) == [.tell(a, .settings(task(1).settings))])
    #expect(script.at(7, .cameras([a: task(2)])) == [.tell(a, .stop)])
    // Changed again while it ends: the one that starts next reads it.
    #expect(script.at(7.1, .cameras([a: task(2) { $0.name = "Shed" }])) == [])
    #expect(script.at(7.2, .ended(.worker(a), .exited(0))) == [.start(.worker(a))])
    #expect(script.at(7.3, .cameras([a: task(2) { $0.name = "Shed" }])) == [])
  }

  @Test func aNewPasswordAndTheWishToBeginAnewStartAWorker() {
    let file = WorkerTask.FileVersion(inode: 1, modified: 0, bytes: 0)
    for new in [
      WorkerTask(settings: task(1).settings, secret: file), WorkerTask(settings: task(1).settings, restart: file),
      WorkerTask(settings: task(1).settings, volume: "mounted as 7"),
    ] {
      var script = Script.running(a)
      #expect(script.at(5, .cameras([a: new])) == [.tell(a, .stop)])
    }
  }

  @Test func aWorkerThatDoesNotEndForNewSettingsIsKilled() {
    var script = Script.running(a)
    #expect(script.at(5, .cameras([a: task(2)])) == [.tell(a, .stop)])
    #expect(script.plan.nextTick == .seconds(8))
    #expect(script.at(7.9, .tick) == [])
    #expect(script.at(8, .tick) == [.kill(.worker(a))])
    #expect(script.at(8.1, .tick) == [])
    #expect(script.at(8.2, .ended(.worker(a), .signalled(9))) == [.start(.worker(a))])
  }

  @Test func aNewCameraGetsAWorkerAndAnArchivedOneLosesIt() {
    var script = Script.running(a)
    #expect(script.at(5, .cameras([a: task(1), b: task(1)])) == [.start(.worker(b))])
    #expect(script.at(6, .cameras([b: task(1)])) == [.tell(a, .stop)])
    #expect(script.at(6.5, .ended(.worker(a), .exited(0))) == [])
    #expect(script.at(7, .tick) == [])
    // Taken back while it was still ending.
    #expect(script.at(8, .cameras([:])) == [.tell(b, .stop)])
    #expect(script.at(8.1, .cameras([b: task(1)])) == [])
    #expect(script.at(8.2, .ended(.worker(b), .exited(0))) == [.start(.worker(b))])
  }

  @Test func anArchivedCameraThatWaitsForItsRestartIsForgotten() {
    var script = Script.running(a)
    #expect(script.at(1, .ended(.worker(a), .signalled(9))) == [])
    #expect(script.at(1.1, .cameras([:])) == [])
    #expect(script.at(9, .tick) == [])
  }

  @Test func fourSlotsAreLentInTheOrderOfAsking() {
    let cameras = "123456".map(camera)
    var script = Script()
    _ = script.at(0, .serverReady)
    _ = script.at(0, .cameras(Dictionary(uniqueKeysWithValues: cameras.map { ($0, task(1)) })))
    var lent: [Action] = []
    for camera in cameras { lent += script.at(1, .line(camera, .wantSlot)) }
    #expect(lent == cameras.prefix(4).map { .tell($0, .slot) })
    #expect(script.at(2, .line(cameras[1], .releaseSlot)) == [.tell(cameras[4], .slot)])
    // A worker that dies gives its slot back.
    #expect(script.at(3, .ended(.worker(cameras[0]), .signalled(9))) == [.tell(cameras[5], .slot)])
  }

  @Test func aSlotThatIsNotGivenBackIsLentAgainAfterThirtySeconds() {
    let cameras = "12345".map(camera)
    var script = Script()
    _ = script.at(0, .serverReady)
    _ = script.at(0, .cameras(Dictionary(uniqueKeysWithValues: cameras.map { ($0, task(1)) })))
    for camera in cameras { _ = script.at(1, .line(camera, .wantSlot)) }
    #expect(script.plan.nextTick.map { $0 <= .seconds(31) } == true)
    #expect(script.at(30.9, .tick) == [])
    #expect(script.at(31, .tick) == [.tell(cameras[4], .slot)])
  }

  @Test func askingTwiceDoesNotGiveTwoSlots() {
    var script = Script.running(a)
    #expect(script.at(1, .line(a, .wantSlot)) == [.tell(a, .slot)])
    // Asked again: the worker has begun anew, so the old slot is void.
    #expect(script.at(2, .line(a, .wantSlot)) == [.tell(a, .slot)])
    #expect(script.at(3, .line(b, .wantSlot)) == [])
  }

  @Test func stoppingTellsTheWorkersAndThenTheServer() {
    var script = Script.running(a, b)
    #expect(script.at(10, .stop) == [.tell(a, .stop), .tell(b, .stop)])
    #expect(script.at(10.4, .ended(.worker(a), .exited(0))) == [])
    #expect(script.at(10.6, .ended(.worker(b), .exited(0))) == [.terminate(.server)])
    #expect(script.at(10.9, .ended(.server, .exited(0))) == [.finish(0)])
  }

  @Test func whatDoesNotStopIsKilledWithinFiveSeconds() {
    var script = Script.running(a)
    #expect(script.at(10, .stop) == [.tell(a, .stop)])
    #expect(script.at(12.9, .tick) == [])
    #expect(script.at(13, .tick) == [.kill(.worker(a))])
    #expect(script.at(13.1, .ended(.worker(a), .signalled(9))) == [.terminate(.server)])
    #expect(script.at(14.4, .tick) == [])
    #expect(script.at(14.5, .tick) == [.kill(.server)])
    #expect(script.at(14.6, .ended(.server, .signalled(9))) == [.finish(0)])
  }

  @Test func aSecondSignalEndsEverythingAtOnce() {
    var script = Script.running(a)
    #expect(script.at(10, .stop) == [.tell(a, .stop)])
    #expect(script.at(10.1, .stop) == [.terminate(.server), .kill(.server), .kill(.worker(a))])
    #expect(script.at(10.2, .ended(.worker(a), .signalled(9))) == [])
    #expect(script.at(10.2, .ended(.server, .signalled(9))) == [.finish(0)])
  }

  /// The supervisor looks around twice a second.
  private func ticks(_ script: inout Script, from: Double, to: Double) -> [Action] {
    var actions: [Action] = []
    var now = from
    while now <= to {
      actions += script.at(now, .tick)
      now += 0.5
    }
    return actions
  }

  @Test func aWorkerThatFallsSilentIsKilledOnceAndStartedAgain() {
    var script = Script.running(a, b)
    for second in stride(from: 0.0, through: 40, by: 2) {
      #expect(script.at(second, .line(a, .alive)) == [])
      #expect(script.at(second, .line(b, .alive)) == [])
      #expect(ticks(&script, from: second + 0.5, to: second + 1.5) == [])
    }
    // From second 40 on only `b` says anything.
    for second in stride(from: 42.0, through: 46, by: 2) {
      #expect(script.at(second, .line(b, .alive)) == [])
      #expect(ticks(&script, from: second, to: second + 1.5) == [])
    }
    #expect(script.plan.nextTick == .seconds(48))
    #expect(script.at(48, .line(b, .alive)) == [])
    #expect(script.at(48, .tick) == [.killHung(a)])
    #expect(script.at(48.5, .tick) == [])
    #expect(script.at(48.6, .ended(.worker(a), .signalled(9))) == [.start(.worker(a))])
  }

  @Test func aWorkerHasLongerForItsFirstWord() {
    var script = Script.running(a)
    #expect(ticks(&script, from: 0.5, to: 29.5) == [])
    #expect(script.at(30, .tick) == [.killHung(a)])
    // One that can't even end (it waits for a dead volume) is not replaced before it has.
    #expect(ticks(&script, from: 30.5, to: 100) == [])
  }

  @Test func whoeverStoodStillHimselfKillsNobody() {
    var script = Script.running(a, b)
    #expect(script.at(0, .line(a, .alive)) == [])
    #expect(ticks(&script, from: 0.5, to: 4) == [])
    // A minute in which the machine was paused; what was said is heard only after.
    #expect(script.at(64, .tick) == [])
    #expect(script.at(64.1, .line(a, .alive)) == [])
    #expect(ticks(&script, from: 64.5, to: 72) == [])
    #expect(script.at(72.2, .tick) == [.killHung(a)])
  }

  @Test func whatIsToEndIsNotKilledForItsSilence() {
    var script = Script.running(a)
    #expect(script.at(1, .line(a, .alive)) == [])
    #expect(script.at(5, .stop) == [.tell(a, .stop)])
    #expect(ticks(&script, from: 5.5, to: 9) == [.kill(.worker(a))])
  }

  @Test func nothingIsStartedOnceStoppingBegan() {
    var script = Script.running(a)
    #expect(script.at(1, .ended(.worker(a), .signalled(9))) == [])
    #expect(script.at(1.1, .stop) == [.terminate(.server)])
    #expect(script.at(1.2, .cameras([a: task(2), b: task(1)])) == [])
    #expect(script.at(1.3, .line(a, .wantSlot)) == [])
    #expect(script.at(1.4, .ended(.server, .exited(0))) == [.finish(0)])
  }
}
