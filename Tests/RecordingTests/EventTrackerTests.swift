import Domain
import Recording
import TestSupport
import Testing

struct EventTrackerTests {
  private func still(_ milliseconds: Int64) -> EventTracker.Frame {
    EventTracker.Frame(time: .milliseconds(milliseconds), isActive: false)
  }

  private func moving(_ milliseconds: Int64, since: Int64, share: Double = 0.1, zones: [String] = [])
    -> EventTracker.Frame
  {
    EventTracker.Frame(
      time: .milliseconds(milliseconds), isActive: true, since: .milliseconds(since), share: share,
      boxes: [RelativeBox(x: share, y: 0, width: 0.1, height: 0.1)], reasons: ["share \(share)"], zones: zones)
  }

  private func words(_ actions: [EventTracker.Action]) -> String {
    func span(_ draft: EventTracker.Draft) -> String {
      "\(draft.start.nanoseconds / 1_000_000)-\(draft.lastActive.nanoseconds / 1_000_000)"
    }
    return actions.map { action in
      switch action {
      case .opened(let draft): "opened \(span(draft))"
      case .best(let draft): "best \(draft.best.nanoseconds / 1_000_000)"
      case .updated(let draft): "updated \(span(draft))"
      case .closed(let draft): "closed \(span(draft))"
      }
    }.joined(separator: ", ")
  }

  @Test func anEventBeginsWhereTheMotionBeganAndEndsWhereItLastMoved() {
    var tracker = EventTracker()
    #expect(tracker.handle(still(0)).isEmpty)
    #expect(words(tracker.handle(moving(1000, since: 600))) == "opened 600-1000, best 1000")
    #expect(tracker.handle(moving(1100, since: 600)).isEmpty)
    #expect(tracker.handle(still(3000)).isEmpty)
    #expect(words(tracker.handle(still(3100))) == "closed 600-1100")
    #expect(!tracker.isOpen)
  }

  @Test func motionThatReturnsWithinTwoSecondsIsTheSameEvent() {
    var tracker = EventTracker()
    _ = tracker.handle(moving(1000, since: 600))
    #expect(tracker.handle(still(2000)).isEmpty)
    #expect(tracker.handle(moving(2900, since: 2500)).isEmpty)
    #expect(words(tracker.handle(still(4900))) == "closed 600-2900")
  }

  @Test func motionThatReturnsLaterIsAnotherEventThatBeginsNoEarlierThanTheFirstEnded() {
    var tracker = EventTracker()
    _ = tracker.handle(moving(1000, since: 600))
    #expect(
      words(tracker.handle(moving(3500, since: 700))) == "closed 600-1000, opened 1000-3500, best 3500")
  }

  @Test func motionTooShortIsNoEvent() {
    var tracker = EventTracker()
    #expect(tracker.handle(moving(1000, since: 900)).isEmpty)
    #expect(tracker.handle(still(1100)).isEmpty)
    #expect(tracker.handle(still(5000)).isEmpty)
  }

  @Test func thePictureIsTheOneWhereMostMoves() throws {
    var tracker = EventTracker()
    _ = tracker.handle(moving(1000, since: 600, share: 0.1))
    #expect(tracker.handle(moving(1100, since: 600, share: 0.5)).isEmpty)
    #expect(words(tracker.handle(moving(1400, since: 600, share: 0.5))) == "best 1400")
    #expect(tracker.handle(moving(2000, since: 600, share: 0.52)).isEmpty)
    #expect(words(tracker.handle(moving(3000, since: 600, share: 0.2))) == "updated 600-3000")
    let closing = tracker.handle(still(5000))
    guard case .closed(let draft) = try #require(closing.first) else { throw Missing() }
    #expect(draft.peak == 0.5)
    #expect(draft.best == .milliseconds(1400))
    #expect(draft.boxes == [RelativeBox(x: 0.5, y: 0, width: 0.1, height: 0.1)])
    #expect(draft.reasons == ["share 0.5"])
  }

  @Test func zonesAreCollectedOverTheWholeEvent() throws {
    var tracker = EventTracker()
    _ = tracker.handle(moving(1000, since: 600, zones: ["path"]))
    _ = tracker.handle(moving(1100, since: 600, zones: ["door", "path"]))
    guard case .closed(let draft) = try #require(tracker.end().first) else { throw Missing() }
    #expect(draft.zones == ["path", "door"])
  }

  @Test func aVeryLongEventIsDividedSoThatItsClipCanBeHad() {
    var tracker = EventTracker(limits: .init(longest: .seconds(10)))
    var closed: [String] = []
    for frame in Int64(0)..<300 {
      let actions = tracker.handle(moving(frame * 100, since: 0))
      if actions.contains(where: { if case .closed = $0 { true } else { false } }) { closed.append(words(actions)) }
    }
    #expect(closed == ["closed 0-9900", "closed 9900-19800", "closed 19800-29700"])
  }

  @Test func theEndOfTheStreamClosesTheEvent() {
    var tracker = EventTracker()
    _ = tracker.handle(moving(1000, since: 600))
    #expect(words(tracker.end()) == "closed 600-1000")
    #expect(tracker.end().isEmpty)
  }

  /// Events never overlap, never end before they begin, and each that opens closes.
  @Test(arguments: UInt64(1)...30)
  func anySequenceOfFramesGivesWholeEvents(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var tracker = EventTracker(limits: .init(longest: .seconds(20)))
    var time: Int64 = 0
    var lastEnd = Int64.min
    var isOpen = false
    var actions: [EventTracker.Action] = []
    var active = false
    for _ in 0..<3000 {
      time += Int64.random(in: 20...400, using: &random)
      if Int.random(in: 0..<20, using: &random) == 0 { active.toggle() }
      actions +=
        tracker.handle(
          active
            ? moving(
              time, since: time - Int64.random(in: 0...3000, using: &random),
              share: Double.random(in: 0...1, using: &random))
            : still(time))
    }
    actions += tracker.end()
    for action in actions {
      switch action {
      case .opened(let draft):
        #expect(!isOpen)
        #expect(draft.start.nanoseconds >= lastEnd)
        isOpen = true
      case .best, .updated: #expect(isOpen)
      case .closed(let draft):
        #expect(isOpen)
        #expect(draft.lastActive >= draft.start)
        #expect(draft.best >= draft.start && draft.best <= draft.lastActive)
        lastEnd = draft.lastActive.nanoseconds
        isOpen = false
      }
    }
    #expect(!isOpen)
  }
}

private struct Missing: Error {}
