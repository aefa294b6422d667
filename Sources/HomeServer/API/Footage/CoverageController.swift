import Catalog
import Domain
import Foundation
import HomeAPI
import Household
import Housekeeping
import Vault

/// The coverage ledger as the API gives it.
struct CoverageController: Sendable {
  let access: AccessControl
  let environment: ServerEnvironment
  let catalog: Catalog
  let household: Household
  let vault: Vault

  /// A span of at most 32 days by `from` and `to`, or a day of the house by `day` (a date, `today` or `yesterday`).
  func show(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let principal = try await access.principal(request)
    let camera = try await access.camera(text, principal, .playback)
    let now = environment.now()
    let day = try request.query["day"].map { try HouseDay($0, now: now, in: .current) }
    let span = try day?.span(until: now) ?? asked(request)
    guard try await !access.listing(request, of: [camera.id], span: span).isEmpty else { throw APIFailure.notFound }
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
    try request.span(
      longest: .seconds(32 * 86400), "give from and to, from before to, at most 32 days apart; or a day")
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
