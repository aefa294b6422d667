import Domain
import Recording
import TestSupport
import Testing

struct TimestampRepairTests {
  /// Feeds packets (timestamp in 1/90000 s, arrival in ms) and gives the decode times in ms.
  private func decodeTimes(_ packets: [(Int64?, Int64)], _ repair: inout TimestampRepair) -> [Int64] {
    packets.map {
      repair.repair(presentation: $0.0, decode: nil, arrival: .milliseconds($0.1)).decode.nanoseconds / 1_000_000
    }
  }

  private func plain(_ count: Int64, from first: Int64 = 0, arriving: Int64 = 1000) -> [(Int64?, Int64)] {
    (0..<count).map { (first + $0 * 3600, arriving + $0 * 40) }
  }

  @Test func plainTimestampsKeepTheirSpacing() {
    var repair = TimestampRepair(mayReorder: false)
    #expect(decodeTimes(plain(5), &repair) == [1000, 1040, 1080, 1120, 1160])
    #expect(repair.counts == TimestampRepair.Counts())
  }

  @Test func jitterOfTheNetworkIsNotJitterOfTheFootage() {
    var repair = TimestampRepair(mayReorder: false)
    let late: [Int64] = [0, 25, 3, 60, 9, 0, 31]
    let packets = late.enumerated().map { (Int64?(Int64($0) * 3600), 1000 + Int64($0) * 40 + $1) }
    #expect(decodeTimes(packets, &repair) == [1000, 1040, 1080, 1120, 1160, 1200, 1240])
  }

  @Test func aStallAndTheBurstAfterItKeepTheirTrueTimes() {
    var repair = TimestampRepair(mayReorder: false)
    _ = decodeTimes(plain(100), &repair)
    // Three seconds of silence, then all at once.
    let burst = (Int64(100)..<175).map { (Int64?($0 * 3600), Int64(1000 + 100 * 40 + 3000)) }
    let times = decodeTimes(burst, &repair)
    #expect(times.first == 5000)
    #expect(times.last == 7960)
    #expect(repair.counts.total == 0)
  }

  @Test func aMissingTimestampTakesItsPlaceByArrival() {
    var repair = TimestampRepair(mayReorder: false)
    var packets = plain(4)
    packets[2].0 = nil
    #expect(decodeTimes(packets, &repair) == [1000, 1040, 1080, 1120])
    #expect(repair.counts.missing == 1)
  }

  @Test func theFirstPacketsMayLackTimestamps() {
    var repair = TimestampRepair(mayReorder: false)
    #expect(decodeTimes([(nil, 1000), (nil, 1040), (7200, 1080), (10800, 1120)], &repair) == [1000, 1040, 1080, 1120])
    #expect(repair.counts.missing == 2)
  }

  @Test func equalTimestampsStillIncrease() {
    var repair = TimestampRepair(mayReorder: false)
    let times = (0..<3).map { _ in repair.repair(presentation: 9000, decode: nil, arrival: .milliseconds(1000)).decode }
    #expect(times[0] < times[1] && times[1] < times[2])
    #expect(repair.counts.equal == 2)
  }

  @Test func aTimestampThatGoesBackIsReplacedByItsArrival() {
    var repair = TimestampRepair(mayReorder: false)
    let packets: [(Int64?, Int64)] = [(0, 1000), (3600, 1040), (1800, 1080), (5400, 1120), (9000, 1160)]
    #expect(decodeTimes(packets, &repair) == [1000, 1040, 1080, 1120, 1160])
    #expect(repair.counts.backwards == 1)
  }

  @Test(arguments: [Int64(5), 3600, -5, -3600, 100_000])
  func aJumpOfTheCamerasClockLeavesNoGap(_ seconds: Int64) {
    var repair = TimestampRepair(mayReorder: false)
    let start: Int64 = 1_000_000_000
    _ = decodeTimes(plain(50, from: start), &repair)
    let after = plain(50, from: start + 50 * 3600 + seconds * 90_000, arriving: 1000 + 50 * 40)
    let times = decodeTimes(after, &repair)
    #expect(times.first == 3000)
    #expect(times.last == 4960)
    #expect(repair.counts.jumps == 1)
    #expect(repair.counts.total == 1)
  }

  /// By as much as the sound of a camera began before its pictures, a few seconds into the session.
  @Test(arguments: [Int64(400), 600, 1000, 1380, 1499, 1501])
  func aSmallJumpForwardIsNoGapEither(_ milliseconds: Int64) {
    var repair = TimestampRepair(mayReorder: true)
    _ = decodeTimes(plain(140), &repair)
    let after = plain(100, from: 140 * 3600 + milliseconds * 90, arriving: 1000 + 140 * 40)
    let times = decodeTimes(after, &repair)
    #expect(times == (0..<100).map { 6600 + $0 * 40 })
    #expect(repair.counts.jumps == 1)
    #expect(repair.counts.total == 1)
  }

  @Test func picturesThatWereLostInAStallLeaveTheirGap() {
    var repair = TimestampRepair(mayReorder: false)
    _ = decodeTimes(plain(100), &repair)
    // Three seconds of silence, then the last of them at once: a camera had no room for the others.
    let burst = (Int64(150)..<175).map { (Int64?($0 * 3600), Int64(1000 + 100 * 40 + 3000)) }
    let times = decodeTimes(burst, &repair)
    #expect(times.first == 7000)
    #expect(times.last == 7960)
    #expect(repair.counts.total == 0)
  }

  @Test func aJumpTooLargeForAnyClockIsAJumpToo() {
    var repair = TimestampRepair(mayReorder: false)
    #expect(
      decodeTimes([(0, 1000), (.max - 5, 1040), (7, 1080), (.min + 90_000, 1120)], &repair) == [1000, 1040, 1080, 1120])
  }

  @Test(arguments: [32, 33])
  func aCounterThatBeginsAgainGoesOn(_ bits: Int64) {
    var repair = TimestampRepair(mayReorder: false)
    let end = Int64(1) << bits
    let packets = (0..<100).map { (Int64?((end - 180_000 + Int64($0) * 3600) % end), 1000 + Int64($0) * 40) }
    #expect(decodeTimes(packets, &repair) == (0..<100).map { 1000 + Int64($0) * 40 })
    #expect(repair.counts.wraps == 1)
    #expect(repair.counts.total == 1)
  }

  @Test func aGapInTheStreamStaysAGap() {
    var repair = TimestampRepair(mayReorder: false)
    _ = decodeTimes(plain(10), &repair)
    let times = decodeTimes([(10 * 3600 + 4 * 90_000, 1400 + 4000)], &repair)
    #expect(times == [5400])
    #expect(repair.counts.total == 0)
  }

  @Test func aCameraClockThatRunsFastIsFollowed() {
    var repair = TimestampRepair(mayReorder: false)
    // 500 parts per million: half a second in 1000 s.
    var last: Int64 = 0
    for frame in Int64(0)..<25_000 {
      let ticks = frame * 3600 + frame * 3600 * 500 / 1_000_000
      last = decodeTimes([(ticks, 1000 + frame * 40)], &repair)[0]
    }
    #expect(abs(last - (1000 + 24_999 * 40)) < 30)
    #expect(repair.counts.total == 0)
  }

  @Test func reorderedPicturesKeepTheirPresentationTimes() {
    var repair = TimestampRepair(mayReorder: true)
    // I P B B with decode times of their own, presentation two frames later.
    let packets: [(Int64, Int64)] = [(7200, 0), (18000, 3600), (10800, 7200), (14400, 10800)]
    let repaired = packets.enumerated().map {
      repair.repair(presentation: $1.0, decode: $1.1, arrival: .milliseconds(1000 + Int64($0) * 40))
    }
    #expect(repaired.map { $0.decode.nanoseconds / 1_000_000 } == [1000, 1040, 1080, 1120])
    #expect(repaired.map { $0.compositionOffset } == [80, 160, 40, 40].map { .milliseconds($0) })
    #expect(repair.counts.total == 0)
  }

  @Test func aStreamWithoutDecodeTimesThatGoesBackAllTheTimeCountsAsReordered() {
    var repair = TimestampRepair(mayReorder: true)
    // I P B B P B B ...: every third picture is sent first.
    var shown: [Int64] = []
    for sent in Int64(0)..<600 {
      let frame = sent == 0 ? 0 : sent % 3 == 1 ? sent + 2 : sent - 1
      let repaired = repair.repair(
        presentation: frame * 3600, decode: nil, arrival: .milliseconds(1000 + sent * 40))
      shown.append((repaired.decode + repaired.compositionOffset).nanoseconds / 1_000_000)
    }
    // Once noticed, the pictures are shown in their own order, 40 ms apart.
    let settled = shown.suffix(60).sorted().dropFirst(2).dropLast(2)
    #expect(zip(settled, settled.dropFirst()).allSatisfy { abs($1 - $0 - 40) <= 6 })
    #expect(repair.counts.backwards <= 5)
  }

  @Test func aTimeThatGoesBackNowAndThenIsAFaultAndNoReordering() {
    var repair = TimestampRepair(mayReorder: true)
    for frame in Int64(0)..<500 {
      let fault: Int64 = frame % 25 == 24 ? -7200 : 0
      let repaired = repair.repair(
        presentation: frame * 3600 + fault, decode: nil, arrival: .milliseconds(1000 + frame * 40))
      #expect(repaired.compositionOffset == .zero)
    }
    #expect(repair.counts.backwards == 20)
  }

  @Test(arguments: UInt64(1)...60)
  func decodeTimesAlwaysIncreaseAndStayNearTheirArrival(_ seed: UInt64) {
    // Spread, since neighbouring seeds of this generator share their numbers but for one.
    var random = SeededGenerator(seed: seed &* 0x9e37_79b9_7f4a_7c15)
    var repair = TimestampRepair(mayReorder: seed.isMultiple(of: 3))
    var ticks: Int64 = Int64.random(in: -1_000_000...1_000_000, using: &random)
    var arrival: Int64 = 1_000_000_000
    var last = Int64.min
    for _ in 0..<3000 {
      ticks &+= 3600
      arrival += 40_000_000
      switch Int.random(in: 0..<150, using: &random) {
      case 0: ticks &+= Int64.random(in: -900_000_000...900_000_000, using: &random)
      case 1: ticks = Int64.random(in: .min ... .max, using: &random)
      case 2: arrival += Int64.random(in: 0...4_000_000_000, using: &random)
      case 3: ticks &-= 3600
      default: break
      }
      let jitter = Int64.random(in: 0...30_000_000, using: &random)
      let given: Int64? = Int.random(in: 0..<50, using: &random) == 0 ? nil : ticks
      let repaired = repair.repair(
        presentation: given, decode: Bool.random(using: &random) ? given : nil,
        arrival: MonotonicTime(nanoseconds: arrival + jitter))
      #expect(repaired.decode.nanoseconds >= last &+ 11_112 || last == .min)
      #expect(abs(repaired.compositionOffset.nanoseconds) < 1_500_000_000)
      last = repaired.decode.nanoseconds
    }
    // Stalls lift the arrival; the axis follows it within what one jump may leave open.
    #expect(abs(last - arrival) < 8_000_000_000)
  }
}

struct AudioRulerTests {
  @Test func framesAreLaidEndToEndDespiteJitter() {
    var ruler = AudioRuler(sampleRate: 8000)
    let mapped: [Int64] = [1000, 1131, 1250, 1390]
    let placed = mapped.map { ruler.place(.milliseconds($0), samples: 1024).nanoseconds / 1_000_000 }
    #expect(placed == [1000, 1128, 1256, 1384])
    #expect(ruler.breaks == 0)
  }

  @Test func aGapInTheSoundStaysAGap() {
    var ruler = AudioRuler(sampleRate: 8000)
    _ = ruler.place(.milliseconds(1000), samples: 1024)
    #expect(ruler.place(.milliseconds(2000), samples: 1024) == .milliseconds(2000))
    #expect(ruler.breaks == 1)
  }

  @Test func soundNeverLiesOverItself() {
    var ruler = AudioRuler(sampleRate: 8000)
    _ = ruler.place(.milliseconds(1000), samples: 1024)
    #expect(ruler.place(.milliseconds(500), samples: 1024) == .milliseconds(1128))
  }
}

struct FragmentCutterTests {
  private func cuts(_ cutter: inout FragmentCutter, _ frames: [(Int64, Bool)], bytes: Int = 1000) -> [Int64] {
    frames.filter { cutter.endsBefore(decode: .milliseconds($0.0), isKeyframe: $0.1, bytes: bytes) }.map(\.0)
  }

  @Test func aFragmentEndsBeforeItWouldLastLongerThanItMay() {
    var cutter = FragmentCutter()
    let frames = (0..<50).map { (Int64($0) * 40, $0 == 0) }
    #expect(cuts(&cutter, frames) == [800, 1600])
  }

  @Test func aFragmentEndsBeforeEachKeyframe() {
    var cutter = FragmentCutter()
    let frames = (0..<50).map { (Int64($0) * 40, $0 % 15 == 0) }
    #expect(cuts(&cutter, frames) == [600, 1200, 1800])
  }

  @Test func slowStreamsGetAFragmentForEachPicture() {
    var cutter = FragmentCutter()
    #expect(cuts(&cutter, [(0, true), (1000, false), (2000, false)]) == [1000, 2000])
  }

  @Test func aFragmentEndsBeforeItGrowsTooLarge() {
    var cutter = FragmentCutter(largestBytes: 2500)
    #expect(cuts(&cutter, [(0, true), (40, false), (80, false), (120, false), (160, false)]) == [80, 160])
  }
}

struct ReconnectPolicyTests {
  @Test(arguments: UInt64(1)...20)
  func waitsAreBetweenOneSecondAndTheGrowingLimit(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var policy = ReconnectPolicy()
    for most in [2, 4, 8, 16, 32, 60, 60, 60] {
      guard case .retry(let wait) = policy.failed(.other, using: &random) else {
        Issue.record("an outage is always tried again")
        return
      }
      #expect(wait >= .seconds(1) && wait <= .seconds(most))
    }
  }

  @Test func waitsAreSpreadOverTheWholeRange() {
    var random = SeededGenerator(seed: 7)
    var waits: [Duration] = []
    for _ in 0..<200 {
      var policy = ReconnectPolicy()
      for _ in 0..<6 { _ = policy.failed(.other, using: &random) }
      if case .retry(let wait) = policy.failed(.other, using: &random) { waits.append(wait) }
    }
    #expect(waits.contains { $0 < .seconds(10) } && waits.contains { $0 > .seconds(50) })
  }

  @Test(arguments: UInt64(1)...20)
  func whoComesAndGoesIsNeverWaitedForLong(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var policy = ReconnectPolicy()
    for _ in 0..<12 {
      guard case .retry(let wait) = policy.failed(.other, using: &random) else {
        Issue.record("an outage is always tried again")
        return
      }
      #expect(wait <= .seconds(4))
      policy.glimpsed()
    }
    #expect(!policy.isFresh)
  }

  @Test func aWrongPasswordIsTriedOnceMoreAndThenHeld() {
    var random = SeededGenerator(seed: 1)
    var policy = ReconnectPolicy()
    guard case .retry = policy.failed(.wrongPassword, using: &random) else {
      Issue.record("the first refusal is tried again")
      return
    }
    #expect(policy.failed(.wrongPassword, using: &random) == .hold)
  }

  @Test func picturesForgetAllFailures() {
    var random = SeededGenerator(seed: 1)
    var policy = ReconnectPolicy()
    for _ in 0..<8 { _ = policy.failed(.other, using: &random) }
    _ = policy.failed(.wrongPassword, using: &random)
    policy.succeeded()
    #expect(policy.isFresh)
    guard case .retry(let wait) = policy.failed(.wrongPassword, using: &random) else {
      Issue.record("after pictures a refusal is a first one")
      return
    }
    #expect(wait <= .seconds(2))
  }
}
