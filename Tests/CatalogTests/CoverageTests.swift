import Catalog
import Domain
import TestSupport
import Testing

@Suite struct CoverageTests {
  private let boot: RandomID
  private let otherBoot: RandomID

  init() {
    var generator = SeededGenerator(seed: 3)
    boot = RandomID.mint(using: &generator)
    otherBoot = RandomID.mint(using: &generator)
  }

  private func footage(_ fromMilliseconds: Int64, _ toMilliseconds: Int64, boot: RandomID) throws -> FootageSpan {
    let zero = at(0)
    guard
      let span = TimeSpan(
        from: zero + .milliseconds(fromMilliseconds), to: zero + .milliseconds(toMilliseconds))
    else { throw NotASpan() }
    return FootageSpan(span: span, boot: boot)
  }

  @Test func withoutFootageAndNotesAllIsUnknown() throws {
    #expect(
      try Coverage.spans(over: span(0, 10), footage: [], notes: []) == [
        CoverageSpan(span: span(0, 10), class: .unknown, cause: "before anything is known of it")
      ])
  }

  @Test func theCutBetweenTwoSegmentsOfOneBootIsNoGap() throws {
    let segments = [try footage(0, 60_000, boot: boot), try footage(60_999, 120_000, boot: boot)]
    #expect(
      try Coverage.spans(over: span(0, 120), footage: segments, notes: []) == [
        CoverageSpan(span: span(0, 120), class: .recorded)
      ])
  }

  @Test func aSecondBetweenTwoSegmentsIsAGap() throws {
    let segments = [try footage(0, 60_000, boot: boot), try footage(61_000, 120_000, boot: boot)]
    #expect(
      try Coverage.spans(over: span(0, 120), footage: segments, notes: []).map(\.class) == [
        .recorded, .unknown, .recorded,
      ])
  }

  @Test func betweenTwoBootsTheShortestGapIsShown() throws {
    let segments = [try footage(0, 60_000, boot: boot), try footage(60_100, 120_000, boot: otherBoot)]
    #expect(
      try Coverage.spans(over: span(0, 120), footage: segments, notes: []).map(\.class) == [
        .recorded, .unknown, .recorded,
      ])
  }

  @Test func theCutIsClosedEvenWhenTheSpanBeginsWithinIt() throws {
    let segments = [try footage(0, 60_000, boot: boot), try footage(60_900, 120_000, boot: boot)]
    let start = at(60) + .milliseconds(500)
    let asked = try #require(TimeSpan(from: start, to: at(100)))
    #expect(
      Coverage.spans(over: asked, footage: segments, notes: []) == [CoverageSpan(span: asked, class: .recorded)])
  }

  @Test func footageWinsOverNotes() throws {
    let notes = [StateNote(from: at(0), class: .offline, cause: "no answer")]
    #expect(
      try Coverage.spans(over: span(0, 20), footage: [footage(5_000, 10_000, boot: boot)], notes: notes) == [
        CoverageSpan(span: span(0, 5), class: .offline, cause: "no answer"),
        CoverageSpan(span: span(5, 10), class: .recorded),
        CoverageSpan(span: span(10, 20), class: .offline, cause: "no answer"),
      ])
  }

  @Test func aGapWhileRecordingIsUnknownAndNotRecorded() throws {
    let notes = [StateNote(from: at(-5), class: .recorded, cause: "pictures arrive")]
    #expect(
      try Coverage.spans(over: span(0, 20), footage: [footage(0, 10_000, boot: boot)], notes: notes) == [
        CoverageSpan(span: span(0, 10), class: .recorded), CoverageSpan(span: span(10, 20), class: .unknown),
      ])
  }

  @Test func neighboursThatAreAlikeAreOne() throws {
    let notes = [
      StateNote(from: at(0), class: .quiet), StateNote(from: at(3), class: .quiet),
      StateNote(from: at(6), class: .quiet, cause: "night"), StateNote(from: at(8), class: .off),
    ]
    #expect(
      try Coverage.spans(over: span(1, 10), footage: [], notes: notes.reversed()) == [
        CoverageSpan(span: span(1, 6), class: .quiet), CoverageSpan(span: span(6, 8), class: .quiet, cause: "night"),
        CoverageSpan(span: span(8, 10), class: .off),
      ])
  }

  @Test func overlappingSegmentsAreCountedOnce() throws {
    let segments = [
      try footage(0, 60_000, boot: boot), try footage(10_000, 20_000, boot: otherBoot),
      try footage(50_000, 90_000, boot: otherBoot),
    ]
    #expect(
      try Coverage.spans(over: span(0, 100), footage: segments, notes: []) == [
        CoverageSpan(span: span(0, 90), class: .recorded), CoverageSpan(span: span(90, 100), class: .unknown),
      ])
  }

  @Test func aNoteWithAnEndExplainsItsStretchWhateverHoldsAroundIt() throws {
    let notes = [
      StateNote(from: at(0), class: .recorded),
      StateNote(from: at(10), until: at(13), class: .dropped, cause: "75 frames: the disk was slow"),
      StateNote(from: at(20), class: .offline),
      StateNote(from: at(25), until: at(40), class: .clock, cause: "set forward by 15 s"),
    ]
    let segments = [try footage(0, 10_000, boot: boot), try footage(12_000, 20_000, boot: boot)]
    #expect(
      try Coverage.spans(over: span(0, 30), footage: segments, notes: notes) == [
        CoverageSpan(span: span(0, 10), class: .recorded),
        CoverageSpan(span: span(10, 12), class: .dropped, cause: "75 frames: the disk was slow"),
        CoverageSpan(span: span(12, 20), class: .recorded),
        CoverageSpan(span: span(20, 25), class: .offline),
        CoverageSpan(span: span(25, 30), class: .clock, cause: "set forward by 15 s"),
      ])
  }

  @Test func aNoteWithAnEndIsNearerThanAStateOfTrouble() throws {
    let notes = [
      StateNote(from: at(0), class: .disk, cause: "no space"),
      StateNote(from: at(4), until: at(6), class: .off, cause: "the machine was off"),
    ]
    #expect(
      try Coverage.spans(over: span(0, 10), footage: [], notes: notes) == [
        CoverageSpan(span: span(0, 4), class: .disk, cause: "no space"),
        CoverageSpan(span: span(4, 6), class: .off, cause: "the machine was off"),
        CoverageSpan(span: span(6, 10), class: .disk, cause: "no space"),
      ])
  }

  @Test func whatWasDroppedWhileTheDiskWasFullIsTheDisksDoing() throws {
    let notes = [
      StateNote(from: at(0), class: .recorded),
      StateNote(from: at(3), until: at(7), class: .dropped, cause: "100 frames"),
      StateNote(from: at(4), class: .disk, cause: "no space"),
    ]
    #expect(
      try Coverage.spans(over: span(0, 10), footage: [try footage(0, 3_000, boot: boot)], notes: notes) == [
        CoverageSpan(span: span(0, 3), class: .recorded),
        CoverageSpan(span: span(3, 4), class: .dropped, cause: "100 frames"),
        CoverageSpan(span: span(4, 10), class: .disk, cause: "no space"),
      ])
  }

  @Test func troubleIsOverWhenFootageBeginsAfterIt() throws {
    let notes = [
      StateNote(from: at(0), class: .recorded), StateNote(from: at(10), class: .disk, cause: "no space"),
    ]
    let segments = [try footage(0, 10_500, boot: boot), try footage(20_000, 30_000, boot: boot)]
    #expect(
      try Coverage.spans(over: span(0, 40), footage: segments, notes: notes) == [
        CoverageSpan(span: footage(0, 10_500, boot: boot).span, class: .recorded),
        CoverageSpan(span: footage(10_500, 20_000, boot: boot).span, class: .disk, cause: "no space"),
        CoverageSpan(span: span(20, 30), class: .recorded),
        CoverageSpan(span: span(30, 40), class: .unknown),
      ])
    // The footage that ended it may lie before what is asked for.
    #expect(
      try Coverage.spans(over: span(32, 40), footage: segments, notes: notes) == [
        CoverageSpan(span: span(32, 40), class: .unknown)
      ])
  }

  @Test func theTimeUntilASilenceIsNoticedBelongsToIt() throws {
    let notes = [
      StateNote(from: at(0), class: .recorded), StateNote(from: at(110), class: .offline, cause: "no picture for 10 s"),
      StateNote(from: at(150), class: .recorded),
    ]
    let segments = [try footage(0, 100_000, boot: boot), try footage(152_000, 300_000, boot: boot)]
    let whole = [
      CoverageSpan(span: try span(0, 100), class: .recorded),
      // Noticed after 10 s; and back with a picture before there was a keyframe.
      CoverageSpan(span: try span(100, 152), class: .offline, cause: "no picture for 10 s"),
      CoverageSpan(span: try span(152, 200), class: .recorded),
    ]
    #expect(try Coverage.spans(over: span(0, 200), footage: segments, notes: notes) == whole)
    // A part answers as the whole, wherever it is cut.
    for from in stride(from: Int64(1), to: 200, by: 7) {
      let part = try span(from, min(200, from + 5))
      let expected = whole.compactMap { each in
        each.span.intersection(part).map { CoverageSpan(span: $0, class: each.class, cause: each.cause) }
      }
      #expect(Coverage.spans(over: part, footage: segments, notes: notes) == expected)
    }
  }

  @Test func aLongStretchWithoutANoteStaysUnknown() throws {
    let notes = [
      StateNote(from: at(0), class: .recorded), StateNote(from: at(121), class: .offline, cause: "no answer"),
    ]
    #expect(
      try Coverage.spans(over: span(0, 130), footage: [footage(0, 100_000, boot: boot)], notes: notes) == [
        CoverageSpan(span: span(0, 100), class: .recorded), CoverageSpan(span: span(100, 121), class: .unknown),
        CoverageSpan(span: span(121, 130), class: .offline, cause: "no answer"),
      ])
  }

  @Test(arguments: [
    (CameraState.recording, CoverageClass.recorded), (.watching, .quiet), (.connecting, .offline),
    (.offline, .offline), (.wrongPassword, .offline), (.wrongDevice, .wrongDevice), (.off, .off),
  ])
  func aCamerasStateHasItsClass(_ state: CameraState, _ expected: CoverageClass) {
    #expect(CoverageClass(of: state) == expected)
  }

  /// Random footage and notes: the ledger covers the span without gap or overlap, and what it calls recorded is what a
  /// look at single moments finds.
  @Test(arguments: 0..<200)
  func theLedgerCoversItsSpanExactly(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var segments: [FootageSpan] = []
    for _ in 0..<Int.random(in: 0...12, using: &generator) {
      let from = Int64.random(in: -20_000...100_000, using: &generator)
      let length = Int64.random(in: 1...20_000, using: &generator)
      segments.append(try footage(from, from + length, boot: Bool.random(using: &generator) ? boot : otherBoot))
    }
    var notes: [StateNote] = []
    for _ in 0..<Int.random(in: 0...10, using: &generator) {
      let from = at(0) + .milliseconds(Int64.random(in: -20_000...100_000, using: &generator))
      let found = CoverageClass.allCases.randomElement(using: &generator) ?? .unknown
      let cause = Bool.random(using: &generator) ? "why" : nil
      let length = Duration.milliseconds(Int64.random(in: 1...30_000, using: &generator))
      notes.append(
        StateNote(
          from: from, until: Bool.random(using: &generator) ? from + length : nil, class: found, cause: cause))
    }
    let asked = try span(0, 80)
    let ledger = Coverage.spans(over: asked, footage: segments, notes: notes)

    #expect(ledger.first?.span.from == asked.from)
    #expect(ledger.last?.span.to == asked.to)
    #expect(ledger.reduce(Duration.zero) { $0 + $1.span.duration } == .seconds(80))
    #expect(Coverage.milliseconds(of: ledger).values.reduce(0, +) == 80_000)
    // Asked in two parts the answer is the same.
    let middle = at(0) + .milliseconds(Int64.random(in: 1..<80_000, using: &generator))
    if let early = TimeSpan(from: asked.from, to: middle), let late = TimeSpan(from: middle, to: asked.to) {
      for part in [early, late] {
        let cut = ledger.compactMap { each in
          each.span.intersection(part).map { CoverageSpan(span: $0, class: each.class, cause: each.cause) }
        }
        #expect(Coverage.spans(over: part, footage: segments, notes: notes) == cut)
      }
    }
    for (left, right) in zip(ledger, ledger.dropFirst()) {
      #expect(left.span.to == right.span.from)
      #expect(left.class != right.class || left.cause != right.cause)
    }
    for millisecond in stride(from: Int64(0), to: 80_000, by: 97) {
      let moment = at(0) + .milliseconds(millisecond)
      let said = ledger.first { $0.span.contains(moment) }
      if segments.contains(where: { $0.span.contains(moment) }) { #expect(said?.class == .recorded) }
      // Called recorded without footage: only in a cut of less than a second.
      if said?.class == .recorded {
        #expect(
          segments.contains { $0.span.from - moment < .seconds(1) && moment - $0.span.to < .seconds(1) })
      }
    }
  }
}
