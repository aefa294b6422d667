import Catalog
import Domain
import TestSupport
import Testing

@Suite struct BeginningTests {
  let folder: TemporaryFolder
  let catalog: Catalog
  var house = House()

  init() throws {
    folder = try TemporaryFolder()
    catalog = try Catalog(path: folder.path("catalog.sqlite"))
  }

  @Test mutating func theFirstFootageComesInTheOrderOfRecordingWithTheSumOfAll() async throws {
    var segments: [CatalogSegment] = []
    for index in Int64(0)..<30 {
      segments.append(
        try house.segment(
          house.porch, index * 60, index * 60 + 60, sequence: index, stream: index % 2 == 0 ? .main : .detect,
          bytes: 10 + index))
    }
    let stranger = try house.segment(house.garden, 0, 60, sequence: 1, bytes: 7)
    try await catalog.record(segments.shuffled() + [stranger])
    try await catalog.mark([segments[2].id], as: .missing)
    let some = try await catalog.beginnings(FootageQuery(until: at(300), more: 3, recent: .seconds(120)))
    let porch = try #require(some[house.porch])
    #expect(porch.segments.map(\.sequence) == [0, 1, 3, 4, 5, 6, 7])
    #expect(porch.count == 29)
    #expect(porch.bytes == segments.reduce(0) { $0 + $1.bytes } - segments[2].bytes)
    #expect(porch.newest == at(1800))
    #expect(porch.recent.bytes == segments[28].bytes + segments[29].bytes)
    #expect(porch.recent.first == at(28 * 60))
    #expect(porch.lastHour.bytes == porch.bytes)
    #expect(porch.lastHour.first == at(0))
    #expect(some[house.garden]?.segments == [stranger])
    let all = try await catalog.beginnings(FootageQuery(until: nil, more: .max, recent: .seconds(60)))
    #expect(all[house.porch]?.segments.count == 29)
  }

  @Test mutating func theNewestIsFoundBehindALongOneAndBehindMissingOnes() async throws {
    let long = try house.segment(house.porch, 0, 5000, sequence: 1)
    let last = try house.segment(house.porch, 4000, 4060, sequence: 2)
    let missing = try house.segment(house.porch, 9000, 9060, sequence: 3)
    try await catalog.record([long, last, missing])
    try await catalog.mark([missing.id], as: .missing)
    let found = try await catalog.beginnings(FootageQuery(until: nil, more: 0, recent: .seconds(60)))
    #expect(found[house.porch]?.newest == at(5000))
    #expect(found[house.porch]?.segments == [])
    #expect(try await catalog.totals()[house.porch]?.extent == span(0, 5000))
  }

  /// Whatever is done to the rows: what is kept beside them is what they add up to.
  @Test(arguments: 0..<20 as Range<UInt64>)
  func theSumsAreThoseOfTheRows(seed: UInt64) async throws {
    var chance = SeededGenerator(seed: seed)
    var house = house
    var known: [CatalogSegment] = []
    for step in Int64(0)..<60 {
      let some = known.shuffled(using: &chance).prefix(3)
      switch Int.random(in: 0..<6, using: &chance) {
      case 0, 1:
        let camera = Bool.random(using: &chance) ? house.porch : house.garden
        var segment = try house.segment(
          camera, step * 60, step * 60 + 60, sequence: step, bytes: Int64.random(in: 0...99, using: &chance))
        segment.state = Bool.random(using: &chance) ? .present : .missing
        known.append(segment)
        try await catalog.record([segment])
      case 2:
        try await catalog.record(
          some.map {
            var segment = $0
            segment.bytes = Int64.random(in: 0...99, using: &chance)
            return segment
          })
      case 3: try await catalog.mark(some.map(\.id), as: .missing)
      case 4: try await catalog.mark(some.map(\.id), as: .present)
      default:
        try await catalog.mark(some.map(\.id), as: .deleting)
        if Bool.random(using: &chance) { try await catalog.remove(some.map(\.id)) }
      }
      let beginnings = try await catalog.beginnings(FootageQuery(until: nil, more: .max, recent: .seconds(60)))
      for (_, beginning) in beginnings {
        #expect(beginning.count == beginning.segments.count)
        #expect(beginning.bytes == beginning.segments.reduce(0) { $0 + $1.bytes })
      }
      var rows = 0
      for camera in [house.porch, house.garden] { rows += try await catalog.files(of: camera).count }
      #expect(try await catalog.countSegments().all == rows)
    }
  }
}
