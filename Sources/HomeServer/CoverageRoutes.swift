import Catalog
import Domain
import Foundation
import HomeAPI
import Household
import Vault

/// The coverage ledger as the API gives it.
extension HomeCore {
  /// A span of at most 32 days by `from` and `to`, or a day of the house by `day` (a date, `today` or `yesterday`).
  func coverage(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let principal = try await principal(request)
    let camera = try await camera(text, principal, .playback)
    let now = surroundings.now()
    let day = try request.query["day"].map { try HouseDay($0, now: now, in: .current) }
    let span = try day?.span(until: now) ?? asked(request)
    guard try await !listing(request, of: [camera.id], span: span).isEmpty else { throw APIFailure.notFound }
    var spans = try await ledger(of: camera.id, over: span, now: now)
    // Of the newest seconds nothing can be known before they are written; what is asked for by its times is answered
    // to the end, a day up to there.
    if day != nil, span.to == now, spans.count > 1, let last = spans.last, last.class == .unknown,
      last.span.duration <= Coverage.notice
    {
      spans.removeLast()
    }
    let sums = Coverage.milliseconds(of: spans)
    return try .json(
      API.Coverage(
        day: day?.date.text, from: span.from.rfc3339, to: (spans.last?.span.to ?? span.to).rfc3339,
        dayEnds: day?.whole.to.rfc3339,
        spans: spans.map {
          .init(from: $0.span.from.rfc3339, to: $0.span.to.rfc3339, class: $0.class, cause: $0.cause)
        },
        sums: CoverageClass.allCases.compactMap { each in
          sums[each].map { .init(class: each, milliseconds: $0) }
        }))
  }

  private func asked(_ request: APIRequest) throws -> TimeSpan {
    guard let from = try request.time("from"), let to = try request.time("to"), let span = TimeSpan(from: from, to: to),
      span.duration <= .seconds(32 * 86400)
    else { throw APIFailure(400, "no span", "give from and to, from before to, at most 32 days apart; or a day") }
    return span
  }

  /// What every moment of `span` is, from all that is known: what the catalog lists, what is being written, and what was
  /// deleted.
  func ledger(of camera: CameraID, over span: TimeSpan, now: WallTime) async throws -> [CoverageSpan] {
    let open = try vault.openFootage(of: camera, overlapping: Coverage.reach(of: span), now: now)
      .map { FootageSpan(span: $0.span, boot: $0.boot) }
    let deleted = try await household.deletedSpans(of: camera, overlapping: Coverage.reach(of: span)).map {
      StateNote(from: $0.span.from, until: $0.span.to, class: .quiet, cause: "it was deleted by the rule \($0.rule)")
    }
    return try await catalog.coverage(of: camera, over: span, open: open, notes: deleted)
  }
}

/// A day of the house.
struct HouseDay {
  let date: CivilDate
  let whole: TimeSpan

  /// - Throws: `APIFailure` when there was no such day, or none yet.
  init(_ text: String, now: WallTime, in zone: TimeZone) throws {
    let offset = Self.offset(in: zone)
    let today = CivilDate(showing: now, offset: offset)
    let named =
      switch text {
      case "today": today
      case "yesterday": CivilDate(daysSinceEpoch: today.daysSinceEpoch - 1)
      default: CivilDate(text: text)
      }
    guard let named, (1970...2261).contains(named.components.year) else {
      throw APIFailure(400, "that is no day", "write it as 2026-11-23, today or yesterday")
    }
    guard let whole = named.span(offset: offset) else {
      throw APIFailure(422, "this house had no such day", "its zone, \(zone.identifier), left that day out")
    }
    guard whole.from < now else { throw APIFailure(422, "that day is to come", "name a day that has begun") }
    (date, self.whole) = (named, whole)
  }

  /// How many seconds a zone's clocks are ahead of UTC at a moment.
  static func offset(in zone: TimeZone) -> (WallTime) -> Int64 {
    { Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double($0.seconds)))) }
  }

  /// As much of it as there was.
  func span(until now: WallTime) -> TimeSpan { TimeSpan(from: whole.from, to: min(whole.to, now)) ?? whole }
}
