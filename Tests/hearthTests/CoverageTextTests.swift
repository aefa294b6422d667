import Testing

import hearth

/// The whole text that `hearth coverage` prints.
@Suite struct CoverageTextTests {
  private func answer(_ day: String, _ edges: [(String, String, String?)], to end: String) -> ControlResponse {
    let spans = edges.enumerated().map { index, edge in
      let to = index + 1 < edges.count ? edges[index + 1].0 : end
      let cause = edge.2.map { "\"\($0)\"" } ?? "null"
      return "{\"from\":\"\(edge.0)\",\"to\":\"\(to)\",\"class\":\"\(edge.1)\",\"cause\":\(cause)}"
    }
    let body =
      "{\"day\":\"\(day)\",\"from\":\"\(edges[0].0)\",\"to\":\"\(end)\",\"dayEnds\":\"\(end)\","
      + "\"spans\":[\(spans.joined(separator: ","))],\"sums\":[]}"
    return ControlResponse(status: 200, headers: [:], body: Array(body.utf8))
  }

  @Test func aDayIsABarAndASentenceForEachCamera() throws {
    let end = "2026-11-24T00:00:00.000Z"
    let porch = answer(
      "2026-11-23",
      [
        ("2026-11-23T00:00:00.000Z", "recorded", nil), ("2026-11-23T12:10:00.400Z", "offline", "camera rebooted"),
        ("2026-11-23T12:10:19.700Z", "recorded", nil),
      ], to: end)
    let garden = answer(
      "2026-11-23",
      [
        ("2026-11-23T00:00:00.000Z", "quiet", nil), ("2026-11-23T06:00:00.000Z", "recorded", nil),
        ("2026-11-23T07:00:00.000Z", "off", "Hearth was stopped"), ("2026-11-23T18:00:00.000Z", "unknown", nil),
      ], to: end)
    #expect(
      try CoverageText.whole([("Front door", porch), ("Garden", garden)]) == """
        2026-11-23

        Front door
          |████████████████████████████████████o███████████████████████████████████|
          23:59:41 recorded, 19 s offline: camera rebooted

        Garden
          |░░░░░░░░░░░░░░░░░░███---------------------------------??????????????????|
          1:00:00 recorded, 6:00:00 quiet by policy, 11:00:00 switched off: Hearth was stopped, 6:00:00 unknown

        █ recorded  ░ quiet by policy  - switched off  o offline  ? unknown
        """)
  }

  @Test func aDayOnWhichClocksChangeSaysItsLength() throws {
    let long = answer(
      "2026-10-25", [("2026-10-24T22:00:00.000Z", "recorded", nil)], to: "2026-10-25T23:00:00.000Z")
    #expect(
      try CoverageText.whole([("Porch", long)]) == """
        2026-10-25, 25 h long

        Porch
          |████████████████████████████████████████████████████████████████████████|
          25:00:00 recorded

        █ recorded
        """)
    let short = answer(
      "2026-10-04", [("2026-10-03T13:30:00.000Z", "recorded", nil)], to: "2026-10-04T13:00:00.000Z")
    #expect(try CoverageText.whole([("Porch", short)]).hasPrefix("2026-10-04, 23 h 30 min long\n"))
  }

  @Test func shortGapsOfOneCauseAreOneAndSecondsSumToTheDay() throws {
    let day = answer(
      "2026-11-23",
      [
        ("2026-11-23T00:00:00.000Z", "recorded", nil), ("2026-11-23T01:00:00.000Z", "dropped", "slow disk"),
        ("2026-11-23T01:00:00.300Z", "recorded", nil), ("2026-11-23T02:00:00.000Z", "dropped", "slow disk"),
        ("2026-11-23T02:00:00.100Z", "recorded", nil), ("2026-11-23T03:00:00.000Z", "clock", "set forward"),
        ("2026-11-23T03:00:00.600Z", "recorded", nil),
      ], to: "2026-11-24T00:00:00.000Z")
    let text = try CoverageText.whole([("Porch", day)])
    #expect(
      text.contains("\n  23:59:59 recorded, under 1 s dropped: slow disk, 1 s lost to the clock: set forward\n"))
    #expect(text.contains("|███d██d██c██████"))
  }
}
