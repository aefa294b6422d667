import Catalog
import Domain
import GRDB
import Testing

@Suite struct SegmentTests {
  let folder: TemporaryFolder
  let catalog: Catalog
  var house = House()

  init() throws {
    folder = try TemporaryFolder()
    catalog = try Catalog(path: folder.path("catalog.sqlite"))
  }

  @Test mutating func aSegmentComesBackAsItWasAdded() async throws {
    var segment = try house.segment(house.porch, 0, 60, sequence: 7, stream: .detect, bytes: 4321)
    segment.codec = .h265
    segment.hasAudio = true
    try await catalog.record([segment])
    #expect(try await catalog.segment(segment.id) == segment)
    #expect(try await catalog.segment(of: house.porch, file: segment.file) == segment)
  }

  @Test mutating func footageOfASpanComesInOrderAndIncludesSegmentsThatReachIntoIt() async throws {
    let segments = [
      try house.segment(house.porch, 120, 180, sequence: 3), try house.segment(house.porch, 0, 60, sequence: 1),
      try house.segment(house.porch, 60, 120, sequence: 2), try house.segment(house.porch, 180, 240, sequence: 4),
    ]
    try await catalog.record(segments)
    let found = try await catalog.segments(of: house.porch, stream: .main, overlapping: span(59, 121))
    #expect(found == [segments[1], segments[2], segments[0]])
    let touching = try await catalog.segments(of: house.porch, stream: .main, overlapping: span(60, 120))
    #expect(touching.map(\.sequence) == [2])
  }

  @Test mutating func aSegmentMuchLongerThanItsNeighboursIsFoundFromItsMiddle() async throws {
    var segments = [try house.segment(house.porch, 0, 10_000, sequence: 1)]
    for index in 0..<50 {
      segments.append(
        try house.segment(house.porch, Int64(index) * 60 + 20, Int64(index) * 60 + 80, sequence: Int64(index) + 2))
    }
    try await catalog.record(segments)
    let found = try await catalog.segments(of: house.porch, stream: .main, overlapping: span(9_000, 9_001))
    #expect(found.map(\.sequence) == [1])
  }

  @Test mutating func footageOfAnotherCameraOrStreamIsNeverFound() async throws {
    try await catalog.record([
      try house.segment(house.garden, 0, 60, sequence: 1),
      try house.segment(house.porch, 0, 60, sequence: 1, stream: .detect),
    ])
    #expect(try await catalog.segments(of: house.porch, stream: .main, overlapping: span(0, 60)).isEmpty)
  }

  @Test mutating func addingASegmentAgainChangesItsRow() async throws {
    var segment = try house.segment(house.porch, 0, 60, sequence: 1, bytes: 10)
    try await catalog.record([segment])
    segment.bytes = 20
    try await catalog.record([segment, segment])
    #expect(try await catalog.totals()[house.porch]?.bytes == 20)
    #expect(try await catalog.totals()[house.porch]?.present == 1)
  }

  @Test mutating func aFileNameThatNamesAnotherSegmentIsRefusedByTheTable() async throws {
    var segment = try house.segment(house.porch, 0, 60, sequence: 1)
    segment.file = try house.segment(house.porch, 0, 60, sequence: 1).file
    await #expect(throws: Problem.self) { try await catalog.record([segment]) }
    #expect(try await catalog.totals().isEmpty)
  }

  @Test mutating func knownFilesAreThoseOfTheDay() async throws {
    let monday = try house.segment(house.porch, 86_300, 86_360, sequence: 1)
    let tuesday = try house.segment(house.porch, 86_400, 86_460, sequence: 2)
    let elsewhere = try house.segment(house.garden, 86_400, 86_460, sequence: 1)
    try await catalog.record([monday, tuesday, elsewhere])
    #expect(try await catalog.files(of: house.porch, day: at(86_400).day) == [tuesday.file: .present])
    #expect(try await catalog.files(of: house.porch) == [monday.file: .present, tuesday.file: .present])
  }

  @Test mutating func missingSegmentsKeepTheirRowsAndAreNotFootage() async throws {
    let segment = try house.segment(house.porch, 0, 60, sequence: 1, bytes: 10)
    try await catalog.record([segment])
    try await catalog.mark([segment.id], as: .missing)
    #expect(try await catalog.segments(of: house.porch, stream: .main, overlapping: span(0, 60)).isEmpty)
    #expect(try await catalog.missingSegments().map(\.id) == [segment.id])
    let totals = try #require(try await catalog.totals()[house.porch])
    #expect(totals.bytes == 0)
    #expect(totals.missing == 1)
    #expect(totals.extent == nil)
    try await catalog.mark([segment.id], as: .present)
    #expect(try await catalog.missingSegments().isEmpty)
  }

  @Test mutating func aRowGoesOnlyAfterItWasMarked() async throws {
    let (kept, gone) = (
      try house.segment(house.porch, 0, 60, sequence: 1), try house.segment(house.porch, 60, 120, sequence: 2)
    )
    try await catalog.record([kept, gone])
    try await catalog.mark([gone.id], as: .deleting)
    await #expect(throws: Problem.self) { try await catalog.remove([gone.id, kept.id]) }
    #expect(try await catalog.totals()[house.porch]?.deleting == 1)
    try await catalog.remove([gone.id])
    try await catalog.remove([gone.id])
    #expect(try await catalog.files(of: house.porch) == [kept.file: .present])
  }

  @Test mutating func theMarkOfADeletionOutlivesANewAnnouncementOfTheFile() async throws {
    let segment = try house.segment(house.porch, 0, 60, sequence: 1)
    try await catalog.record([segment])
    try await catalog.mark([segment.id], as: .deleting)
    try await catalog.record([segment])
    try await catalog.mark([segment.id], as: .present)
    #expect(try await catalog.segmentsMarkedAsDeleting().map(\.id) == [segment.id])
  }

  @Test mutating func totalsNameBytesCountAndExtentOfEachCamera() async throws {
    try await catalog.record([
      try house.segment(house.porch, 0, 60, sequence: 1, bytes: 10),
      try house.segment(house.porch, 60, 120, sequence: 2, bytes: 20),
      try house.segment(house.porch, 30, 90, sequence: 1, stream: .detect, bytes: 3),
      try house.segment(house.garden, 600, 660, sequence: 1, bytes: 5),
    ])
    let totals = try await catalog.totals()
    #expect(totals.count == 2)
    #expect(totals[house.porch]?.bytes == 33)
    #expect(totals[house.porch]?.present == 3)
    #expect(try totals[house.porch]?.extent == span(0, 120))
    #expect(try totals[house.garden]?.extent == span(600, 660))
  }

  @Test mutating func theSearchesUseTheirIndexes() throws {
    let plans: [(String, String)] = [
      ("SELECT * FROM segment WHERE camera = x'' ORDER BY sequence, id", "segment_by_sequence"),
      (
        "SELECT * FROM event WHERE +camera IN (x'', x'01') ORDER BY start_ns DESC, camera, id LIMIT 9", "event_by_start"
      ),
      ("SELECT * FROM event WHERE camera = x'' ORDER BY start_ns DESC, camera, id LIMIT 9", "event_of_camera"),
      (
        """
        SELECT end_ns - start_ns FROM segment WHERE camera = x'' AND stream = 'main'
        ORDER BY end_ns - start_ns DESC LIMIT 1
        """,
        "segment_by_length"
      ),
      (
        """
        SELECT * FROM segment WHERE camera = x'' AND stream = 'main' AND start_ns >= 1 AND start_ns < 2
        ORDER BY start_ns
        """,
        "segment_by_time"
      ),
      (
        """
        SELECT * FROM segment WHERE (camera, stream, start_ns, sequence, id) > (x'', 'main', 0, 0, x'')
        ORDER BY camera, stream, start_ns, sequence, id LIMIT 1
        """, "segment_by_time"
      ),
      (
        """
        SELECT end_ns - start_ns FROM event WHERE camera = x'' AND end_ns IS NOT NULL
        ORDER BY end_ns - start_ns DESC LIMIT 1
        """,
        "event_by_length"
      ),
    ]
    for (sql, index) in plans {
      let plan = try folder.raw("catalog.sqlite").read { db in
        try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + sql).map { $0["detail"] as String }.joined(separator: "; ")
      }
      #expect(plan.contains(index), "\(plan)")
      #expect(!plan.contains("TEMP B-TREE"), "\(plan)")
    }
  }
}
