import Domain
import Recording
import TestSupport
import Testing

typealias Plan = RecordingPlan<Int>

/// A fragment of one second that begins at `second`; its payload is the second.
func fragment(_ second: Int64, key: Bool = true, bytes: Int = 100_000, generation: UInt32 = 1) -> Plan.Fragment {
  Plan.Fragment(
    payload: Int(second), start: .seconds(second), end: .seconds(second + 1), bytes: bytes, startsWithKeyframe: key,
    generation: generation)
}

/// Actions as short words, for scripts: `open@5 write5 close(length)`.
func words(_ actions: [Plan.Action]) -> String {
  actions.map { action in
    switch action {
    case .open(let start, let generation): "open@\(start.nanoseconds / 1_000_000_000)/\(generation)"
    case .write(let fragment): "write\(fragment.payload)"
    case .close(let cause): "close(\(cause.rawValue))"
    case .discard(let fragment): "discard\(fragment.payload)"
    }
  }.joined(separator: " ")
}

struct RecordingPlanTests {
  @Test func continuousFootageBeginsAtTheFirstKeyframe() {
    var plan = Plan(mode: .continuous)
    #expect(words(plan.handle(.fragment(fragment(1, key: false)))) == "discard1")
    #expect(words(plan.handle(.fragment(fragment(2)))) == "open@2/1 write2")
    #expect(words(plan.handle(.fragment(fragment(3, key: false)))) == "write3")
    #expect(plan.isWriting)
  }

  @Test func aSegmentIsCutAtTheFirstKeyframeAfterAMinute() {
    var plan = Plan(mode: .continuous)
    for second in Int64(0)..<60 {
      let actions = plan.handle(.fragment(fragment(second, key: second.isMultiple(of: 2))))
      #expect(words(actions) == (second == 0 ? "open@0/1 write0" : "write\(second)"))
    }
    #expect(words(plan.handle(.fragment(fragment(60, key: false)))) == "write60")
    #expect(words(plan.handle(.fragment(fragment(61)))) == "close(length) open@61/1 write61")
  }

  @Test func aChangeOfParametersBeginsANewSegment() {
    var plan = Plan(mode: .continuous)
    _ = plan.handle(.fragment(fragment(0)))
    #expect(
      words(plan.handle(.fragment(fragment(1, generation: 2)))) == "close(parametersChanged) open@1/2 write1")
  }

  @Test func aStepOfTheClockCutsAtTheNextKeyframe() {
    var plan = Plan(mode: .continuous)
    _ = plan.handle(.fragment(fragment(0)))
    #expect(plan.handle(.clockStepped).isEmpty)
    #expect(words(plan.handle(.fragment(fragment(1, key: false)))) == "write1")
    #expect(words(plan.handle(.fragment(fragment(2)))) == "close(clockStepped) open@2/1 write2")
  }

  @Test func afterAnOverflowNothingIsWrittenUntilAKeyframe() {
    var plan = Plan(mode: .continuous)
    _ = plan.handle(.fragment(fragment(0)))
    #expect(plan.handle(.overflowed).isEmpty)
    #expect(words(plan.handle(.fragment(fragment(2, key: false)))) == "discard2")
    #expect(words(plan.handle(.fragment(fragment(3)))) == "write3")
  }

  @Test func aBrokenSegmentIsLeftAndTheNextBeginsAtAKeyframe() {
    var plan = Plan(mode: .continuous)
    _ = plan.handle(.fragment(fragment(0)))
    #expect(plan.handle(.segmentFailed).isEmpty)
    #expect(words(plan.handle(.fragment(fragment(1, key: false)))) == "discard1")
    #expect(words(plan.handle(.fragment(fragment(2)))) == "open@2/1 write2")
  }

  @Test func otherRollsHoldFromTheNextMotionAndCloseNothing() {
    var plan = Plan(
      mode: .motion, limits: .init(preRoll: .seconds(2), postRoll: .seconds(3), motionDelay: .seconds(3)))
    for second in Int64(0)..<10 { #expect(plan.handle(.fragment(fragment(second))).isEmpty) }
    plan.change(preRoll: .seconds(4), postRoll: .seconds(1))
    let motion = plan.handle(.motion(since: .seconds(9), lastActive: .seconds(9)))
    #expect(words(motion) == "open@5/1 write5 write6 write7 write8 write9")
    plan.change(preRoll: .zero, postRoll: .seconds(2))
    #expect(plan.isWriting)
    #expect(plan.handle(.motion(since: .seconds(9), lastActive: .seconds(10))).isEmpty)
    #expect(words(plan.handle(.fragment(fragment(10)))) == "write10")
    #expect(words(plan.handle(.fragment(fragment(11)))) == "write11")
    #expect(words(plan.handle(.fragment(fragment(12)))) == "close(quiet)")
  }

  @Test func theEndOfTheConnectionClosesTheSegmentOnce() {
    var plan = Plan(mode: .continuous)
    _ = plan.handle(.fragment(fragment(0)))
    #expect(words(plan.handle(.ended(.streamLost))) == "close(streamLost)")
    #expect(plan.handle(.ended(.stopped)).isEmpty)
  }

  @Test func offWritesNothing() {
    var plan = Plan(mode: .off)
    for second in Int64(0)..<10 { #expect(plan.handle(.fragment(fragment(second))).isEmpty) }
    #expect(plan.handle(.motion(since: .seconds(5), lastActive: .seconds(6))).isEmpty)
    #expect(plan.ringCount == 0)
  }

  @Test func eventFootageStartsAtTheKeyframeBeforeThePreRoll() {
    var plan = Plan(mode: .motion)
    for second in Int64(0)..<20 { #expect(plan.handle(.fragment(fragment(second, key: second % 2 == 0))).isEmpty) }
    // Motion since 18, pre-roll 5: 13 asks for the keyframe at 12.
    #expect(
      words(plan.handle(.motion(since: .seconds(18), lastActive: .seconds(19))))
        == "open@12/1 write12 write13 write14 write15 write16 write17 write18 write19")
    #expect(words(plan.handle(.fragment(fragment(20)))) == "write20")
  }

  @Test func footageEndsAtTheKeyframeAfterThePostRoll() {
    var plan = Plan(mode: .motion)
    for second in Int64(0)..<10 { _ = plan.handle(.fragment(fragment(second, key: second % 2 == 0))) }
    _ = plan.handle(.motion(since: .seconds(8), lastActive: .seconds(9)))
    // Post-roll 10: kept until 19, and on to the keyframe at 20.
    for second in Int64(10)..<20 {
      #expect(words(plan.handle(.fragment(fragment(second, key: second % 2 == 0)))) == "write\(second)")
    }
    #expect(words(plan.handle(.fragment(fragment(20)))) == "close(quiet)")
    #expect(!plan.isWriting)
    #expect(plan.ringCount == 1)
  }

  @Test func motionThatReturnsRightAfterTheEndLeavesNoGapAndWritesNothingTwice() {
    var plan = Plan(mode: .motion)
    for second in Int64(0)..<10 { _ = plan.handle(.fragment(fragment(second, key: second % 2 == 0))) }
    _ = plan.handle(.motion(since: .seconds(8), lastActive: .seconds(9)))
    for second in Int64(10)..<22 { _ = plan.handle(.fragment(fragment(second, key: second % 2 == 0))) }
    #expect(words(plan.handle(.motion(since: .seconds(21), lastActive: .seconds(22)))) == "open@20/1 write20 write21")
  }

  @Test func motionThatGoesOnKeepsTheSegmentOpen() {
    var plan = Plan(mode: .motion)
    for second in Int64(0)..<10 { _ = plan.handle(.fragment(fragment(second))) }
    _ = plan.handle(.motion(since: .seconds(8), lastActive: .seconds(9)))
    for second in Int64(10)..<40 {
      #expect(plan.handle(.motion(since: .seconds(8), lastActive: .seconds(second))).isEmpty)
      #expect(words(plan.handle(.fragment(fragment(second)))) == "write\(second)")
    }
  }

  @Test func motionBeforeTheFirstKeyframeBeginsWithIt() {
    var plan = Plan(mode: .motion)
    _ = plan.handle(.fragment(fragment(0, key: false)))
    #expect(plan.handle(.motion(since: .seconds(0), lastActive: .seconds(1))).isEmpty)
    #expect(words(plan.handle(.fragment(fragment(1)))) == "open@1/1 write1")
  }

  @Test func theEndAfterThePostRollWaitsAtMostTenSecondsForAKeyframe() {
    var plan = Plan(mode: .motion)
    _ = plan.handle(.fragment(fragment(0)))
    _ = plan.handle(.motion(since: .seconds(0), lastActive: .seconds(1)))
    for second in Int64(1)..<21 {
      #expect(words(plan.handle(.fragment(fragment(second, key: false)))) == "write\(second)")
    }
    #expect(words(plan.handle(.fragment(fragment(21, key: false)))) == "close(quiet)")
    #expect(plan.ringCount == 0)
  }

  @Test func theRingStaysWithinItsBytes() {
    var plan = Plan(mode: .motion, limits: .init(preRoll: .seconds(60), ringBytes: 1_000_000))
    for second in Int64(0)..<100 {
      _ = plan.handle(.fragment(fragment(second, key: second % 3 == 0, bytes: 150_000)))
      #expect(plan.ringBytes <= 1_000_000)
    }
    // Whole groups leave: what is left begins with a keyframe.
    #expect(words(plan.handle(.motion(since: .seconds(99), lastActive: .seconds(99)))).hasPrefix("open@96/1 write96"))
  }

  @Test func oneGroupThatIsTooLargeForTheRingIsLeftOut() {
    var plan = Plan(mode: .motion, limits: .init(ringBytes: 1_000_000))
    for second in Int64(0)..<20 {
      _ = plan.handle(.fragment(fragment(second, key: second == 0, bytes: 150_000)))
      #expect(plan.ringBytes <= 1_000_000)
    }
    #expect(plan.handle(.motion(since: .seconds(19), lastActive: .seconds(19))).isEmpty)
    #expect(words(plan.handle(.fragment(fragment(20)))) == "open@20/1 write20")
  }

  @Test func theRingKeepsNoMoreThanPreRollDelayAndOneGroup() {
    var plan = Plan(mode: .motion, limits: .init(preRoll: .seconds(5), motionDelay: .seconds(3)))
    for second in Int64(0)..<1000 {
      _ = plan.handle(.fragment(fragment(second, key: second % 4 == 0)))
      #expect(plan.ringCount <= 5 + 3 + 4)
    }
  }

  /// Whatever happens, in any order: every segment begins with a keyframe, holds one generation, and no fragment is
  /// written twice or out of order.
  @Test(arguments: UInt64(1)...40)
  func anyScriptKeepsTheInvariants(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let mode: RecordMode = seed.isMultiple(of: 2) ? .motion : .continuous
    var plan = Plan(mode: mode, limits: .init(segment: .seconds(8), postRoll: .seconds(3), ringBytes: 1_500_000))
    var isOpen = false
    var isFirst = false
    var generation: UInt32 = 1
    var openGeneration: UInt32 = 0
    var lastWritten = -1
    for second in Int64(0)..<600 {
      var inputs: [Plan.Input] = []
      if Int.random(in: 0..<40, using: &random) == 0 { generation += 1 }
      switch Int.random(in: 0..<60, using: &random) {
      case 0: inputs.append(.clockStepped)
      case 1: inputs.append(.overflowed)
      case 2: inputs.append(.ended(.streamLost))
      case 3...8:
        inputs.append(.motion(since: .seconds(max(0, second - 2)), lastActive: .seconds(second)))
      case 9:
        isOpen = false
        inputs.append(.segmentFailed)
      default: break
      }
      inputs.append(
        .fragment(
          fragment(
            second, key: Int.random(in: 0..<3, using: &random) == 0, bytes: Int.random(in: 1...400_000, using: &random),
            generation: generation)))
      for action in inputs.flatMap({ plan.handle($0) }) {
        switch action {
        case .open(_, let opened):
          #expect(!isOpen)
          (isOpen, isFirst, openGeneration) = (true, true, opened)
        case .close:
          #expect(isOpen)
          isOpen = false
        case .write(let fragment):
          #expect(isOpen)
          #expect(!isFirst || fragment.startsWithKeyframe)
          #expect(fragment.generation == openGeneration)
          #expect(fragment.payload > lastWritten)
          isFirst = false
          lastWritten = fragment.payload
        case .discard: break
        }
      }
      #expect(plan.isWriting == isOpen)
      #expect(plan.ringBytes <= 1_500_000)
    }
  }
}
