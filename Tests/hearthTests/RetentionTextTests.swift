import Testing
import hearth

/// What the retention commands write, whole.
@Suite struct RetentionTextTests {
  /// As this machine's zone has it.
  private let evening = Moments.show("2026-11-23T21:24:30.000Z")
  private let later = Moments.show("2026-12-23T21:24:30.000Z")

  @Test func thePlan() throws {
    let text = try CommandLineCheck.text(
      "plan",
      of: """
        {"bytes":1512000000,"deletions":[
          {"camera":"c1","name":"Garden","file":"f","from":"2026-11-23T21:24:30.000Z","to":"2026-11-23T21:25:30.000Z",
           "bytes":12000000,"rule":"continuousAge","reason":"older than 3d: ended 4d 2h ago"},
          {"camera":"c2","name":"Front door","file":"g","from":"2026-11-23T21:24:30.000Z","to":"2026-11-23T21:25:30.000Z",
           "bytes":1500000000,"rule":"householdBudget","reason":"household budget 500 GB exceeded by 1.5 GB"}],
         "forecast":[
          {"camera":"c2","name":"Front door","bytes":300000000000,"bytesPerDay":21400000000,"days":14.2,"limit":"householdBudget"},
          {"camera":"c1","name":"Garden","bytes":0,"bytesPerDay":0,"days":null,"limit":null}],
         "summary":"2 segments, 1.5 GB, would be deleted","waiting":"1 of them waits","held":["the clock is not trusted"],"plan":"0"}
        """)
    #expect(
      text == """
        held: the clock is not trusted
        BEGAN                CAMERA      SIZE    RULE             REASON
        \(evening)  Garden      12 MB   continuousAge    older than 3d: ended 4d 2h ago
        \(evening)  Front door  1.5 GB  householdBudget  household budget 500 GB exceeded by 1.5 GB
        2 segments, 1.5 GB, would be deleted
        1 of them waits
        CAMERA      HOLDS   WRITES A DAY  ROOM FOR  UNTIL
        Front door  300 GB  21.4 GB       14.2 d    householdBudget
        Garden      0 B     0 B           -         -
        """)
  }

  @Test func anEmptyPlan() throws {
    let text = try CommandLineCheck.text(
      "plan",
      of: """
        {"bytes":0,"deletions":[],"forecast":[],"summary":"nothing is to be deleted","waiting":"","held":[],"plan":"0"}
        """)
    #expect(text == "nothing is to be deleted")
  }

  @Test func theLog() throws {
    let entry = """
      {"camera":"c1","name":"Garden","file":"f","from":"2026-11-23T21:24:30.000Z","to":"2026-11-23T21:25:30.000Z",
       "bytes":12000000,"rule":"motionAge","reason":"motion older than 30d: ended 30d 1h ago",
       "at":"2026-12-23T21:24:30.000Z"}
      """
    #expect(
      try CommandLineCheck.text("log", of: #"{"deletions":[\#(entry)],"next":7}"#) == """
        DELETED              CAMERA  BEGAN                SIZE   RULE       REASON
        \(later)  Garden  \(evening)  12 MB  motionAge  motion older than 30d: ended 30d 1h ago
        there are more: raise --limit
        """)
    #expect(try CommandLineCheck.text("log", of: #"{"deletions":[],"next":null}"#) == "nothing was ever deleted")
  }

  @Test func thePolicy() throws {
    let text = try CommandLineCheck.text(
      "show",
      of: """
        {"household":{"continuous":"3d","budget":"80%","reserve":"2h"},"cameras":[
          {"camera":"c1","name":"Front door","values":[{"key":"continuous","value":"1d","from":"camera"}]},
          {"camera":"c2","name":"Garden","values":[{"key":"continuous","value":"3d","from":"household"},
            {"key":"budget","value":"50GB","from":"camera"}]}],
         "undoUntil":"2026-12-23T21:24:30.000Z"}
        """)
    #expect(
      text == """
        household: budget 80%, reserve 2h
        changed: until \(later) hearth retention undo takes it back
        CAMERA      CONTINUOUS  BUDGET
        Front door  1d*         -
        Garden      3d          50GB*
        * set for the camera; the rest is the household's
        """)
    #expect(
      try CommandLineCheck.text("show", of: #"{"household":{},"cameras":[{"camera":"c","name":"A","values":[]}]}"#)
        == """
        household: no budget
        no ages and no budgets of cameras: footage stays while there is room
        """)
  }

  @Test func anExplanation() throws {
    func segment(_ state: String, _ reason: String, _ at: String) -> String {
      """
      {"camera":"c","name":"Garden","file":"f","stream":\(state == "deleted" ? "null" : #""main""#),
       "from":"2026-11-23T21:24:30.000Z","to":"2026-11-23T21:25:30.000Z","bytes":12000000,"state":"\(state)",
       "reason":"\(reason)","at":\(at)}
      """
    }
    let at = #""2026-12-23T21:24:30.000Z""#
    let segments = [
      segment("kept", "protected", "null"), segment("kept", "motion footage is kept 30d", at),
      segment("leaves", "continuousAge: older than 3d: ended 4d 2h ago", "null"),
      segment("deleted", "continuousAge: older than 3d: ended 3d ago", at),
    ]
    #expect(
      try CommandLineCheck.text("explain", of: #"{"segments":[\#(segments.joined(separator: ","))],"held":[]}"#) == """
        BEGAN                CAMERA  STREAM  SIZE   STATE    WHY
        \(evening)  Garden  main    12 MB  kept     protected
        \(evening)  Garden  main    12 MB  kept     motion footage is kept 30d, until \(later)
        \(evening)  Garden  main    12 MB  leaves   continuousAge: older than 3d: ended 4d 2h ago
        \(evening)  Garden  -       12 MB  deleted  continuousAge: older than 3d: ended 3d ago; on \(later)
        """)
  }

  @Test func whatADeletionTakes() throws {
    let text = try CommandLineCheck.text(
      "footage delete",
      of: """
        {"camera":"c","from":"2026-11-23T21:24:30.000Z","to":"2026-12-23T21:24:30.000Z","segments":4,"events":1,"filmstripHours":2,"bytes":48000000,
         "openFrom":"2026-12-23T21:24:30.000Z","notReached":["exports","backups"],"plan":"0"}
        """)
    #expect(
      text == """
        Garden, \(evening) to \(later): 4 segments, 1 event, 2 hours of filmstrip, 48 MB
        from \(later) on it is still being written: ask for that again in a minute or two
        out of reach:
          exports
          backups
        """)
  }
}
