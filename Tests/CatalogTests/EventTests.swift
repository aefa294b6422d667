import Catalog
import Domain
import Testing

@Suite struct EventTests {
  let folder: TemporaryFolder
  let catalog: Catalog
  var house = House()

  init() throws {
    folder = try TemporaryFolder()
    catalog = try Catalog(path: folder.path("catalog.sqlite"))
  }

  @Test mutating func anEventComesBackAsItWasAdded() async throws {
    let event = house.event(house.porch, 10, 20)
    try await catalog.record([event])
    #expect(try await catalog.event(event.id, among: [event.id.camera]) == event)
    #expect(try await catalog.event(EventID(camera: house.garden, raw: event.id.raw), among: [house.garden]) == nil)
  }

  @Test mutating func aRunningEventGetsItsEndLater() async throws {
    var event = house.event(house.porch, 10, nil)
    try await catalog.record([event])
    #expect(try await catalog.event(event.id, among: [event.id.camera])?.end == nil)
    event.end = at(30)
    event.peak = 0.5
    try await catalog.record([event])
    #expect(try await catalog.event(event.id, among: [event.id.camera]) == event)
  }

  @Test mutating func theListHoldsOnlyAllowedCamerasNewestFirst() async throws {
    let events = [
      house.event(house.porch, 10, 20), house.event(house.garden, 30, 40), house.event(house.porch, 50, 60),
    ]
    try await catalog.record(events)
    let own = try await catalog.events(EventQuery(allowed: [house.porch, house.cellar]), limit: 10)
    #expect(own.events.map(\.id) == [events[2].id, events[0].id])
    #expect(own.next == nil)
    let all = try await catalog.events(EventQuery(allowed: [house.porch, house.garden]), limit: 10)
    #expect(all.events.map(\.id) == [events[2].id, events[1].id, events[0].id])
  }

  @Test mutating func withoutAnAllowedCameraThereIsNothing() async throws {
    try await catalog.record([house.event(house.porch, 10, 20)])
    #expect(try await catalog.events(EventQuery(allowed: []), limit: 10).events.isEmpty)
    #expect(try await catalog.countEvents(EventQuery(allowed: [])) == 0)
  }

  @Test mutating func askingForACameraThatIsNotAllowedFindsNothing() async throws {
    try await catalog.record([house.event(house.porch, 10, 20)])
    let query = EventQuery(allowed: [house.garden], camera: house.porch)
    #expect(try await catalog.events(query, limit: 10).events.isEmpty)
    #expect(try await catalog.countEvents(query) == 0)
  }

  @Test mutating func aSpanFindsEventsThatReachIntoIt() async throws {
    let events = [
      house.event(house.porch, 0, 1000),  // long, reaches in
      house.event(house.porch, 500, 510),  // over before
      house.event(house.porch, 600, 600),  // no length, at the span's start
      house.event(house.porch, 100, nil),  // still runs
      house.event(house.porch, 700, 800),  // begins at the span's end
    ]
    try await catalog.record(events)
    let query = EventQuery(allowed: [house.porch], camera: house.porch, from: at(600), to: at(700))
    let found = try await catalog.events(query, limit: 10)
    #expect(found.events.map(\.id) == [events[2].id, events[3].id, events[0].id])
    #expect(try await catalog.countEvents(query) == 3)
    let spans = try await catalog.eventSpans(of: house.porch, overlapping: span(600, 700))
    #expect(spans.map(\.id) == [events[0].id, events[3].id, events[2].id])
    #expect(spans.map(\.end) == [at(1000), nil, at(600)])
  }

  @Test mutating func anEventThatRunsForHoursIsFoundBesideShortOnes() async throws {
    let running = house.event(house.porch, 0, nil)
    try await catalog.record([running, house.event(house.porch, 5_000, 5_001)])
    let query = EventQuery(allowed: [house.porch, house.garden], from: at(9_000), to: at(9_100))
    #expect(try await catalog.events(query, limit: 10).events.map(\.id) == [running.id])
  }

  @Test mutating func partsAreStableWhileEventsAreAdded() async throws {
    // Three events of each second, so that parts end within one start.
    var events: [Event] = []
    for second in 0..<10 {
      for camera in [house.porch, house.garden, house.cellar] { events.append(house.event(camera, Int64(second), 100)) }
    }
    try await catalog.record(events)
    let query = EventQuery(allowed: [house.porch, house.garden, house.cellar])
    var found: [EventID] = []
    var cursor: String?
    repeat {
      let page = try await catalog.events(query, limit: 4, after: cursor)
      found += page.events.map(\.id)
      cursor = page.next
      // Newer than everything: belongs before the first part and must shift nothing.
      try await catalog.record([house.event(house.porch, 1000 + Int64(found.count), 2000)])
    } while cursor != nil
    #expect(found.count == 30)
    #expect(Set(found) == Set(events.map(\.id)))
  }

  @Test mutating func theLastPartHasNoCursorEvenWhenItIsFull() async throws {
    try await catalog.record([house.event(house.porch, 1, 2), house.event(house.porch, 3, 4)])
    let query = EventQuery(allowed: [house.porch])
    let first = try await catalog.events(query, limit: 1)
    let last = try await catalog.events(query, limit: 1, after: first.next)
    #expect(last.events.count == 1)
    #expect(last.next == nil)
  }

  @Test mutating func aCursorOpensNoOtherCamera() async throws {
    try await catalog.record([
      house.event(house.porch, 1, 2), house.event(house.garden, 1, 2), house.event(house.garden, 3, 4),
    ])
    let page = try await catalog.events(EventQuery(allowed: [house.garden]), limit: 1)
    let other = try await catalog.events(EventQuery(allowed: [house.porch]), limit: 10, after: page.next)
    #expect(other.events.map(\.id.camera) == [house.porch])
  }

  @Test(arguments: ["", "zz", "0", String(repeating: "0", count: 88), "%27 OR 1=1", String(repeating: "f", count: 90)])
  func aCursorThatNobodyGaveOutIsAUsageError(_ cursor: String) async throws {
    let problem = await #expect(throws: Problem.self) {
      try await catalog.events(EventQuery(allowed: [house.porch]), limit: 10, after: cursor)
    }
    #expect(problem?.exit == .usage)
  }

  @Test mutating func aCursorWithOneDigitChangedIsAUsageError() async throws {
    try await catalog.record([house.event(house.porch, 1, 2), house.event(house.porch, 3, 4)])
    let query = EventQuery(allowed: [house.porch])
    var digits = Array(try #require(try await catalog.events(query, limit: 1).next))
    digits[5] = digits[5] == "0" ? "1" : "0"
    await #expect(throws: Problem.self) { try await catalog.events(query, limit: 1, after: String(digits)) }
  }

  @Test mutating func removedEventsAreGone() async throws {
    let events = [house.event(house.porch, 1, 2), house.event(house.porch, 3, 4)]
    try await catalog.record(events)
    try await catalog.remove(events: [events[0].id])
    try await catalog.remove(events: [events[0].id])
    #expect(try await catalog.countEvents(EventQuery(allowed: [house.porch])) == 1)
  }

  @Test mutating func anEventThatEndsBeforeItBeginsIsRefused() async throws {
    let event = house.event(house.porch, 10, 9)
    let problem = await #expect(throws: Problem.self) { try await catalog.record([event]) }
    #expect(problem?.exit == .data)
  }

  @Test mutating func addingGoesOnWhenTheCallerIsCancelled() async throws {
    let events = (0..<200).map { house.event(house.porch, $0, $0 + 1) }
    let catalog = catalog
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await catalog.record(events)
    }
    try await task.value
    #expect(try await catalog.countEvents(EventQuery(allowed: [house.porch])) == 200)
  }
}
